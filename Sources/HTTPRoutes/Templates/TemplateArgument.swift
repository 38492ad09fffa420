// What stands in the parentheses of a filter or of `random.…`.

import JSONText

/// An argument, and where it stands.
struct TemplateArgument {
  enum Kind {
    case value(JSONValue)
    /// In milliseconds.
    case duration(Int64)
    case source(TemplateSource)
  }

  /// Arguments of one call.
  static let maxCount = 100

  let kind: Kind
  let range: Range<Int>

  var text: String? { if case .value(.string(let text)) = kind { text } else { nil } }
  var number: JSONNumber? { if case .value(.number(let number)) = kind { number } else { nil } }
  var integer: Int? { number?.integer }
  var isSource: Bool { if case .source = kind { true } else { false } }
  /// Milliseconds of `3d` or `'3d'`.
  var duration: Int64? {
    switch kind {
    case .duration(let milliseconds): milliseconds
    case .value(.string(let text)): TemplateDuration.milliseconds(text)
    default: nil
    }
  }

  /// The source that gives the value; nil for a duration.
  var operand: TemplateSource? {
    switch kind {
    case .value(let value): .constant(value)
    case .source(let source): source
    case .duration: nil
    }
  }

  func error(_ message: String) -> TemplateError { TemplateError(range: range, message: message) }

  /// Reads `(a, b)`; none where no parenthesis stands.
  ///
  /// - Parameter scope: nil where sources are not read.
  static func list(_ cursor: inout TemplateCursor, _ scope: TemplateScope?) throws(TemplateError) -> [TemplateArgument] {
    let start = cursor.position
    guard cursor.take("(") else { return [] }
    var arguments: [TemplateArgument] = []
    cursor.skipSpace()
    if cursor.take(")") { return [] }
    while true {
      cursor.skipSpace()
      arguments.append(try read(&cursor, scope))
      if arguments.count > maxCount { throw cursor.error("more than \(maxCount) arguments", from: start) }
      cursor.skipSpace()
      if cursor.take(")") { return arguments }
      guard cursor.take(",") else { throw cursor.error("\")\" is missing", from: start) }
    }
  }

  private static func read(_ cursor: inout TemplateCursor, _ scope: TemplateScope?) throws(TemplateError) -> TemplateArgument {
    let start = cursor.position
    let kind = try kind(&cursor, scope)
    return TemplateArgument(kind: kind, range: start..<max(cursor.position, start + 1))
  }

  private static func kind(_ cursor: inout TemplateCursor, _ scope: TemplateScope?) throws(TemplateError) -> Kind {
    if cursor.next == "'" || cursor.next == "\"" { return .value(.string(try cursor.string())) }
    let start = cursor.position
    if let number = cursor.number() {
      let unit = cursor.word()
      if unit.isEmpty { return .value(.number(number)) }
      guard let scale = TemplateDuration.units.first(where: { $0.name == unit })?.milliseconds,
        let milliseconds = TemplateDuration.milliseconds(number, scale)
      else {
        throw cursor.error("expected a number, or a duration such as 3d, 2h, 30m, 10s or 250ms", from: start)
      }
      return .duration(milliseconds)
    }
    guard let scope else { throw cursor.error("expected a text in quotes or a number") }
    return .source(try TemplateReader.source(&cursor, scope))
  }
}

/// Reads `random.int(1, 6)` and its kin.
enum TemplateRandomReader {
  static let spellings: [(String, String)] = [
    ("random.int(1, 6)", "A whole number, both ends included."),
    ("random.float(0, 1, 2)", "A number with so many digits behind the point."),
    ("random.bool", "true or false."), ("random.text(12)", "So many letters and digits."),
    ("random.hex(32)", "So many hexadecimal digits."),
    ("random.of('a', 'b')", "One of these."), ("random.date('-30d', '0s')", "A time between two distances from now."),
  ]

  private static let names = ["int", "float", "bool", "text", "hex", "of", "date"]

  static func read(_ cursor: inout TemplateCursor) throws(TemplateError) -> RandomCall {
    let start = cursor.position - "random".utf8.count
    let shapes = spellings.map(\.0).joined(separator: ", ")
    guard cursor.take(".") else { throw cursor.error("random needs a name: \(shapes)", from: start) }
    let name = cursor.word()
    guard let index = names.firstIndex(of: name) else {
      throw cursor.error(
        "unknown source \"random.\(name.excerpted)\"\(Suggestion.phrase(for: name, among: names)); there are \(shapes)", from: start)
    }
    let arguments = try TemplateArgument.list(&cursor, nil)
    if let call = call(name, arguments) { return call }
    throw cursor.error("expected \(spellings[index].0): \(expected(name))", from: start)
  }

  private static func expected(_ name: String) -> String {
    switch name {
    case "int": "two whole numbers, the smaller first"
    case "float": "two numbers, the smaller first, and 0 to 9 digits"
    case "text", "hex": "a length from 1 to \(RandomCall.maxLength)"
    case "of": "at least one text or number"
    case "date": "two durations, the smaller first"
    default: "no arguments"
    }
  }

  /// Nil for arguments that do not fit.
  private static func call(_ name: String, _ arguments: [TemplateArgument]) -> RandomCall? {
    switch name {
    case "int":
      guard arguments.count == 2, let low = arguments[0].integer, let high = arguments[1].integer, low <= high else { return nil }
      return .integer(low...high)
    case "float": return decimal(arguments)
    case "bool": return arguments.isEmpty ? .bool : nil
    case "text", "hex":
      guard arguments.count == 1, let count = arguments[0].integer, (1...RandomCall.maxLength).contains(count) else { return nil }
      return name == "text" ? .text(count: count) : .hex(count: count)
    case "of":
      let values = arguments.compactMap { argument in if case .value(let value) = argument.kind { value } else { nil } }
      return values.count == arguments.count && !values.isEmpty ? .one(of: values) : nil
    case "date":
      guard arguments.count == 2, let low = arguments[0].duration, let high = arguments[1].duration, low <= high else { return nil }
      return .date(low...high)
    default: return nil
    }
  }

  private static func decimal(_ arguments: [TemplateArgument]) -> RandomCall? {
    guard (2...3).contains(arguments.count), let low = arguments[0].number, let high = arguments[1].number,
      let digits = arguments.count == 3 ? arguments[2].integer : 2, (0...9).contains(digits)
    else { return nil }
    let scale = JSONDecimal((0..<digits).reduce(1) { power, _ in power * 10 })
    guard let least = low.decimal.times(scale)?.rounded(places: 0)?.integer,
      let most = high.decimal.times(scale)?.rounded(places: 0)?.integer, least <= most
    else { return nil }
    return .decimal(least...most, digits: digits)
  }
}
