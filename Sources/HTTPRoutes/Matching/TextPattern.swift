// A regular expression of a configuration, and what is known of its use.

import HTTPCore
import Logging
package import RegularExpressions
import Synchronization

/// A regular expression as an operator of `when`, or of `extract`.
package final class TextPattern: Sendable {
  package let expression: RegularExpression
  /// Whether the whole text has to match, or any part of it.
  package let isWhole: Bool
  package let ignoresCase: Bool
  /// How often a text could not be matched within the bounds; it counts as one that does not match.
  private let limited = Atomic<Int>(0)

  package init(_ expression: RegularExpression, isWhole: Bool, ignoresCase: Bool) {
    self.expression = expression
    self.isWhole = isWhole
    self.ignoresCase = ignoresCase
  }

  /// How often the bounds stopped a match since the configuration was loaded.
  package var limitedCount: Int { limited.load(ordering: .relaxed) }

  /// Whether a value passes.
  func matches(_ octets: Span<UInt8>, _ origin: RequestOrigin) -> Bool { settle(outcome(octets), "its test fails", origin) }

  /// The first group of the first match in a text, or the whole match where the pattern has no group; nil without one.
  func firstGroup(in text: String, _ origin: RequestOrigin) -> String? {
    let (outcome, group) = expression.firstGroup(in: text)
    return settle(outcome, "it extracts nothing", origin) ? group : nil
  }

  private func settle(_ outcome: RegularExpression.Outcome, _ consequence: String, _ origin: RequestOrigin) -> Bool {
    // One line for each pattern: a client could fill the log otherwise.
    if outcome == .limitReached, limited.add(1, ordering: .relaxed).oldValue == 0 {
      origin.logger?.warning(
        "a regular expression took too many steps, so that \(consequence)", metadata: ["pattern": "\(expression.pattern)"])
    }
    return outcome == .matched
  }
}

extension TextPattern {
  private func outcome(_ octets: Span<UInt8>) -> RegularExpression.Outcome {
    // As text it is as long at least: what is too long need not become text.
    guard octets.count <= RegularExpression.maxSubjectLength else { return .limitReached }
    let text = ObsText.text(octets)
    return isWhole ? expression.matchesWhole(text) : expression.matches(in: text)
  }
}

extension TextPattern: Hashable {
  package static func == (left: TextPattern, right: TextPattern) -> Bool {
    left.expression.pattern == right.expression.pattern && left.isWhole == right.isWhole && left.ignoresCase == right.ignoresCase
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(expression.pattern)
    hasher.combine(isWhole)
    hasher.combine(ignoresCase)
  }
}
