// What the condition of a route comes to for one request, part by part, for people.

import HTTPCore
import JSONText
import Reactor
import RegularExpressions

/// One part of a route's `when`, and what a request has in its place.
package struct ConditionFinding: Equatable, Sendable {
  package let holds: Bool
  /// `query.page`, `json $.currency`, `client`.
  package let label: String
  /// What the part asks for and what is there: `expected at most 10, found "12"`.
  package let detail: String
  /// What may be wrong with the request or the route; nil where nothing comes to mind.
  package let hint: String?
  /// The halves of the detail, for programs; nil where it does not have them.
  package let expected: String?
  package let found: String?

  init(holds: Bool, label: String, detail: String, hint: String? = nil) {
    self.holds = holds
    self.label = label
    self.detail = detail
    self.hint = hint
    expected = nil
    found = nil
  }

  /// One whose detail says what is expected, where that is not found.
  init(holds: Bool, label: String, expected: String, found: String, hint: String? = nil) {
    self.holds = holds
    self.label = label
    self.expected = expected
    self.found = found
    self.hint = hint
    detail = holds ? found : "expected \(expected), found \(found)"
  }

  /// The same under another label.
  fileprivate func labelled(_ label: String) -> ConditionFinding {
    guard let expected, let found else { return ConditionFinding(holds: holds, label: label, detail: detail, hint: hint) }
    return ConditionFinding(holds: holds, label: label, expected: expected, found: found, hint: hint)
  }

  /// Whether it is about what routes remember rather than about the request.
  package var isOfMemory: Bool { label == "sequence" || label.hasPrefix("state.") }

  /// `FAIL  query.page    expected at most 10, found "12"`, with the hint behind it.
  package var line: String { Self.line(holds, label, detail + (hint.map { "; \($0)" } ?? "")) }

  static func line(_ holds: Bool, _ label: String, _ detail: String) -> String {
    let mark = holds ? "ok    " : "FAIL  "
    if detail.isEmpty { return mark + label }
    return mark + (label.count < 7 ? label.padded(to: 8) : label + "    ") + detail
  }

  /// Characters of a value that are shown.
  static let maxShown = 200

  /// Octets of a value that are looked at for what is shown of it.
  fileprivate static let maxRead = 4096

  static func cut(_ text: String) -> String {
    // A character has some octets; of a text of millions no more is made than can be shown.
    let shown = String(text.unicodeScalars.prefix(maxRead)).escapingControlCharacters
    return shown.count <= maxShown ? shown : shown.prefix(maxShown) + "…"
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension RequestPredicate {
  /// What each part comes to, in the order of the file. A part holds here exactly where it does when the route is
  /// asked.
  func findings(_ request: borrowing RequestValues, pattern: PathPattern) -> [ConditionFinding] {
    var findings: [ConditionFinding] = []
    for part in parts { findings += part.findings(request, pattern: pattern) }
    return findings
  }
}

extension RequestPredicate.Part {
  fileprivate func findings(_ request: borrowing RequestValues, pattern: PathPattern) -> [ConditionFinding] {
    let holds = holds(request, pattern: pattern)
    switch condition {
    case .value(let name, let matcher):
      let values = request.shownValues(name, pattern: pattern)
      return [finding(holds, matcher.phrase, values, hint: holds ? nil : matcher.hint(values))]
    case .json(let expected, let exactly):
      guard let body = request.body.values?.json else { return [finding(holds, "JSON", ["a body that is not JSON"], isText: false)] }
      if holds { return [ConditionFinding(holds: true, label: label, detail: "")] }
      return JSONDifference.all(of: body, from: expected, exactly: exactly).map { difference in
        ConditionFinding(
          holds: false, label: "json \(difference.path)", expected: ConditionFinding.cut(difference.expected),
          found: ConditionFinding.cut(difference.found), hint: difference.hint)
      }
    case .jsonPath(let test):
      guard let body = request.body.values?.json else {
        return [finding(holds, test.matcher.phrase, ["a body that is not JSON"], isText: false)]
      }
      let nodes = test.path.select(from: body).nodes
      return [finding(holds, test.matcher.phrase, nodes.prefix(3).map(\.value.shown), isText: false)]
    case .state(let name, let values):
      let found = request.states?.value(ofState: name, for: request)
      let expected = values.count == 1 ? values[0].shown : "one of " + values.map(\.shown).joined(separator: ", ")
      return [finding(holds, expected, found.map { [$0.shown] } ?? [], isText: false)]
    case .client: return [finding(holds, "another network", [request.client.host], isText: false)]
    case .onlyQuery(let names): return [surplus(holds, request.queryNames.filter { !names.contains($0) })]
    case .onlyForm(let names):
      return [surplus(holds, (request.body.values?.form ?? []).map(\.name).filter { !names.contains($0) })]
    case .anyOf(let predicates):
      if holds { return [ConditionFinding(holds: true, label: label, detail: "")] }
      var findings: [ConditionFinding] = []
      for (index, predicate) in predicates.enumerated() {
        for finding in predicate.findings(request, pattern: pattern) where !finding.holds {
          findings.append(finding.labelled("any_of \(index + 1): \(finding.label)"))
        }
      }
      return findings
    case .not: return [ConditionFinding(holds: holds, label: label, detail: holds ? "" : "its condition holds, and must not")]
    }
  }

  private func finding(_ holds: Bool, _ expected: String, _ found: [String], isText: Bool = true, hint: String? = nil) -> ConditionFinding {
    let shown =
      found.isEmpty
      ? "nothing" : found.map { isText ? "\"\(ConditionFinding.cut($0))\"" : ConditionFinding.cut($0) }.joined(separator: ", ")
    return ConditionFinding(holds: holds, label: label, expected: ConditionFinding.cut(expected), found: shown, hint: hint)
  }

  private func surplus(_ holds: Bool, _ names: [String]) -> ConditionFinding {
    if holds { return ConditionFinding(holds: true, label: label, detail: "") }
    return ConditionFinding(
      holds: false, label: label, expected: "nothing else", found: ConditionFinding.cut(names.prefix(5).joined(separator: ", ")))
  }
}

extension SequencePlace {
  /// Which answer comes next, and whether one does.
  var finding: ConditionFinding {
    guard let position else {
      return ConditionFinding(holds: false, label: "sequence", expected: "an answer that is left", found: "none of \(length)")
    }
    let number = min(position, length - 1) + 1
    return ConditionFinding(
      holds: true, label: "sequence", detail: "answer \(number) of \(length)\(position < length ? "" : ", which is repeated")")
  }
}

extension RequestValues {
  /// The values of a name as text, the first three of them, and of each its beginning.
  fileprivate func shownValues(_ name: ValueName, pattern: PathPattern) -> [String] {
    var values: [String] = []
    _ = contains(name, pattern: pattern) { octets in
      values.append(ObsText.text(octets.extracting(first: ConditionFinding.maxRead)))
      return values.count == 3
    }
    return values
  }
}

extension ValueMatcher {
  /// What may be meant where the values of a name fail.
  fileprivate func hint(_ values: [String]) -> String? {
    for test in tests {
      switch test {
      case .equals(.string(let text)):
        let whole = values.filter { $0.utf8.count < ConditionFinding.maxRead }
        if whole.contains(where: { $0.lowercased() == text.lowercased() }) { return "ignore_case: true takes both" }
        if values.contains(where: { $0.contains(text) }) { return "contains takes it" }
      case .pattern(let pattern) where pattern.isWhole:
        if values.contains(where: { pattern.expression.matches(in: $0) == .matched }) {
          return "search takes it: matches wants the whole value"
        }
      default: break
      }
    }
    return nil
  }
}
