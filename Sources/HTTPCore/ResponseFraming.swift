// How a response says where its content ends (RFC 9110 §8.6, RFC 9112 §6.3).

package enum ResponseFraming: Equatable, Sendable {
  /// Neither Content-Length nor Transfer-Encoding: the status says that nothing follows.
  case none
  /// A Content-Length field with this number.
  case length(Int64)
  /// `Transfer-Encoding: chunked`.
  case chunked
  /// No framing field; the end of the connection ends the content. The response must say `Connection: close`.
  case untilClose

  /// What the head says about the content, and whether content follows the head. They differ for HEAD, whose answer
  /// carries the fields of the GET it stands for and no content.
  ///
  /// - Parameters:
  ///   - contentLength: the length of the content, or nil if it is not known before it is sent.
  package static func choose(
    requestMethod: KnownMethod, status: Int, requestVersion: HTTPVersion, contentLength: Int64?
  ) -> (framing: ResponseFraming, sendsContent: Bool) {
    switch status {
    case 100...199, 204:
      // RFC 9110 §8.6, RFC 9112 §6.1: must not have either field.
      return (.none, false)
    case 304:
      // A Content-Length would have to be that of the 200 answer, which a server that answers 304 need not know.
      return (.none, false)
    case 205:
      // RFC 9110 §15.3.6: no content, and the client must be able to see that.
      return (.length(0), false)
    default:
      break
    }
    if let contentLength {
      precondition(contentLength >= 0)
      return (.length(contentLength), requestMethod != .head)
    }
    // RFC 9112 §6.1: a client of HTTP/1.0 does not understand transfer codings. HEAD has the coding that GET would have
    // (§6.1 again).
    return (requestVersion.isAtLeast11 ? .chunked : .untilClose, requestMethod != .head)
  }
}
