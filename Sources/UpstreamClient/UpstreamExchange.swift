// A response whose head has arrived and whose content is on its way.

package import HTTPCore
package import Reactor

/// The final response to one request. Confined to the client's reactor. Letting go of it ends the transfer.
package final class UpstreamExchange: @unchecked Sendable {
  private let transfer: UpstreamTransfer
  private let end: @Sendable () -> Void

  /// The status code, 200 to 599 of a sane server.
  package let status: Int
  /// Field lines in the order received, without a Content-Length that Transfer-Encoding overrides. Trailers are
  /// dropped.
  package let headers: [FieldLine]
  /// `1.0`, `1.1`, `2`.
  package let httpVersion: String
  /// Bytes of content, as it comes, where they were announced.
  package let contentLength: Int64?
  /// Whether the content is handed over decoded, as the request asked for: gzip and deflate are. What would need a
  /// window as large as its sender likes (br, zstd), what is coded several times and what is not known comes as it is.
  package let isDecoded: Bool

  init(_ head: UpstreamHead, _ transfer: UpstreamTransfer, end: @escaping @Sendable () -> Void) {
    self.transfer = transfer
    self.end = end
    status = head.status
    headers = head.headers
    httpVersion = head.httpVersion
    contentLength = head.contentLength
    isDecoded = transfer.isDecoded
  }

  deinit { end() }

  /// The content that has arrived since the last call, waiting for at least a byte; nil once the response is complete
  /// and of its announced length. No more than `bufferedBytes` and one read of the socket are held between calls. What
  /// is decoded comes in pieces of 32 KiB at most, one for each turn of the loop.
  package func nextChunk() async throws(UpstreamError) -> [UInt8]? { try await transfer.nextChunk().get() }

  /// Waits for the first byte of what `nextChunk` has next, or the end: false when neither came within `patience`, in
  /// milliseconds. Throws where the response broke off without one.
  package func untilContent(atMost patience: Milliseconds) async throws(UpstreamError) -> Bool {
    try await transfer.untilContent(atMost: patience).get()
  }

  /// Ends the transfer; a waiting `nextChunk` throws `cancelled`. From any thread.
  package func cancel() { end() }

  /// Bytes of content buffered at most before the upstream is made to wait.
  package static var bufferedBytes: Int { UpstreamTransfer.bufferSize }
}
