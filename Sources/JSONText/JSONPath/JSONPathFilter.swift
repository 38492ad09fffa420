// Evaluates the logical expressions of filters (RFC 9535 §2.3.5) and the functions (§2.4). What has no value, Nothing,
// is nil.

extension JSONPathEvaluator {
  /// In octets of text that are looked at in one step.
  private static let octetsPerStep = 16

  /// Whether a test holds for a child. Meaningless once the bound of steps is reached.
  mutating func holds(_ test: JSONPathTest, for current: JSONValue) -> Bool {
    guard spend(1) else { return false }
    switch test {
    case .any(let tests):
      for test in tests where holds(test, for: current) { return true }
      return false
    case .all(let tests):
      for test in tests where !holds(test, for: current) { return false }
      return true
    case .not(let test): return !holds(test, for: current)
    case .exists(let query):
      if query.isSingular { return value(of: query, current: current) != nil }
      return !nodes(of: query, current: current, keepsPlaces: false).isEmpty
    case .comparison(let left, let comparison, let right):
      return compare(value(of: left, current), comparison, value(of: right, current))
    case .match(let match): return matches(match, current)
    }
  }

  // MARK: Values

  private mutating func value(of operand: JSONPathOperand, _ current: JSONValue) -> JSONValue? {
    switch operand {
    case .literal(let value): return value
    case .singular(let query): return value(of: query, current: current)
    case .length(let operand): return value(of: operand, current).flatMap { length(of: $0) }.map { .number(JSONNumber($0)) }
    case .count(let query):
      return .number(JSONNumber(nodes(of: query, current: current, keepsPlaces: false).count))
    case .value(let query):
      let nodes = nodes(of: query, current: current, keepsPlaces: false)
      return nodes.count == 1 ? nodes[0].value : nil
    }
  }

  /// In Unicode scalar values, items or members; nil for what has no length.
  private mutating func length(of value: JSONValue) -> Int? {
    switch value {
    case .string(let text): spend(text.utf8.count / Self.octetsPerStep) ? text.unicodeScalars.count : nil
    case .array(let items): items.count
    case .object(let object): object.count
    case .null, .bool, .number: nil
    }
  }

  // MARK: Comparisons

  /// RFC 9535 §2.3.5.2.2.
  private mutating func compare(_ left: JSONValue?, _ comparison: JSONPathComparison, _ right: JSONValue?) -> Bool {
    switch comparison {
    case .equal: areEqual(left, right)
    case .notEqual: !areEqual(left, right)
    case .less: isLess(left, right)
    case .lessOrEqual: isLess(left, right) || areEqual(left, right)
    case .greater: isLess(right, left)
    case .greaterOrEqual: isLess(right, left) || areEqual(left, right)
    }
  }

  private mutating func isLess(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    switch (left, right) {
    case (.number(let left), .number(let right)): spendOn(left, right) && left < right
    case (.string(let left), .string(let right)): spendOn(left, right) && JSONString.precedes(left, right)
    default: false
    }
  }

  private mutating func areEqual(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    guard spend(1) else { return false }
    guard let left, let right else { return left == nil && right == nil }
    switch (left, right) {
    case (.number(let left), .number(let right)): return spendOn(left, right) && left == right
    case (.string(let left), .string(let right)): return spendOn(left, right) && JSONString.areEqual(left, right)
    case (.array(let left), .array(let right)):
      guard left.count == right.count else { return false }
      for (left, right) in zip(left, right) where !areEqual(left, right) { return false }
      return true
    case (.object(let left), .object(let right)):
      guard left.count == right.count else { return false }
      for member in left.members {
        guard let other = right[member.name], areEqual(member.value, other) else { return false }
      }
      return true
    default: return left == right
    }
  }

  private mutating func spendOn(_ left: String, _ right: String) -> Bool {
    spend((left.utf8.count + right.utf8.count) / Self.octetsPerStep)
  }

  /// Numbers with a point or an exponent are read digit by digit.
  private mutating func spendOn(_ left: JSONNumber, _ right: JSONNumber) -> Bool {
    spend((left.spelling.utf8.count + right.spelling.utf8.count) / 4)
  }

  // MARK: Patterns

  private mutating func matches(_ match: JSONPathMatch, _ current: JSONValue) -> Bool {
    guard case .string(let subject) = value(of: match.subject, current) else { return false }
    var pattern = match.compiled
    if pattern == nil {
      guard case .string(let text) = value(of: match.pattern, current) else { return false }
      pattern = compiled(text)
    }
    guard let pattern, spend(10) else { return false }
    var steps = 0
    let result = pattern.matches(subject, whole: match.isWhole, steps: &steps)
    guard let result, spend(steps) else {
      // A match without a result leaves the selection incomplete.
      stop()
      return false
    }
    return result
  }

  private mutating func compiled(_ text: String) -> (any JSONPathPattern)? {
    if let lastPattern, JSONString.areEqual(lastPattern.text, text) { return lastPattern.compiled }
    guard spend(200 + min(text.utf8.count, IRegexp.maxLength)) else { return nil }
    let compiled = IRegexp.translated(text).flatMap { engine?($0) }
    lastPattern = (text, compiled)
    return compiled
  }
}
