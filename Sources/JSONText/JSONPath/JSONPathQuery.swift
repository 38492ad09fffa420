// What a query is made of, named as in RFC 9535.

/// A query from the root or from the current node.
struct JSONPathQuery: Sendable {
  var isRelative: Bool
  var segments: [JSONPathSegment]
  /// Whether white space stands in the brackets of a segment. A singular query has no room for it (RFC 9535 §2.3.5.1).
  var hasSpaceInBrackets = false

  var isSingular: Bool {
    segments.allSatisfy { segment in
      guard !segment.isDescendant, segment.selectors.count == 1 else { return false }
      switch segment.selectors[0] {
      case .name, .index: return true
      case .wildcard, .slice, .filter: return false
      }
    }
  }
}

struct JSONPathSegment: Sendable {
  var isDescendant: Bool
  var selectors: [JSONPathSelector]
}

enum JSONPathSelector: Sendable {
  case name(String)
  case wildcard
  case index(Int)
  case slice(start: Int?, end: Int?, step: Int)
  case filter(JSONPathTest)
}

/// A logical expression.
indirect enum JSONPathTest: Sendable {
  case any([JSONPathTest])
  case all([JSONPathTest])
  case not(JSONPathTest)
  case exists(JSONPathQuery)
  case comparison(JSONPathOperand, JSONPathComparison, JSONPathOperand)
  case match(JSONPathMatch)
}

enum JSONPathComparison: Sendable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

/// What has a value, or Nothing.
indirect enum JSONPathOperand: Sendable {
  case literal(JSONValue)
  case singular(JSONPathQuery)
  case length(JSONPathOperand)
  case count(JSONPathQuery)
  case value(JSONPathQuery)
}

/// A call of `match`, which compares the whole text, or `search`.
struct JSONPathMatch: Sendable {
  var isWhole: Bool
  var subject: JSONPathOperand
  var pattern: JSONPathOperand
  /// The pattern of a literal, compiled with the query; one that is no I-Regexp matches nothing (RFC 9535 §2.4.6).
  var compiled: (any JSONPathPattern)?
}
