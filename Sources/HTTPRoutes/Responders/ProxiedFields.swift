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

  /// What an answer is framed and dated by is the server's own.
  private static let ownInResponses: Set<String> = ["content-length", "date"]

  /// Who asks, and how: said anew by the gateway.
  private static let ownInRequests: Set<String> = ["host", "content-length", "expect", "forwarded", "via", "x-forwarded-for"]

  /// What would make the answer a part or a confirmation, and what would have it coded: not for something that is to be kept.
  private static let ofPartialAnswers: Set<String> = [
    "range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "accept-encoding",
  ]

  /// The fields of a response that are meant for the client, in order.
  static func endToEnd(_ fields: [(String, String)]) -> [(name: String, value: String)] {
    let named = connectionOptions(fields)
    return fields.compactMap { field in
      let name = FieldSyntax.lowercased(field.0)
      if hopByHop.contains(name) || ownInResponses.contains(name) || named.contains(name) { return nil }
      guard FieldSyntax.isValidName(field.0), FieldSyntax.isValidValue(field.1) else { return nil }
      return (field.0, field.1)
    }
  }

  /// What says nothing true of content that was decoded (RFC 9110 sections 8.4 and 8.8.3, RFC 9530).
  private static let ofCodedContent: Set<String> = ["content-encoding", "content-md5", "digest", "content-digest", "repr-digest"]

  /// The fields of a response whose content came coded and was decoded: a strong tag is of the coded bytes, so it is weak now.
  static func decoded(_ fields: [(name: String, value: String)]) -> [(name: String, value: String)] {
    fields.compactMap { field in
      let name = FieldSyntax.lowercased(field.name)
      if ofCodedContent.contains(name) { return nil }
      guard name == "etag", var tag = EntityTag(field.value) else { return field }
      tag.isWeak = true
      return (field.name, tag.text)
    }
  }

  /// The content codings of a response; nil where its content came plain.
  static func contentCodings(_ fields: [(String, String)]) -> String? {
    let values = fields.filter { FieldSyntax.equalIgnoringCase($0.0, "content-encoding") && !$0.1.isEmpty }.map(\.1)
    return values.isEmpty ? nil : values.joined(separator: ",")
  }

  private static func connectionOptions(_ fields: [(String, String)]) -> Set<String> {
    var named: Set<String> = []
    for field in fields where FieldSyntax.equalIgnoringCase(field.0, "connection") {
      named.formUnion(FieldSyntax.listElements(field.1).map { FieldSyntax.lowercased($0) })
    }
    return named
  }

  /// The fields of the request to the upstream.
  ///
  /// - Parameters:
  ///   - asksForWhole: the answer is to be recorded: no condition, no range, no coding goes up.
  static func forUpstream(_ request: Request, asksForWhole: Bool) -> [(String, String)] {
    let head = request.head
    let bytes = request.headBytes
    let received = head.fields.map { (String(decoding: bytes[$0.name], as: UTF8.self), ObsText.text(bytes[$0.value])) }
    let named = connectionOptions(received)
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
