// A regular expression of a configuration, and what is known of its use.

import HTTPCore
import Logging
package import RegularExpressions
import Synchronization

/// A regular expression as an operator of `when`.
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

  func matches(_ octets: Span<UInt8>, _ origin: RequestOrigin) -> Bool {
    switch outcome(octets) {
    case .matched: return true
    case .notMatched: return false
    case .limitReached:
      // One line for each pattern: a client could fill the log otherwise.
      if limited.add(1, ordering: .relaxed).oldValue == 0 {
        origin.logger?.warning(
          "a regular expression took too many steps, so that its test fails", metadata: ["pattern": "\(expression.pattern)"])
      }
      return false
    }
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
