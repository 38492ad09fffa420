// Which fields pass a gateway, and which are its own (RFC 9110 section 7.6).

import AsyncHTTPServer
import HTTPCore
import Reactor

enum ProxiedFields {
  /// Fields of one connection, which end here (RFC 9110 section 7.6.1, RFC 9112), besides those that Connection names.
  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding",
    "upgrade",
  ]

  /// Who asks, and how: said anew by the gateway.
  private static let ownInRequests: Set<String> = ["host", "content-length", "expect", "forwarded", "via", "x-forwarded-for"]

  /// What would make the answer a part or a confirmation, and what would have it coded: not for something that is to be kept.
  private static let ofPartialAnswers: Set<String> = [
    "range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "accept-encoding",
  ]

  /// The fields of the request to the upstream.
  ///
  /// - Parameters:
  ///   - asksForWhole: the answer is to be recorded: no condition, no range, no coding goes up.
  static func forUpstream(_ request: Request, asksForWhole: Bool) -> [(String, String)] {
    let head = request.head
    let bytes = request.headBytes
    let received = head.fields.map { (String(decoding: bytes[$0.name], as: UTF8.self), ObsText.text(bytes[$0.value])) }
    let named = AnswerFields.connectionOptions(received)
    var fields = received.filter { field in
      let name = FieldSyntax.lowercased(field.0)
      return !hopByHop.contains(name) && !ownInRequests.contains(name) && !named.contains(name)
        && !(asksForWhole && ofPartialAnswers.contains(name))
    }
    if asksForWhole { fields.append(("Accept-Encoding", "identity")) }
    func appended(_ field: KnownField, _ own: String) -> String {
      head.combinedValue(of: field, in: bytes.span).map { "\($0), \(own)" } ?? own
    }
    let version = head.version.isAtLeast11 ? "1.1" : "1.0"
    fields.append(("Via", appended(.via, "\(version) asynchttpd")))
    let peer = request.remoteAddress
    if peer.unixPath == nil {
      // RFC 7239 section 6: an IPv6 address is bracketed, and then quoted.
      let node = peer.host.contains(":") ? "\"[\(peer.host)]\"" : peer.host
      let host = request.host.flatMap { FieldSyntax.quoted($0) }.map { ";host=\($0)" } ?? ""
      fields.append(("Forwarded", appended(.forwarded, "for=\(node)\(host);proto=http")))
      fields.append(("X-Forwarded-For", appended(.xForwardedFor, peer.host)))
    }
    return fields
  }
}
