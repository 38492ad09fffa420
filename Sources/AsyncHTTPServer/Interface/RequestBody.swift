// The body of a request, as it arrives.

/// The body of a request: a sequence of pieces, each as large as what the socket had. It is read from the client only
/// as fast as it is read from here; at most 128 KiB wait in between. It can be read once: readers at the same time
/// share the pieces. Read it before the answer is begun, which discards the rest.
public struct RequestBody: AsyncSequence, Sendable {
  /// A piece of the body, never empty.
  public typealias Element = [UInt8]

  let exchange: Exchange

  /// Reads the pieces in order.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let exchange: Exchange

    /// The next piece, or nil at the end. Throws `ServerError.invalidBody`, `bodyTooLarge` or `connectionClosed` when
    /// the rest does not come, `alreadyAnswered` when it was discarded, and CancellationError.
    public mutating func next() async throws -> [UInt8]? {
      let exchange = exchange
      if exchange.reactor.isCurrent { return try await exchange.nextBodyChunk() }
      return try await exchange.onReactor { try await $0.nextBodyChunk() }
    }
  }

  /// Begins to read.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(exchange: exchange) }

  /// The whole body in memory. Throws `ServerError.bodyTooLarge` when it is larger than `limit` bytes, which answers
  /// 413 if the handler lets it through, and what the iterator throws.
  public func collect(upTo limit: Int) async throws -> [UInt8] {
    var whole: [UInt8] = []
    for try await piece in self {
      if whole.isEmpty, piece.count <= limit {
        whole = piece
        continue
      }
      guard whole.count + piece.count <= limit else { throw ServerError.bodyTooLarge(limit: limit) }
      whole.append(contentsOf: piece)
    }
    return whole
  }
}
