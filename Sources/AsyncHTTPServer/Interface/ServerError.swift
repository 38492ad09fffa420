// What goes wrong between a handler and its client, or a server and the kernel.

public import SystemPackage

/// An error of the server's interface.
public enum ServerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The address could not be listened on; `address` as it was given.
  case cannotListen(address: String, Errno)
  /// The text is no address that can be listened on.
  case invalidAddress(String)
  /// `acceptRequest`, `descriptorAvailable` or `serve` before any `listen`.
  case notListening
  /// The server was closed.
  case serverClosed
  /// accept4(2) failed for a reason that waiting does not mend.
  case acceptFailed(Errno)
  /// The connection ended before this could be done.
  case connectionClosed
  /// The request was answered already; a request has one answer. Also thrown by a body that is read after the server
  /// has discarded it for the answer's sake.
  case alreadyAnswered
  /// The status cannot be a final answer (1xx), or cannot be sent by a handler (101 outside of a takeover).
  case unsendableStatus(Int)
  /// The body ended before, or goes on after, the Content-Length that was announced.
  case bodyLengthMismatch(announced: Int64, written: Int64)
  /// The Content-Length a handler announced is not a number of bytes; the text of it.
  case invalidContentLength(String)
  /// The request's body is larger than the limit, in bytes.
  case bodyTooLarge(limit: Int)
  /// The request's body broke the rules of its framing, ended early or came too slowly; the client has had its answer.
  case invalidBody
  /// The file cannot be sent: open(2) failed, or it is no regular file (EINVAL).
  case unreadableFile(path: String, Errno)

  /// One sentence for a log.
  public var description: String {
    switch self {
    case .cannotListen(let address, let errno): "cannot listen on \(address): \(errno)"
    case .invalidAddress(let text): "\"\(text)\" is not an address to listen on"
    case .notListening: "the server listens nowhere yet; call listen first"
    case .serverClosed: "the server is closed"
    case .acceptFailed(let errno): "accepting a connection failed: \(errno)"
    case .connectionClosed: "the connection is closed"
    case .alreadyAnswered: "the request was answered already"
    case .unsendableStatus(let status): "status \(status) is not a final answer"
    case .bodyLengthMismatch(let announced, let written): "Content-Length announced \(announced) bytes, \(written) were written"
    case .invalidContentLength(let text): "\"\(text)\" is not a Content-Length"
    case .bodyTooLarge(let limit): "the request body is larger than \(limit) bytes"
    case .invalidBody: "the request body did not arrive whole"
    case .unreadableFile(let path, let errno): "cannot read \(path): \(errno)"
    }
  }
}
