// A TEST of `when`: what the values of one name must be like. There may be none of them, one, or several.

import JSONText
import RegularExpressions

/// A test of all values of one name.
package struct ValueMatcher: Hashable, Sendable {
  /// Whether there has to be a value, or must not be one; nil does not ask.
  package var isPresent: Bool?
  /// One value has to pass all of these.
  package var tests: [ValueTest] = []
  /// Matchers that must not hold.
  package var refused: [ValueMatcher] = []
  /// Matchers of which one has to hold; nil does not ask.
  package var anyOf: [ValueMatcher]?

  package init() {}

  package init(_ test: ValueTest) { tests = [test] }

  /// Whether it holds for the values of a name.
  ///
  /// - Parameter one: whether one of the values passes all of these tests; without any, whether there is a value.
  func holds(_ one: (_ passes: [ValueTest]) -> Bool) -> Bool {
    if let isPresent, one([]) != isPresent { return false }
    if refused.contains(where: { $0.holds(one) }) { return false }
    if let anyOf, !anyOf.contains(where: { $0.holds(one) }) { return false }
    if tests.isEmpty || one(tests) { return true }
    // Of no value at all, `all_of` asks each of its tests: one that demands an absence holds then.
    guard case .allOf(let matchers)? = tests.first, tests.count == 1, !one([]) else { return false }
    return matchers.allSatisfy { $0.holds(one) }
  }

  /// Whether it holds for one text.
  func holds(for text: Span<UInt8>, _ origin: RequestOrigin) -> Bool {
    holds { tests in tests.allSatisfy { $0.passes(text, origin) } }
  }

  /// Whether it holds for values of JSON, of which there may be none.
  func holds(for values: [JSONValue], _ origin: RequestOrigin) -> Bool {
    holds { tests in values.contains { value in tests.allSatisfy { $0.passes(value, origin) } } }
  }

  /// The texts of which a value has to be one, where nothing else is asked: what an index can look up.
  var literals: [String]? {
    guard isPresent == nil, refused.isEmpty else { return nil }
    if let anyOf, tests.isEmpty {
      let texts = anyOf.map(\.literals)
      return texts.contains { $0 == nil } ? nil : texts.flatMap { $0 ?? [] }
    }
    guard anyOf == nil, tests.count == 1, case .equals(.string(let text)) = tests[0] else { return nil }
    return [text]
  }
}

// MARK: In words

extension ValueMatcher {
  /// What is expected, for a near miss: `"EUR"`, `at most 10`, `one of "a", "b"`, `not "x"`.
  var phrase: String {
    var parts: [String] = []
    if let isPresent { parts.append(isPresent ? "present" : "not present") }
    parts += tests.map(\.phrase)
    parts += refused.map { "not \($0.phrase)" }
    if let anyOf {
      parts.append(anyOf.count == 1 ? anyOf[0].phrase : "one of \(anyOf.map(\.phrase).joined(separator: ", "))")
    }
    return parts.joined(separator: ", ")
  }
}

extension ValueTest {
  var phrase: String {
    switch self {
    case .equals(let value): value.shown
    case .text(let relation, let text): "\(relation.word)\(JSONValue.string(text).shown)"
    case .folded(let relation, let text): "\(relation.word)\(JSONValue.string(text.text).shown) in any case"
    case .pattern(let pattern):
      "\(pattern.isWhole ? "matching" : "a match of") \(pattern.expression.pattern)\(pattern.ignoresCase ? " in any case" : "")"
    case .order(let order, let bound): "\(order.words) \(bound.spelling)"
    case .type(let type): type == .null ? "null" : "\("aio".contains(type.rawValue.first ?? "x") ? "an" : "a") \(type.rawValue)"
    case .allOf(let matchers): matchers.map(\.phrase).joined(separator: ", ")
    }
  }
}

extension ValueTest.TextRelation {
  fileprivate var word: String {
    switch self {
    case .equals: ""
    case .contains: "containing "
    case .startsWith: "starting with "
    case .endsWith: "ending with "
    }
  }
}

extension ValueTest.Order {
  fileprivate var words: String { rawValue.replacing("_", with: " ") }
}

extension JSONValue {
  /// The value as JSON, for people; of a long one the beginning.
  var shown: String { JSONWriter.excerpt(of: self, length: 4096) }
}
