// A parser of RFC 8259 that works in slices, so that a text of any size does not hold an event loop. It is iterative:
// the arrays and objects that are open are kept in a list, and depth costs no stack.

/// Parses one JSON text, a number of octets at a time.
///
/// The escape of half a surrogate pair (`\ud800`) stands for U+FFFD, because a String cannot hold the half.
package struct JSONParser {
  /// What may come next.
  private enum Expectation {
    case value
    /// Behind the opening bracket.
    case firstItem
    /// Behind the opening brace.
    case firstName
    case name
    case colon
    /// A comma, or the end of the array or object.
    case separator
    /// The rest of a string that is a value, or a name.
    case stringValue, stringName
    /// White space to the end.
    case nothing
  }

  /// An array or object that has not ended. What it has so far is on the parser's stacks, and in `items` or `object`
  /// where that became long, so that closing it takes a bounded time.
  private struct Container {
    let isObject: Bool
    let firstValue: Int
    let firstName: Int
    var items: [JSONValue] = []
    var object = JSONObject()
  }

  /// How much of a container stays on the stacks.
  private static let maxStacked = 256

  private let octets: [UInt8]
  private let limits: JSONLimits
  private var position = 0
  private var expectation = Expectation.value
  private var open: [Container] = []
  private var values: [JSONValue] = []
  private var names: [String] = []
  private var nodeCount = 0
  /// Where the string that is being read begins, behind its quote.
  private var stringStart = 0
  /// The string so far with its escapes decoded; unused while it has none.
  private var decoded: [UInt8] = []
  private var hasEscapes = false

  package init(_ octets: [UInt8], limits: JSONLimits = JSONLimits()) {
    self.octets = octets
    self.limits = limits
  }

  /// Reads on for about so many octets, at least one word.
  ///
  /// 64 KiB take about a millisecond, and 5 ms where they are brackets only. After an error or the value, nothing more
  /// is to be asked.
  ///
  /// - Returns: the value once the text is complete, else nil.
  /// - Throws: what is wrong, and where.
  package mutating func run(octets budget: Int) throws(JSONError) -> JSONValue? {
    let text = octets
    let span = text.span
    let pause = position + min(max(budget, 1), span.count - position + 1)
    while true {
      switch expectation {
      case .stringValue, .stringName:
        guard try readString(span, pause) else { return nil }
      default:
        position = JSONScanner.skippingSpace(in: span, from: position)
        guard position < span.count else { return try end() }
        guard position < pause else { return nil }
        try readWord(span)
      }
    }
  }

  private mutating func end() throws(JSONError) -> JSONValue? {
    guard case .nothing = expectation else { throw expected(description) }
    return values.popLast()
  }

  @inline(__always)
  private mutating func readWord(_ span: Span<UInt8>) throws(JSONError) {
    let octet = span[position]
    switch expectation {
    case .value: try readValue(span, octet)
    case .firstItem:
      if octet == UInt8(ascii: "]") { return close() }
      try readValue(span, octet)
    case .firstName where octet == UInt8(ascii: "}"): close()
    case .name, .firstName:
      guard octet == UInt8(ascii: "\"") else { throw expected(description) }
      beginString(.stringName)
    case .colon:
      guard octet == UInt8(ascii: ":") else { throw expected(description) }
      position += 1
      expectation = .value
    case .separator: try readSeparator(octet)
    case .nothing, .stringValue, .stringName: throw expected(description)
    }
  }

  @inline(__always)
  private mutating func readValue(_ span: Span<UInt8>, _ octet: UInt8) throws(JSONError) {
    nodeCount += 1
    guard nodeCount <= limits.nodes else { throw JSONError(offset: position, message: "more than \(limits.nodes) values") }
    switch octet {
    case UInt8(ascii: "\""): beginString(.stringValue)
    case UInt8(ascii: "{"): try openContainer(isObject: true)
    case UInt8(ascii: "["): try openContainer(isObject: false)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber(span)
    case UInt8(ascii: "t"): try readLiteral(span, "true", .bool(true))
    case UInt8(ascii: "f"): try readLiteral(span, "false", .bool(false))
    case UInt8(ascii: "n"): try readLiteral(span, "null", .null)
    default: throw expected(description)
    }
  }

  private mutating func readSeparator(_ octet: UInt8) throws(JSONError) {
    let isObject = open[open.count - 1].isObject
    if octet == UInt8(ascii: ",") {
      position += 1
      expectation = isObject ? .name : .value
      return
    }
    guard octet == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw expected(description) }
    close()
  }

  private mutating func readLiteral(_ span: Span<UInt8>, _ literal: StaticString, _ value: JSONValue) throws(JSONError) {
    let end = position + literal.utf8CodeUnitCount
    guard end <= span.count, literal.description.utf8.elementsEqual(octets[position..<end]) else { throw expected("a value") }
    position = end
    complete(value)
  }

  private mutating func readNumber(_ span: Span<UInt8>) throws(JSONError) {
    // One character more than is allowed tells a number that is too long from one that ends there.
    let window = span.extracting(position..<min(span.count, position + limits.numberLength + 1))
    guard let length = JSONScanner.numberEnd(in: window, from: 0) else {
      throw JSONError(offset: position, message: window.count > limits.numberLength ? tooLong : "this is not a JSON number")
    }
    guard length <= limits.numberLength else { throw JSONError(offset: position, message: tooLong) }
    if length < window.count, JSONScanner.isNumberOctet(window[length]) {
      throw JSONError(offset: position, message: "this is not a JSON number")
    }
    let spelling = String(decoding: octets[position..<position + length], as: UTF8.self)
    position += length
    complete(.number(JSONNumber(checked: spelling)))
  }

  private var tooLong: String { "a number has more than \(limits.numberLength) characters" }

  // MARK: Containers

  private mutating func openContainer(isObject: Bool) throws(JSONError) {
    guard open.count < limits.depth else {
      throw JSONError(offset: position, message: "more than \(limits.depth) brackets are open here")
    }
    open.append(Container(isObject: isObject, firstValue: values.count, firstName: names.count))
    position += 1
    expectation = isObject ? .firstName : .firstItem
  }

  private mutating func close() {
    position += 1
    unstack()
    let container = open.removeLast()
    complete(container.isObject ? .object(container.object) : .array(container.items))
  }

  @inline(__always)
  private mutating func complete(_ value: JSONValue) {
    values.append(value)
    expectation = open.isEmpty ? .nothing : .separator
    if let container = open.last, values.count - container.firstValue >= Self.maxStacked { unstack() }
  }

  /// Moves what the innermost container has on the stacks into it.
  private mutating func unstack() {
    let last = open.count - 1
    let firstValue = open[last].firstValue
    if open[last].isObject {
      let firstName = open[last].firstName
      for (name, value) in zip(names[firstName...], values[firstValue...]) { open[last].object.set(name, to: value) }
      names.removeSubrange(firstName...)
    } else if open[last].items.isEmpty {
      open[last].items = Array(values[firstValue...])
    } else {
      open[last].items += values[firstValue...]
    }
    values.removeSubrange(firstValue...)
  }

  // MARK: Strings

  private mutating func beginString(_ kind: Expectation) {
    position += 1
    stringStart = position
    hasEscapes = false
    decoded.removeAll(keepingCapacity: decoded.capacity <= 4_096)
    expectation = kind
  }

  /// False where the slice ends before the string.
  @inline(__always)
  private mutating func readString(_ span: Span<UInt8>, _ pause: Int) throws(JSONError) -> Bool {
    while true {
      let end = JSONScanner.plainEnd(in: span, from: position, to: min(max(pause, position + 1), span.count))
      if hasEscapes { decoded += octets[position..<end] }
      position = end
      guard position < span.count else { throw JSONError(offset: stringStart - 1, message: "this string has no closing quote") }
      switch span[position] {
      case UInt8(ascii: "\""):
        try endString(span)
        return true
      case UInt8(ascii: "\\"):
        if !hasEscapes { decoded += octets[stringStart..<position] }
        hasEscapes = true
        try readEscape(span)
      case 0..<0x20: throw JSONError(offset: position, message: "a control character in a string has to be escaped")
      default: return false
      }
      if position >= pause { return false }
    }
  }

  private mutating func endString(_ span: Span<UInt8>) throws(JSONError) {
    let text: String
    do throws(UTF8.ValidationError) {
      if hasEscapes {
        text = String(copying: try UTF8Span(validating: decoded.span))
      } else {
        text = String(copying: try UTF8Span(validating: span.extracting(stringStart..<position)))
      }
    } catch {
      // Escapes before the fault have moved it.
      throw JSONError(offset: hasEscapes ? stringStart : stringStart + error.byteOffsets.lowerBound, message: "this is not UTF-8")
    }
    position += 1
    if case .stringName = expectation {
      names.append(text)
      expectation = .colon
    } else {
      complete(.string(text))
    }
  }

  private mutating func readEscape(_ span: Span<UInt8>) throws(JSONError) {
    let start = position
    position += 1
    guard position < span.count else { throw JSONError(offset: stringStart - 1, message: "this string has no closing quote") }
    switch span[position] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(span[position])
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"): return try readCodePoint(span, start)
    default: throw JSONError(offset: start, message: "unknown escape in a string")
    }
    position += 1
  }

  /// The digits behind `\u`, and the second half of a surrogate pair where it follows.
  private mutating func readCodePoint(_ span: Span<UInt8>, _ start: Int) throws(JSONError) {
    guard let unit = JSONScanner.codeUnit(in: span, at: position + 1) else {
      throw JSONError(offset: start, message: "expected four hexadecimal digits after \\u")
    }
    position += 5
    var scalar = Unicode.Scalar(unit)
    if scalar == nil, unit < 0xDC00, position + 1 < span.count, span[position] == UInt8(ascii: "\\"),
      span[position + 1] == UInt8(ascii: "u"), let low = JSONScanner.codeUnit(in: span, at: position + 2), 0xDC00...0xDFFF ~= low
    {
      scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      position += 6
    }
    decoded += UTF8.encode(scalar ?? "\u{FFFD}")!
  }

  // MARK: Errors

  private var description: String {
    switch expectation {
    case .value, .firstItem, .stringValue: "a value"
    case .firstName, .name, .stringName: "a name in double quotes"
    case .colon: "\":\""
    case .separator: open.last?.isObject == true ? "\",\" or \"}\"" : "\",\" or \"]\""
    case .nothing: "nothing more"
    }
  }

  private func expected(_ what: String) -> JSONError {
    JSONError(offset: position, message: "expected \(what)\(position < octets.count ? "" : ", found the end of the text")")
  }
}
