// The answers that no responder makes: 404 and 405, OPTIONS, and what a page of another origin may read of them.

import AsyncHTTPServer
package import HTTPCore

extension RouteTable {
  /// The answer to a request that no route is asked for.
  func unroutedAnswer(
    _ decision: Decision, _ head: borrowing RequestHead, path: Span<UInt8>, bytes: Span<UInt8>
  ) -> Answer {
    func allow(_ allowed: MethodSet?) -> [FieldLine] { allowed.map { [FieldLine("Allow", $0.allowValue)] } ?? [] }
    if case .preflight(let preflight) = decision {
      // Where there is no route, the page is let through to the 404 that says so.
      let fields = preflight.rule.preflightFields(
        origin: head.combinedValue(of: .origin, in: bytes) ?? "",
        requestedHeaders: head.combinedValue(of: .accessControlRequestHeaders, in: bytes),
        methods: preflight.allowed ?? [preflight.announced])
      return .bytes(status: 204, fields: allow(preflight.allowed) + fields, body: [])
    }
    let fields = originFields(decision, head, path: path, bytes)
    switch decision {
    case .refused(let error): return Self.plain(error.status, error.description, fields)
    case .methodNotAllowed(let allowed):
      return Self.plain(405, "this path answers \(allowed.allowValue)", allow(allowed) + fields)
    case .options(let allowed, _): return .bytes(status: 204, fields: allow(allowed) + fields, body: [])
    case .notFound, .conditionsFail, .needsBody, .routed, .preflight:
      return Self.plain(404, "no route matches \(ShownOctets.text(path.extracting(first: 200).copied))", fields)
    }
  }

  private func originFields(
    _ decision: Decision, _ head: borrowing RequestHead, path: Span<UInt8>, _ bytes: Span<UInt8>
  ) -> [FieldLine] {
    decider.crossOrigin(for: decision, path: path)?.fields(origin: head.combinedValue(of: .origin, in: bytes)) ?? []
  }

  package func fieldsOfServerAnswer(to head: borrowing RequestHead, bytes: Span<UInt8>) -> [FieldLine] {
    decider.decide(head, bytes, nil, .none) { head, decision, path, _ in originFields(decision, head, path: path, bytes) }
  }

  static func plain(_ status: Int, _ reason: String, _ fields: [FieldLine] = []) -> Answer {
    let body = "\(status) \(ReasonPhrase.phrase(for: status)): \(reason)\n"
    return .bytes(status: status, fields: [FieldLine("Content-Type", "text/plain; charset=utf-8")] + fields, body: Array(body.utf8))
  }
}
