// The one view of a request that a route was found for. Predicates, templates, keys and redirects ask it, and nothing
// else of the request.

package import HTTPCore
package import Reactor

/// A request as a responder sees it: borrowed, for as long as the answer is decided on.
package struct RequestValues: ~Escapable {
  package let head: RequestHead
  /// The path, decoded and normalised: the match's offsets point into it.
  package let path: Span<UInt8>
  /// The octets of the head: its offsets point into them.
  package let bytes: Span<UInt8>
  package let match: RouteMatch
  /// Seconds since 1970.
  package let now: Int64
  package let origin: RequestOrigin
  package let body: RequestBodyState
  /// Whether an encoded slash stands in the path, as `NormalizedPath.encodedSlash`. No file has such a name.
  package let hasEncodedSlash: Bool
  /// The states of the table; nil where none is declared.
  package let states: NamedStates?

  @_lifetime(copy path, copy bytes)
  package init(
    head: borrowing RequestHead, path: Span<UInt8>, bytes: Span<UInt8>, match: RouteMatch, origin: RequestOrigin,
    body: RequestBodyState, hasEncodedSlash: Bool, states: NamedStates? = nil
  ) {
    self.head = copy head
    self.path = path
    self.bytes = bytes
    self.match = match
    now = origin.now
    self.origin = origin
    self.body = body
    self.hasEncodedSlash = hasEncodedSlash
    self.states = states
  }

  /// The thread that the request is answered on.
  package var reactor: Reactor { origin.reactor }

  /// The client's address, found through trusted proxies.
  package var client: SocketAddress { origin.client(head, bytes) }

  /// The names of the query's parameters, decoded, in order.
  var queryNames: [String] { head.query.map { QueryParameters(bytes.extracting($0)).spelledPairs.map(\.name) } ?? [] }

  /// A host as Host has it, without the port (RFC 9110 §7.2). An IPv6 address keeps its brackets.
  private static func withoutPort(_ host: Span<UInt8>) -> String {
    let text = String(decoding: host.copied, as: UTF8.self)
    guard let colon = text.lastIndex(of: ":"), text[colon...].allSatisfy({ $0 != "]" }) else { return text }
    return String(text[..<colon])
  }

  /// Whether the answer carries no body.
  package var isHEAD: Bool { head.knownMethod.isHEAD }

  /// The query as it was received; nil without one.
  var query: [UInt8]? { head.query.map { bytes.extracting($0).copied } }

  /// The lines of a field joined with `", "`, octet by octet; nil without any.
  ///
  /// - Parameter name: in lower case.
  func octets(ofField name: String) -> [UInt8]? { head.octets(ofField: name, in: bytes) }

  /// The fields, kept for longer than the view.
  var keptFields: HeadFields { HeadFields(head, bytes.copied) }

  // MARK: By name

  /// A value as text, decoded; nil for what the request does not have. Octets that are no UTF-8 are spelled as
  /// `ObsText` does.
  ///
  /// - Parameter pattern: that of the route.
  package func text(of name: ValueName, pattern: PathPattern) -> String? {
    switch name {
    case .path("**"): match.rest(in: path).map { PathValue.rest(path.extracting($0)) }
    case .path(let parameter):
      pattern.parameterNames.firstIndex(of: parameter).map { PathValue.parameter(path.extracting(match.parameter(at: $0, in: path))) }
    case .query(let parameter): head.query.flatMap { QueryParameters(bytes.extracting($0)).spelledValue(of: parameter) }
    case .header(let field): head.octets(ofField: field, in: bytes).map { ObsText.text($0) }
    case .cookie(let cookie):
      head.octets(ofField: "cookie", in: bytes).flatMap { Cookies.value(of: cookie, in: $0.span) }.map { ObsText.text($0) }
    case .form(let field): body.values?.form?.first { $0.name == field }.map { $0.value }
    case .body: body.values?.text
    case .client: client.host
    case .method: ObsText.text(bytes.extracting(head.method).copied)
    case .host: head.host.map { FieldSyntax.lowercased(Self.withoutPort(bytes.extracting($0))) }
    case .url: ObsText.text(bytes.extracting(head.path.lowerBound..<max(head.path.upperBound, head.query?.upperBound ?? 0)).copied)
    }
  }

  /// Whether one of the values of a name passes a test, which is given them as octets, decoded. A value of a path or a
  /// body is one; a field, a query parameter, a cookie and a form field may be there several times.
  func contains(_ name: ValueName, pattern: PathPattern, where test: (Span<UInt8>) -> Bool) -> Bool {
    switch name {
    case .header(let field): return head.contains(field: field, in: bytes, where: test)
    case .query(let parameter):
      guard let query = head.query else { return false }
      return QueryParameters.contains(parameter, in: bytes.extracting(query), where: test)
    case .cookie(let cookie):
      return head.contains(field: "cookie", in: bytes) { Cookies.contains(cookie, in: $0, where: test) }
    case .form(let field):
      return body.values?.form?.contains { $0.name == field && test(ObsText.octets($0.value).span) } ?? false
    case .body:
      guard let octets = body.values?.octets, !octets.isEmpty else { return false }
      return test(octets.span)
    case .host, .path, .method, .url, .client:
      return text(of: name, pattern: pattern).map { test(ObsText.octets($0).span) } ?? false
    }
  }
}
