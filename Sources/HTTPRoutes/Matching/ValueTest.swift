// The operators of `when`: what one value must be like.

package import HTTPCore
package import JSONText

/// A test of one value.
package enum ValueTest: Hashable, Sendable {
  /// A text is it, or a JSON value equals it.
  case equals(JSONValue)
  /// A text has an operand somewhere, at its start or at its end.
  case text(TextRelation, String)
  case pattern(TextPattern)
  case order(Order, Bound)
  case type(JSONType)
  /// Ignoring case: the text, both in lower case, in this relation to the operand.
  case folded(TextRelation, FoldedText)
  case allOf([ValueMatcher])

  package enum TextRelation: String, Sendable {
    case equals, contains
    case startsWith = "starts_with"
    case endsWith = "ends_with"
  }

  package enum Order: String, Sendable {
    case lessThan = "less_than"
    case atMost = "at_most"
    case greaterThan = "greater_than"
    case atLeast = "at_least"

    func holds<Value: Comparable>(_ value: Value, _ bound: Value) -> Bool {
      switch self {
      case .lessThan: value < bound
      case .atMost: value <= bound
      case .greaterThan: value > bound
      case .atLeast: value >= bound
      }
    }
  }

  package enum Bound: Hashable, Sendable {
    case number(JSONNumber)
    case time(RFC3339Time, spelling: String)

    var spelling: String {
      switch self {
      case .number(let number): number.spelling
      case .time(_, let spelling): spelling
      }
    }
  }

  /// The types of JSON. An integer is a number whose value is whole.
  package enum JSONType: String, CaseIterable, Sendable {
    case string, number, integer, boolean, object, array, null

    func isType(of value: JSONValue) -> Bool {
      switch value {
      case .null: self == .null
      case .bool: self == .boolean
      case .number(let number): self == .number || self == .integer && number.isWhole
      case .string: self == .string
      case .array: self == .array
      case .object: self == .object
      }
    }
  }
}

/// An operand whose case does not count.
package struct FoldedText: Hashable, Sendable {
  /// As it was written.
  package let text: String
  /// In lower case.
  let folded: [UInt8]
  private let isASCII: Bool

  package init(_ text: String) {
    self.text = text
    isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    folded = Array(text.lowercased().utf8)
  }

  /// Octets of a value whose letters beyond ASCII are folded, which costs some 50 ns each; a longer one is not in any
  /// relation to the operand.
  package static let maxFoldedLength = 65_536

  /// A value in lower case. Letters beyond ASCII matter only where the operand has some.
  func fold(_ octets: Span<UInt8>) -> [UInt8] {
    if isASCII { return octets.indices.map { (0x41...0x5A).contains(octets[$0]) ? octets[$0] | 0x20 : octets[$0] } }
    return octets.count > Self.maxFoldedLength ? [] : Array(ObsText.text(octets).lowercased().utf8)
  }
}

extension ValueTest.TextRelation {
  /// Whether a text is in this relation to an operand. At a cost that grows with the sum of their lengths.
  func holds(_ text: Span<UInt8>, _ operand: Span<UInt8>) -> Bool {
    switch self {
    case .equals: return Self.areEqual(text, operand)
    case .startsWith: return text.count >= operand.count && Self.areEqual(text.extracting(first: operand.count), operand)
    case .endsWith: return text.count >= operand.count && Self.areEqual(text.extracting(last: operand.count), operand)
    case .contains: return Self.contains(text, operand)
    }
  }

  /// The search of Knuth, Morris and Pratt: no text makes it look at an octet more than twice.
  private static func contains(_ text: Span<UInt8>, _ operand: Span<UInt8>) -> Bool {
    guard !operand.isEmpty, operand.count <= text.count else { return operand.isEmpty }
    // How much of the operand stands again at the end of its first octets.
    var borders = [Int](repeating: 0, count: operand.count)
    var length = 0
    for index in operand.indices.dropFirst() {
      while length > 0, operand[index] != operand[length] { length = borders[length - 1] }
      if operand[index] == operand[length] { length += 1 }
      borders[index] = length
    }
    length = 0
    for index in text.indices {
      while length > 0, text[index] != operand[length] { length = borders[length - 1] }
      if text[index] == operand[length] { length += 1 }
      if length == operand.count { return true }
    }
    return false
  }

  private static func areEqual(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
    guard one.count == other.count else { return false }
    for index in one.indices where one[index] != other[index] { return false }
    return true
  }
}

extension ValueTest {
  /// Octets of the longest text that is read as a number or a time.
  private static let maxNumberLength = 65_536

  /// Whether a text passes.
  func passes(_ text: Span<UInt8>, _ origin: RequestOrigin) -> Bool {
    switch self {
    case .equals(.string(let operand)): return TextRelation.equals.holds(text, operand.utf8.span)
    case .equals(.number(let operand)):
      guard text.count <= Self.maxNumberLength else { return false }
      let text = ObsText.text(text)
      return text == operand.spelling || JSONNumber(text).map { $0 == operand } ?? false
    case .equals(.bool(let operand)): return TextRelation.equals.holds(text, (operand ? "true" : "false").utf8.span)
    case .equals, .type: return false
    case .text(let relation, let operand): return relation.holds(text, operand.utf8.span)
    case .folded(let relation, let operand): return relation.holds(operand.fold(text).span, operand.folded.span)
    case .pattern(let pattern): return pattern.matches(text, origin)
    case .order where text.count > Self.maxNumberLength: return false
    case .order(let order, .number(let bound)): return JSONNumber(ObsText.text(text)).map { order.holds($0, bound) } ?? false
    case .order(let order, .time(let bound, _)): return RFC3339Time(ObsText.text(text)).map { order.holds($0, bound) } ?? false
    case .allOf(let matchers): return matchers.allSatisfy { matcher in matcher.holds(for: text, origin) }
    }
  }

  /// Whether a value of JSON passes. A number or a boolean is a text by its spelling where an operator asks for one.
  func passes(_ value: JSONValue, _ origin: RequestOrigin) -> Bool {
    switch self {
    case .equals(let operand): return value == operand
    case .type(let type): return type.isType(of: value)
    case .allOf(let matchers): return matchers.allSatisfy { $0.holds(for: [value], origin) }
    case .order(_, .number): if case .number(let number) = value { return passes(number.spelling.utf8.span, origin) } else { return false }
    case .order, .text, .folded, .pattern: return value.scalarText.map { passes($0.utf8.span, origin) } ?? false
    }
  }
}

extension JSONValue {
  /// A string, or the spelling of a number or a boolean; nil for what is not a text.
  var scalarText: String? {
    switch self {
    case .string(let text): text
    case .number(let number): number.spelling
    case .bool(let value): value ? "true" : "false"
    case .null, .array, .object: nil
    }
  }
}
