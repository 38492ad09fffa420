// The answers that no responder makes: 404 and 405, OPTIONS, and what a page of another origin may read of them.

import AsyncHTTPServer
package import HTTPCore
import Logging

extension RouteTable {
  /// The answer to a request that no route is asked for, or that none answers.
  func unroutedAnswer(
    _ decision: Decision, _ head: borrowing RequestHead, path: Span<UInt8>, bytes: Span<UInt8>, _ origin: RequestOrigin,
    _ content: RequestBodyState
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
    case .notFound, .conditionsFail, .needsBody, .needsTask, .routed, .preflight:
      return unmatchedAnswer(head, path: path, bytes: bytes, origin, content, fields)
    }
  }

  /// The answer where no route fits. A client that may know is told the routes that come nearest.
  private func unmatchedAnswer(
    _ head: borrowing RequestHead, path: Span<UInt8>, bytes: Span<UInt8>, _ origin: RequestOrigin, _ content: RequestBodyState,
    _ fields: [FieldLine]
  ) -> Answer {
    let status = unmatched.status
    let explains = unmatched.explains(to: origin, head, bytes)
    let method = String(decoding: bytes.extracting(head.method).copied, as: UTF8.self)
    let key = "\(method) \(ShownOctets.text(path.extracting(first: 1_000).copied))"
    let isNoted = unmatchedRequests.isDue(key, now: origin.now)
    guard explains || isNoted else { return Self.unexplained(status, path: path, fields) }
    let query = head.query.map { "?" + ShownOctets.text(bytes.extracting($0).copied) } ?? ""
    let report = NearMissReport(
      sentence: ConditionFinding.cut("no route answers \(key)\(query)"),
      misses: decider.nearMisses(head, bytes, path: path, origin, content), routes: routes)
    if isNoted {
      let nearest = report.logLine.map { ["nearest": Logger.MetadataValue.string($0)] } ?? [:]
      origin.logger?.notice("no route answers \(ConditionFinding.cut(key))", metadata: nearest)
    }
    guard explains else { return Self.unexplained(status, path: path, fields) }
    // It depends on who asks and on what is accepted, and on a configuration that is being edited.
    let own = [FieldLine("Cache-Control", "no-store"), FieldLine("Vary", "Accept")]
    if head.combinedValue(of: .accept, in: bytes)?.lowercased().contains("json") == true {
      return .bytes(
        status: status, fields: [FieldLine("Content-Type", "application/problem+json")] + own + fields, body: report.problem(status: status)
      )
    }
    return .bytes(
      status: status, fields: [FieldLine("Content-Type", "text/plain; charset=utf-8")] + own + fields,
      body: Array(report.text(status: status).utf8))
  }

  private static func unexplained(_ status: Int, path: Span<UInt8>, _ fields: [FieldLine]) -> Answer {
    plain(status, "no route matches \(ShownOctets.text(path.extracting(first: 200).copied))", fields)
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
