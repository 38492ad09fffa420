// The regular expressions of JSONPath's functions, in PCRE2.

package import JSONText
import RegularExpressions

package enum PatternEngine {
  /// Compiles the patterns of `match()` and `search()`.
  package static let jsonPath: JSONPathEngine = { pattern in (try? RegularExpression(pattern)).map { FunctionPattern(expression: $0) } }

  private struct FunctionPattern: JSONPathPattern {
    let expression: RegularExpression

    func matches(_ subject: String, whole: Bool, steps: inout Int) -> Bool? {
      switch expression.matches(subject, whole: whole, steps: &steps) {
      case .matched: true
      case .notMatched: false
      case .limitReached: nil
      }
    }
  }
}
