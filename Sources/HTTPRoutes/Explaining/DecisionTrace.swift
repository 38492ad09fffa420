// Why each route near a request did or did not answer it. What is asked of a condition here is what the decision asks.

import HTTPCore

extension Decider {
  /// The route that answers and the ones nearest to answering, in file order.
  ///
  /// - Parameters:
  ///   - path: normalised, as the decision was made for it.
  ///   - content: the body, read where a condition needs it.
  func explain(
    _ head: borrowing RequestHead, _ bytes: Span<UInt8>, path: Span<UInt8>, _ origin: RequestOrigin, _ content: RequestBodyState
  ) -> [RouteExplanation] {
    let method = RequestMethod(head, bytes)
    let findings = findings(head, bytes, path: path, method, origin, content)
    return index.explain(path: path, method: method) { findings[$0] ?? [] }
  }

  /// What the conditions of the routes with this path and method come to, by route index.
  private func findings(
    _ head: borrowing RequestHead, _ bytes: Span<UInt8>, path: Span<UInt8>, _ method: RequestMethod, _ origin: RequestOrigin,
    _ content: RequestBodyState
  ) -> [Int: [ConditionFinding]] {
    guard hasConditions else { return [:] }
    var found: [Int: [ConditionFinding]] = [:]
    for group in index.candidates(path: path, method: method) {
      for member in index.members(of: group) {
        guard isConditional(Int(member)) else { continue }
        let request = RequestValues(
          head: head, path: path, bytes: bytes, match: group.match(of: Int(member)), origin: origin, body: content,
          hasEncodedSlash: false, states: states)
        let pattern = index.patterns[Int(member)]
        found[Int(member)] =
          (predicate(of: Int(member))?.findings(request, pattern: pattern) ?? [])
          + (memory(of: Int(member))?.sequencePlace(request).map { [$0.finding] } ?? [])
      }
    }
    return found
  }
}
