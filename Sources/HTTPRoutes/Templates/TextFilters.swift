// The filters of texts and lists. No text on the way is longer than an answer may be.

import HTTPCore
import JSONText

extension TemplateValue {
  /// What a switch is set to.
  var bool: Bool? {
    switch json {
    case .bool(let value): value
    case .number(let number): number.integer == 1 ? true : number.integer == 0 ? false : nil
    case .string(let text):
      switch text.utf8.count <= 5 ? text.lowercased() : "" {
      case "true", "yes", "on", "1": true
      case "false", "no", "off", "0": false
      default: nil
      }
    default: nil
    }
  }

  /// Digits of a result of arithmetic.
  static let maxDigitCount = 200

  /// A number of this and another; missing where one of them is not a number, or has too many digits.
  func calculate(_ other: TemplateValue, _ operation: (JSONDecimal, JSONDecimal) -> JSONDecimal?) -> TemplateValue {
    guard let left = number, let right = other.number else { return .missing }
    return operation(left.decimal, right.decimal).map { .number($0) } ?? .missing
  }
}

enum TextFilters {
  static func apply(_ filter: TemplateFilter, to value: TemplateValue) throws(TemplateProblem) -> TemplateValue {
    switch filter {
    case .slice(let start, let end):
      if case .json(.array(let items)) = value { return .json(.array(Array(items[range(start, end, items.count)]))) }
      return try text(value) { text in
        let range = range(start, end, start < 0 || end ?? -1 < 0 ? text.count : .max)
        return String(text.dropFirst(range.lowerBound).prefix(range.count))
      }
    case .join(let separator):
      guard case .json(.array(let items)) = value else { return value }
      return .text(try joined(items, separator))
    case .length: return .json(.number(JSONNumber(length(value))))
    case .split(let separator):
      guard let text = value.text else { return .missing }
      return .json(.array(try split(text, separator)))
    case .base64Decode:
      guard let text = value.text, let octets = Base64.decoded(text), let decoded = String(validating: octets, as: UTF8.self) else {
        return .missing
      }
      return .text(decoded)
    default: return try text(value) { text throws(TemplateProblem) in try changed(text, filter) }
    }
  }

  private static func changed(_ text: String, _ filter: TemplateFilter) throws(TemplateProblem) -> String {
    switch filter {
    case .upper: text.uppercased()
    case .lower: text.lowercased()
    case .trim: trimmed(text)
    case .replace(let old, let new): try replaced(text, old, new)
    case .base64: Base64.encoded(text.utf8)
    case .urlEncode: urlEncoded(text)
    case .html: Markup.escaped(text)
    default: text
    }
  }

  /// A text made of a value's text, within the bound. What triples a text at most is checked before and after.
  private static func text(
    _ value: TemplateValue, _ change: (String) throws(TemplateProblem) -> String
  ) throws(TemplateProblem) -> TemplateValue {
    guard let text = value.text else { return .missing }
    try check(text.utf8.count)
    let result = try change(text)
    try check(result.utf8.count)
    return .text(result)
  }

  private static func check(_ length: Int) throws(TemplateProblem) {
    if length > TemplateRun.maxLength { throw .unsendable("a text is longer than \(TemplateRun.maxLength >> 20) MiB") }
  }

  /// Positions within `0...count`, those below 0 from the end.
  private static func range(_ start: Int, _ end: Int?, _ count: Int) -> Range<Int> {
    func position(_ value: Int) -> Int { value < 0 ? max(value.addingReportingOverflow(count).partialValue, 0) : min(value, count) }
    let first = position(start)
    return first..<max(first, end.map { position($0) } ?? count)
  }

  private static func length(_ value: TemplateValue) -> Int {
    switch value.json {
    case .array(let items): items.count
    case .object(let object): object.count
    default: value.text?.count ?? 0
    }
  }

  private static func trimmed(_ text: String) -> String {
    func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0D).contains(octet) }
    var inner = text.utf8.drop { isSpace($0) }
    while let last = inner.last, isSpace(last) { inner.removeLast() }
    return String(Substring(inner))
  }

  private static func joined(_ items: [JSONValue], _ separator: String) throws(TemplateProblem) -> String {
    var result = ""
    for (index, item) in items.enumerated() {
      if index > 0 { result += separator }
      result += TemplateValue.json(item).text ?? ""
      try check(result.utf8.count)
    }
    return result
  }

  private static func split(_ text: String, _ separator: String) throws(TemplateProblem) -> [JSONValue] {
    var parts: [JSONValue] = []
    for part in pieces(text, separator) {
      if parts.count == TemplateRun.maxItemCount { throw .unsendable("a list has at most \(TemplateRun.maxItemCount) items") }
      parts.append(.string(part))
    }
    return parts
  }

  private static func replaced(_ text: String, _ old: String, _ new: String) throws(TemplateProblem) -> String {
    var result = ""
    var isFirst = true
    for piece in pieces(text, old) {
      if !isFirst { result += new }
      isFirst = false
      result += piece
      try check(result.utf8.count)
    }
    return result
  }

  /// What stands before, between and behind a separator, octet by octet.
  private static func pieces(_ text: String, _ separator: String) -> some Sequence<String> {
    let octets = Array(text.utf8)
    let separator = Array(separator.utf8)
    return sequence(state: Optional(0)) { (position: inout Int?) -> String? in
      guard let start = position else { return nil }
      var end = start
      while end + separator.count <= octets.count {
        if octets[end] == separator[0], octets[end..<end + separator.count].elementsEqual(separator) {
          position = end + separator.count
          return String(decoding: octets[start..<end], as: UTF8.self)
        }
        end += 1
      }
      position = nil
      return String(decoding: octets[start...], as: UTF8.self)
    }
  }

  private static func urlEncoded(_ text: String) -> String {
    var result: [UInt8] = []
    for octet in ObsText.octets(text) {
      if ByteClass.unreserved.contains(octet) { result.append(octet) } else { PercentEncoding.append(octet, to: &result) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  static func append(_ octet: UInt8, to octets: inout [UInt8]) {
    octets.append(UInt8(ascii: "%"))
    octets.append(digits[Int(octet >> 4)])
    octets.append(digits[Int(octet & 15)])
  }
}
