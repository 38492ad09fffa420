// A TEST of `when`: a value, which means equality, a list, which means any of these, or a mapping of operators.

import HTTPCore
import JSONText
import RegularExpressions
import YAMLDocument

enum TestDecoder {
  /// What is tested.
  struct Subject {
    /// As a message names it: `a query parameter`.
    let noun: String
    /// Whether values have the types of JSON; else they are texts.
    var isJSON = false
    /// Whether values are in lower case.
    var isLowercase = false
  }

  private static let text = Shape.text

  static let keys = KeyTable(
    "test", noun: "a test",
    [
      Key("equals", .anything, "The value is this."),
      Key("not", shape, "This test does not pass; of several values, none passes it."),
      Key("contains", text, "The value has this text."),
      Key("starts_with", text, "The value begins with this text."),
      Key("ends_with", text, "The value ends with this text."),
      Key("matches", text, "The whole value is matched by this regular expression (PCRE2)."),
      Key("search", text, "The value is matched somewhere by this regular expression (PCRE2)."),
      Key("present", .bool, "Whether the value is there, also empty."),
      Key("less_than", text, "The value is a number, or an RFC 3339 time, below this one."),
      Key("at_most", text, "The value is a number, or an RFC 3339 time, and not above this one."),
      Key("greater_than", text, "The value is a number, or an RFC 3339 time, above this one."),
      Key("at_least", text, "The value is a number, or an RFC 3339 time, and not below this one."),
      Key("type", .choice(of: ValueTest.JSONType.self), "The value is JSON of this type."),
      Key("all_of", .sequence(of: shape), "The value passes each of these tests."),
      Key("ignore_case", .bool, default: "false", "Case does not count for the text operators beside it."),
    ])

  /// Any test, as the schema names it.
  static let shape = Shape.any([.text, .null, .sequence(of: .anything), .named("test")])
  /// The same where the table is to be found: once, in the table of `when`.
  static let definition = Shape.any([.text, .null, .sequence(of: .anything), .mapping(keys)])

  /// How deep tests nest, at most.
  static let maxDepth = 16

  /// Nil after reporting what is wrong.
  static func decode(_ value: SettingsDecoder, _ subject: Subject, depth: Int = 0) -> ValueMatcher? {
    guard depth < maxDepth else {
      value.error("tests nest at most \(maxDepth) levels deep")
      return nil
    }
    switch value.node.content {
    case .scalar: return equality(value, subject).map { ValueMatcher(.equals($0)) }
    case .sequence(let items):
      guard !items.isEmpty else {
        value.error("an empty list of tests never passes; leave it out, or write present: false")
        return nil
      }
      let matchers = items.map { decode(SettingsDecoder(node: $0, context: value.context), subject, depth: depth + 1) }
      guard !matchers.contains(where: { $0 == nil }) else { return nil }
      var matcher = ValueMatcher()
      matcher.anyOf = matchers.compactMap { $0 }
      return matcher
    case .mapping: return operators(value, subject, depth)
    }
  }

  /// The operand of an equality.
  private static func equality(_ value: SettingsDecoder, _ subject: Subject) -> JSONValue? {
    guard let scalar = value.node.scalar else {
      if subject.isJSON { return JSONLiteral.value(of: value.node, context: value.context) }
      value.errorExpected("a value for \(subject.noun), which is a text")
      return nil
    }
    if scalar.kind == .string || scalar.style != .plain {
      guard let text = value.text("a value") else { return nil }
      return .string(subject.isLowercase ? text.lowercased() : text)
    }
    if scalar.kind == .null, !subject.isJSON {
      value.error("\(subject.noun) is never null; write {present: false} for one that is not there")
      return nil
    }
    return JSONLiteral.value(of: value.node, context: value.context)
  }

