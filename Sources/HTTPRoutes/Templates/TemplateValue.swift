// What an expression of a template comes to.

package import JSONText

/// The value of an expression.
package enum TemplateValue: Equatable, Sendable {
  /// The request does not have it.
  case missing
  /// It is missing, and the member, item or field line is left out for it.
  case omitted
  /// Numbers keep their spelling.
  case json(JSONValue)
  case time(TemplateTime)

  static func text(_ text: String) -> TemplateValue { .json(.string(text)) }
  static func number(_ number: JSONDecimal) -> TemplateValue { .json(.number(JSONNumber(number))) }

  init(_ value: JSONValue?) { self = value.map { .json($0) } ?? .missing }

  var isMissing: Bool { self == .missing }

  /// As JSON has it; nil for what is missing.
  var json: JSONValue? {
    switch self {
    case .missing, .omitted: nil
    case .json(let value): value
    case .time(let time): time.json
    }
  }

  /// The value within text: lists and objects as JSON; nil for what is missing, and for null.
  var text: String? {
    switch json {
    case nil, .null: nil
    case .string(let text): text
    case .number(let number): number.spelling
    case .bool(let value): value ? "true" : "false"
    case .array, .object: json.map { JSONWriter.text(of: $0) }
    }
  }

  /// The number that the value is, or that its text spells.
  var number: JSONNumber? {
    switch json {
    case .number(let number): number
    case .string(let text): text.utf8.count <= 1_000 ? JSONNumber(text) : nil
    default: nil
    }
  }

  /// The time that the value is, or that its text spells.
  var time: TemplateTime? {
    switch self {
    case .time(let time): time
    case .json(.string(let text)): TemplateTime(parsing: text) ?? number.flatMap { Self.time(since1970: $0) }
    case .json(.number(let number)): Self.time(since1970: number)
    default: nil
    }
  }

  /// Seconds of the next three thousand years; what is more is milliseconds.
  private static func time(since1970 number: JSONNumber) -> TemplateTime? {
    guard let whole = number.decimal.rounded(places: 0)?.integer, let value = Int64(exactly: whole) else { return nil }
    if abs(value / 2) < 50_000_000_000 { return TemplateTime(instant: value * 1000, form: .unix) }
    return TemplateTime(instant: value, form: .unixMilliseconds)
  }
}
