// The answers that no responder makes: 404 and 405, OPTIONS, and what a page of another origin may read of them.

import AsyncHTTPServer
package import HTTPCore

extension RouteTable {
  func unrouted(
    _ outcome: RouteOutcome, _ head: borrowing RequestHead, _ method: RequestMethod, path: Span<UInt8>, bytes: Span<UInt8>
  ) -> Answer {
    if method.isOptions, let preflight = preflight(outcome, head, path: path, bytes: bytes) { return preflight }
    let fields = originFields(rule(for: outcome, path: path), head, bytes)
    guard let allowed = allowedMethods(outcome) else {
      let text = ShownOctets.text(path.extracting(first: 200).copied)
      return Self.plain(404, "no route matches \(text)", fields)
    }
    let allow = [(name: "Allow", value: allowed.allowValue)]
    if method.isOptions { return .bytes(status: 204, fields: allow + fields, body: []) }
    return Self.plain(405, "this path answers \(allowed.allowValue)", allow + fields)
  }

  /// The methods of the path, OPTIONS included; nil for a path without routes.
  private func allowedMethods(_ outcome: RouteOutcome) -> MethodSet? {
    var allowed: MethodSet
    switch outcome {
    case .notFound: return nil
    case .methodNotAllowed(let methods): allowed = methods
    case .matched(let match): allowed = routes[match.routeIndex].methods
    }
    allowed.insert(.options)
    return allowed
  }

  /// The answer to a preflight, by the rule for the request that it announces; nil if this is none, or there is no rule.
  private func preflight(
    _ outcome: RouteOutcome, _ head: borrowing RequestHead, path: Span<UInt8>, bytes: Span<UInt8>
  ) -> Answer? {
    guard let origin = head.combinedValue(of: .origin, in: bytes),
      let announced = head.combinedValue(of: .accessControlRequestMethod, in: bytes)
    else { return nil }
    let target = index.match(path: path, method: RequestMethod(name: announced))
    guard let rule = rule(for: target, path: path) else { return nil }
    let allowed = allowedMethods(outcome)
    // Where there is no route, the page is let through to the 404 that says so.
    let fields = rule.preflightFields(
      origin: origin, requestedHeaders: head.combinedValue(of: .accessControlRequestHeaders, in: bytes),
      methods: allowed ?? [RequestMethod(name: announced)])
    return .bytes(status: 204, fields: (allowed.map { [("Allow", $0.allowValue)] } ?? []) + fields, body: [])
  }

  /// The rule for pages of other origins that an answer without a responder is given by: that of the route which has the request's method, of
  /// the first route of the path, or of the table.
  private func rule(for outcome: RouteOutcome, path: Span<UInt8>) -> CrossOrigin? {
    switch outcome {
    case .notFound: return crossOrigin
    case .matched(let match): return routes[match.routeIndex].crossOrigin
    case .methodNotAllowed(let allowed):
      var first = routes.count
      for name in allowed.names {
        let outcome = index.match(path: path, method: RequestMethod(name: name))
        if case .matched(let match) = outcome { first = min(first, match.routeIndex) }
      }
      return first < routes.count ? routes[first].crossOrigin : nil
    }
  }

  func originFields(_ rule: CrossOrigin?, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> [(name: String, value: String)] {
    rule?.fields(origin: head.combinedValue(of: .origin, in: bytes)) ?? []
  }

  package func fieldsOfServerAnswer(to head: borrowing RequestHead, bytes: Span<UInt8>) -> [(name: String, value: String)] {
    guard let path = try? Self.normalize(head, bytes) else { return originFields(crossOrigin, head, bytes) }
    let outcome = index.match(path: path.bytes.span, method: RequestMethod(head, bytes))
    return originFields(rule(for: outcome, path: path.bytes.span), head, bytes)
  }

  static func plain(_ status: Int, _ reason: String, _ fields: [(name: String, value: String)] = []) -> Answer {
    let body = "\(status) \(ReasonPhrase.phrase(for: status)): \(reason)\n"
    return .bytes(status: status, fields: [("Content-Type", "text/plain; charset=utf-8")] + fields, body: Array(body.utf8))
  }
}
