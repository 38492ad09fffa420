// A response whose head has arrived and whose content is on its way.

/// The final response to one request. Confined to the client's reactor. Letting go of it ends the transfer.
package final class UpstreamExchange: @unchecked Sendable {
  private let transfer: UpstreamTransfer
  private let end: @Sendable () -> Void

  /// The status code, 200 to 599 of a sane server; interim responses have been skipped.
  package let status: Int
  /// Field lines in the order received. Trailers are dropped.
  package let headers: [(String, String)]
  /// `1.0`, `1.1`, `2`.
  package let httpVersion: String

  init(_ head: UpstreamHead, _ transfer: UpstreamTransfer, end: @escaping @Sendable () -> Void) {
    self.transfer = transfer
    self.end = end
    status = head.status
    headers = head.headers
    httpVersion = head.httpVersion
  }

  deinit { end() }

  /// The content that has arrived since the last call, waiting for at least a byte; nil once the response is complete and of its
  /// announced length. No more than `bufferedBytes` and one read of the socket are held between calls.
  package func nextChunk() async throws(UpstreamError) -> [UInt8]? { try await transfer.nextChunk().get() }

  /// Ends the transfer; a waiting `nextChunk` throws `cancelled`. From any thread.
  package func cancel() { end() }

  /// Bytes of content buffered at most before the upstream is made to wait.
  package static var bufferedBytes: Int { UpstreamTransfer.bufferSize }
}
