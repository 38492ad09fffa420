// Answers that are written piece by piece.

/// Writes the body of a streamed answer, piece by piece.
public struct ResponseWriter: Sendable {
  let exchange: Exchange

  /// Sends `bytes` as the next piece. Suspends while more than 256 KiB wait for the client; throws
  /// `ServerError.connectionClosed` once it is gone, `bodyLengthMismatch` beyond the announced length, and
  /// `alreadyAnswered` after the end. Tasks may write at the same time; the order of their pieces is theirs to arrange.
  /// An empty piece is nothing.
  public nonisolated(nonsending) func write(_ bytes: [UInt8]) async throws {
    if exchange.reactor.isCurrent { return try await exchange.write(bytes) }
    try await exchange.onReactor { try await $0.write(bytes) }
  }

  /// Sends `text` in UTF-8 as the next piece; otherwise as `write(_:)` of bytes.
  public nonisolated(nonsending) func write(_ text: String) async throws { try await write(Array(text.utf8)) }
}

/// A streamed answer that was begun with `sendHeaders` and ends with `finish`. A handler that returns before that
/// resets the connection.
public struct OpenResponse: Sendable {
  private let exchange: Exchange

  init(exchange: Exchange) { self.exchange = exchange }

  /// Sends `bytes` as the next piece; see `ResponseWriter.write(_:)`.
  public nonisolated(nonsending) func write(_ bytes: [UInt8]) async throws { try await ResponseWriter(exchange: exchange).write(bytes) }

  /// Sends `text` in UTF-8 as the next piece.
  public nonisolated(nonsending) func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  /// Ends the answer. Throws `ServerError.bodyLengthMismatch` when less was written than announced, `alreadyAnswered`
  /// the second time, and `connectionClosed` when the client is gone.
  public nonisolated(nonsending) func finish() async throws {
    if exchange.reactor.isCurrent { return try await exchange.finishStream() }
    try await exchange.onReactor { try await $0.finishStream() }
  }
}
