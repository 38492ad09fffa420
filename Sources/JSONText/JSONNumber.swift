// A number of JSON: its spelling, as it was sent, and its exact value.

/// A number that keeps its spelling and compares by its exact decimal value: `1.0`, `1` and `10e-1` are equal.
package struct JSONNumber: Sendable {
  /// As it was written, within the grammar of RFC 8259 §6.
  package let spelling: String

  /// Takes a spelling that follows the grammar of RFC 8259 §6, else nil.
  package init?(_ spelling: String) {
    guard JSONNumber.isSpelling(spelling) else { return nil }
    self.spelling = spelling
  }

  package init(_ value: Int) { spelling = String(value) }

  package init(_ value: JSONDecimal) { spelling = value.spelling }

  /// - Precondition: `spelling` follows the grammar.
  init(checked spelling: String) { self.spelling = spelling }

  /// The exact value.
  package var decimal: JSONDecimal { JSONDecimal(spelling: spelling) }

  /// The value, if it is a whole number that fits: 12 of `12`, `12.0` and `1.2e1`.
  package var integer: Int? { plainInteger ?? decimal.integer }

  /// Whether the value has no fraction: 12, `12.0`, `1.2e1`.
  package var isWhole: Bool { plainInteger != nil || decimal.digits.count <= decimal.point }

  /// The value of a short spelling without point and exponent, which most numbers have.
  private var plainInteger: Int? {
    guard spelling.utf8.count <= 18 else { return nil }
    var result = 0
    for byte in spelling.utf8 where byte != UInt8(ascii: "-") {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      result = result * 10 + Int(byte - 0x30)
    }
    return spelling.utf8.first == UInt8(ascii: "-") ? -result : result
  }

  /// Whether `text` follows the grammar of RFC 8259 §6: no leading zeros or plus, digits on both sides of the point.
  package static func isSpelling(_ text: String) -> Bool {
    let octets = Array(text.utf8)
    return JSONScanner.numberEnd(in: octets.span, from: 0) == octets.count
  }
}

extension JSONNumber: Hashable, Comparable {
  package static func == (left: Self, right: Self) -> Bool {
    if let one = left.plainInteger, let other = right.plainInteger { return one == other }
    return left.spelling == right.spelling || left.decimal == right.decimal
  }

  package static func < (left: Self, right: Self) -> Bool {
    if let one = left.plainInteger, let other = right.plainInteger { return one < other }
    return left.decimal < right.decimal
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(decimal) }
}