  private static func operators(_ value: SettingsDecoder, _ subject: Subject, _ depth: Int) -> ValueMatcher? {
    guard let mapping = value.mapping(keys, "a test") else { return nil }
    let errorCount = value.context.errorCount
    var matcher = ValueMatcher()
    let ignoresCase = mapping.bool("ignore_case") ?? false
    if let present = mapping.take("present") { matcher.isPresent = present.bool() }
    if let operand = mapping.take("equals"), let literal = equality(operand, subject) {
      if ignoresCase, case .string(let text) = literal {
        matcher.tests.append(.folded(.equals, FoldedText(text)))
      } else {
        matcher.tests.append(.equals(literal))
      }
    }
    for relation in [ValueTest.TextRelation.contains, .startsWith, .endsWith] {
      guard let operand = mapping.take(relation.rawValue), let text = operand.nonEmptyText("a text") else { continue }
      let own = subject.isLowercase ? text.lowercased() : text
      matcher.tests.append(ignoresCase ? .folded(relation, FoldedText(own)) : .text(relation, own))
    }
    for (key, isWhole) in [("matches", true), ("search", false)] {
      if let operand = mapping.take(key), let pattern = pattern(operand, isWhole: isWhole, ignoresCase: ignoresCase || subject.isLowercase)
      {
        matcher.tests.append(.pattern(pattern))
      }
    }
    for order in [ValueTest.Order.lessThan, .atMost, .greaterThan, .atLeast] {
      if let operand = mapping.take(order.rawValue), let bound = bound(operand) { matcher.tests.append(.order(order, bound)) }
    }
    if let type = mapping.take("type") {
      if subject.isJSON {
        if let type = type.choice(ValueTest.JSONType.self) { matcher.tests.append(.type(type)) }
      } else {
        type.error("\(subject.noun) is always a text; \"type\" is for jsonpath")
      }
    }
    if let all = mapping.take("all_of"), let items = all.node.sequence, !items.isEmpty {
      let matchers = items.compactMap { decode(SettingsDecoder(node: $0, context: value.context), subject, depth: depth + 1) }
      matcher.tests.append(.allOf(matchers))
    } else if let all = mapping.take("all_of") {
      all.errorExpected("a list of tests")
    }
    if let refused = mapping.take("not"), let test = decode(refused, subject, depth: depth + 1) { matcher.refused.append(test) }
    mapping.finish()
    guard value.context.errorCount == errorCount else { return nil }
    return checked(matcher, value, ignoresCase: ignoresCase)
  }

  /// Reports what can never pass or says nothing.
  private static func checked(_ matcher: ValueMatcher, _ value: SettingsDecoder, ignoresCase: Bool) -> ValueMatcher? {
    if matcher == ValueMatcher() {
      value.error(ignoresCase ? "\"ignore_case\" stands beside an operator such as equals" : "a test needs an operator such as equals")
      return nil
    }
    if matcher.isPresent == false, !matcher.tests.isEmpty {
      value.error("what is not there passes no other operator; write a list for one or the other: [{present: false}, …]")
      return nil
    }
    let hasText = matcher.tests.contains { test in
      switch test {
      case .folded, .pattern: true
      default: false
      }
    }
    if ignoresCase, !hasText { value.context.warning("\"ignore_case\" has no text operator beside it", at: value.mark) }
    return matcher
  }

  private static func pattern(_ operand: SettingsDecoder, isWhole: Bool, ignoresCase: Bool) -> TextPattern? {
    guard let text = operand.nonEmptyText("a regular expression") else { return nil }
    do throws(RegularExpressionError) {
      return TextPattern(try RegularExpression(text, ignoresCase: ignoresCase), isWhole: isWhole, ignoresCase: ignoresCase)
    } catch {
      switch error {
      case .invalid(let message, let column):
        operand.error("not a regular expression: \(message)", in: max(0, column - 1)..<column, of: text)
      case .libraryMissing: operand.error("\(error)")
      }
      return nil
    }
  }

  private static func bound(_ operand: SettingsDecoder) -> ValueTest.Bound? {
    guard let text = operand.nonEmptyText("a number or a time") else { return nil }
    if let number = JSONLiteral.number(text) { return .number(number) }
    if let time = RFC3339Time(text) { return .time(time, spelling: text) }
    operand.error("expected a number, or a time such as 2026-01-15T09:30:00Z, found \"\(text.excerpt)\"")
    return nil
  }
}
