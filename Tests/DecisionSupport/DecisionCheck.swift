// What a table decides, held against a scan that asks each of its routes alone, and against what `explain` says of it.

package import HTTPRoutes

/// A request as a client words it.
package struct CheckedRequest: Sendable {
  package var method: String
  package var url: String
  package var headers: [String]
  package var body: [UInt8]?

  package init(_ method: String, _ url: String, headers: [String] = [], body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// Its first line is `METHOD URL`, the next ones are fields, and what stands behind an empty line is the body.
  package init?(_ text: String) {
    let (head, body) = Self.halves(text)
    let lines = head.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let words = lines[0].split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2 else { return nil }
    self.init(words[0], words[1], headers: Array(lines.dropFirst()), body: body.map { Array($0.utf8) })
  }

  /// What stands before the first empty line, and behind it.
  package static func halves(_ text: String) -> (String, String?) {
    guard let gap = text.firstRange(of: "\n\n") else { return (text, nil) }
    return (String(text[..<gap.lowerBound]), String(text[gap.upperBound...]))
  }
}

/// The first contradiction there is between a table's decision on a request, its routes asked one by one, and its
/// explanation; nil for none, and for a request that cannot be put into words.
package func contradiction(on request: CheckedRequest, of settings: Settings) -> String? {
  guard let whole = explained(request, settings) else { return nil }
  // OPTIONS is answered for all routes of a path together.
  guard request.method != "OPTIONS" else { return nil }
  switch whole.outcome {
  case .answered, .notFound, .methodNotAllowed: break
  case .options, .preflight, .rejected: return nil
  }
  let answering = whole.answering
  let scanned = settings.routes.indices.first { index in
    var alone = settings
    alone.routes = [settings.routes[index]]
    return explained(request, alone)?.answering != nil
  }
  guard answering == scanned else {
    return "the table answers with route \(answering.map(String.init) ?? "none"), a scan with \(scanned.map(String.init) ?? "none")"
  }
  for explanation in whole.explanations {
    let holds = explanation.findings.allSatisfy { $0.holds || $0.isOfMemory }
    switch explanation.reason {
    case .matched where explanation.routeIndex != answering: return "route \(explanation.routeIndex) is said to answer, and does not"
    case .matched where !holds: return "route \(explanation.routeIndex) answers, and a part of its condition is said to fail"
    case .conditionFails where explanation.findings.allSatisfy(\.holds):
      return "route \(explanation.routeIndex) is said to fail, and no part of it"
    case .hiddenBy(let other) where other >= explanation.routeIndex: return "route \(explanation.routeIndex) is hidden by a later one"
    default: break
    }
  }
  if let answering, !whole.explanations.contains(where: { $0.routeIndex == answering && $0.reason == .matched }) {
    return "route \(answering) answers, and the explanation does not say so"
  }
  return nil
}

private func explained(_ request: CheckedRequest, _ settings: Settings) -> ExplainedRequest? {
  try? ExplainedRequest(method: request.method, url: request.url, headers: request.headers, body: request.body, settings: settings)
}

extension ExplainedRequest {
  /// The route that answers; nil for none.
  fileprivate var answering: Int? { if case .answered(let route, _) = outcome { route } else { nil } }
}
