// What of a request goes to the upstream: what the recording's key can answer for, and what cannot change whose answer
// this is.
//
// An upstream may take the address, the method or the host of a request from a field instead of from the request
// itself. Such an answer would be recorded under a key that does not say so, and be shared by all clients. So these
// fields go up only where the key names them.

import AsyncHTTPServer
import HTTPCore
import Reactor

enum ProxiedFields {
  /// Fields of one connection, which end here (RFC 9110 section 7.6.1, RFC 9112), besides those that Connection names.
  private static let hopByHop: Set<String> = [
    "connection", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]

  /// Who asks, and how: said anew by the gateway.
  private static let own: Set<String> = ["host", "content-length", "expect", "forwarded", "via", "x-forwarded-for"]

  private static let requestID = "x-request-id"

  /// What would make the answer a part or a confirmation, and what would have it coded: not for something that is to be
  /// kept.
  private static let ofPartialAnswers: Set<String> = [
    "range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "accept-encoding",
  ]

  /// Fields that some upstreams take for the request's host, path, method or client. The reference of `upstream` lists
  /// them.
  private static let overrides: Set<String> = [
    "cf-connecting-ip", "fastly-client-ip", "forwarded", "forwarded-for", "front-end-https", "proxy", "true-client-ip", "x-client-ip",
    "x-cluster-client-ip", "x-host", "x-http-host-override", "x-method-override", "x-real-ip",
  ]
  private static let overridePrefixes = ["x-forwarded", "x-http-method", "x-original-", "x-rewrite-"]

  /// The same name as a gateway interface has it that makes one variable of `X-Forwarded-Host` and `X_Forwarded_Host`
  /// (RFC 3875 section 4.1.18).
  private static func plain(_ name: String) -> String { name.contains("_") ? name.replacing("_", with: "-") : name }

  /// Whether a field could make an upstream answer another request than the one that came. `name` is in lower case.
  static func overridesRequest(_ name: String) -> Bool {
    let name = plain(name)
    return overrides.contains(name) || overridePrefixes.contains { name.hasPrefix($0) }
  }

  /// Whether a field describes a request's content, and has no meaning without it. `name` is in lower case.
  private static func describesContent(_ name: String) -> Bool {
    name.hasPrefix("content-") || name == "digest" || name == "repr-digest"
  }

  /// The fields of the request to the route's upstream.
  ///
  /// - Parameters:
  ///   - asksForWhole: the answer is to be recorded: no condition, no range, no coding goes up.
  static func forUpstream(_ request: Request, _ route: ProxyToFile, asksForWhole: Bool) -> [FieldLine] {
    let head = request.head
    let bytes = request.headBytes
    let isTrusted = request.peerIsTrusted
    let withholdsBody = route.withholdsBody(of: head, bytes, asksForWhole: asksForWhole)
    let received = head.fields.map { FieldLine(String(decoding: bytes[$0.name], as: UTF8.self), ObsText.text(bytes[$0.value])) }
    let named = withheld(received, route)
    // A key that names the field has the client's own value.
    let id = route.options.key.headers.contains(requestID) ? nil : request.requestID
    var fields = received.filter { field in
      let name = FieldSyntax.lowercased(field.name)
      if id != nil && plain(name) == requestID { return false }
      if hopByHop.contains(plain(name)) || own.contains(plain(name)) || named.contains(name) { return false }
      if asksForWhole && ofPartialAnswers.contains(name) || withholdsBody && describesContent(name) { return false }
      return !overridesRequest(name) || isKept(name, route, isTrusted: isTrusted, asksForWhole: asksForWhole)
    }
    if asksForWhole { fields.append(FieldLine("Accept-Encoding", "identity")) }
    if let id { fields.append(FieldLine(KnownField.xRequestID.name, id.description)) }
    return fields + forwarding(request, isTrusted: isTrusted, saysHost: !asksForWhole || route.options.key.headers.contains("host"))
  }

  /// The names, in lower case, of the fields that end here because Connection says so. What tells recordings apart does
  /// not end here, whatever Connection says: the upstream would answer a request that the key does not describe.
  static func withheld(_ received: [FieldLine], _ route: ProxyToFile) -> Set<String> {
    AnswerFields.connectionOptions(received).subtracting(route.options.key.headers).subtracting(["authorization", "cookie"])
  }

  /// Whether such a field goes up all the same: the key names it, or a trusted proxy says by it how the client reached
  /// it. What host the client asked for is the client's own word, so nothing is recorded that depends on it.
  private static func isKept(_ name: String, _ route: ProxyToFile, isTrusted: Bool, asksForWhole: Bool) -> Bool {
    if route.options.key.headers.contains(name) { return true }
    return isTrusted && (name == "x-forwarded-proto" || !asksForWhole && name.hasPrefix("x-forwarded-"))
  }

  /// Via, Forwarded and X-Forwarded-For, begun with this hop, or continued where a trusted proxy began them.
  private static func forwarding(_ request: Request, isTrusted: Bool, saysHost: Bool) -> [FieldLine] {
    let head = request.head
    let bytes = request.headBytes
    func continued(_ field: KnownField, _ own: String?) -> [FieldLine] {
      let values = [isTrusted ? head.combinedValue(of: field, in: bytes.span) : nil, own].compactMap { $0 }
      return values.isEmpty ? [] : [FieldLine(field.name, values.joined(separator: ", "))]
    }
    let peer = request.remoteAddress
    let address = peer.unixPath == nil ? peer.host : nil
    // RFC 7239 section 6: an IPv6 address is bracketed, and then quoted; what has no address is unknown.
    let node = address.map { $0.contains(":") ? "\"[\($0)]\"" : $0 } ?? "unknown"
    let host = saysHost ? request.host.flatMap { FieldSyntax.quoted($0) }.map { ";host=\($0)" } ?? "" : ""
    return continued(.via, "\(head.version.isAtLeast11 ? "1.1" : "1.0") asynchttpd")
      + continued(.forwarded, "for=\(node)\(host);proto=http") + continued(.xForwardedFor, address)
  }
}

extension ProxyToFile {
  /// Methods that ask and change nothing (RFC 9110 section 9.2.1, and the registry of methods).
  private static let safeMethods: Set<String> = [
    "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "REPORT", "SEARCH",
  ]

  /// Whether the request's body stays here: its method is safe, and the key of the recording does not have it.
  func withholdsBody(of head: RequestHead, _ bytes: [UInt8], asksForWhole: Bool) -> Bool {
    asksForWhole && head.hasBody && options.key.body == .none
      && Self.safeMethods.contains(String(decoding: bytes[head.method], as: UTF8.self))
  }
}
