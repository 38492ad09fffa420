// The engine for patterns that tests give to JSONPath.

import JSONText
import RegularExpressions

extension RegularExpression: JSONPathPattern {
  package func matches(_ subject: String, whole: Bool, steps: inout Int) -> Bool? {
    let outcome: Outcome = matches(subject, whole: whole, steps: &steps)
    return switch outcome {
    case .matched: true
    case .notMatched: false
    case .limitReached: nil
    }
  }
}

enum PatternEngine {
  static let engine: JSONPathEngine = { try? RegularExpression($0) }
}
