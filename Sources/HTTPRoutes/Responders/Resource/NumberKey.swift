// Numbers that are compared often: by value, exactly, and without making anything where they are short.

import JSONText

/// A number of JSON, ready to be compared.
struct NumberKey: Sendable, Comparable {
  private let number: JSONNumber
  /// The value where it has at most 15 digits, which a Double tells apart and puts in order.
  private let short: Double?
  /// The value where it has more; so that one which is compared with many is read once.
  private let long: JSONDecimal?

  init(_ number: JSONNumber) {
    self.number = number
    short = Self.short(number.spelling)
    long = short == nil ? number.decimal : nil
  }

  /// Nil for a text that is not spelled as a number of JSON.
  init?(_ text: String) {
    guard let number = JSONNumber(text) else { return nil }
    self.init(number)
  }

  static func == (left: Self, right: Self) -> Bool {
    if let one = left.short, let other = right.short { return one == other }
    return left.decimal == right.decimal
  }

  static func < (left: Self, right: Self) -> Bool {
    if let one = left.short, let other = right.short { return one < other }
    return left.decimal < right.decimal
  }

  private var decimal: JSONDecimal { long ?? number.decimal }

  /// Powers of ten that a Double holds exactly; so the quotient is rounded once, and rightly.
  private static let powers = (0...22).map { exponent in (0..<exponent).reduce(1.0) { power, _ in power * 10 } }

  private static func short(_ spelling: String) -> Double? {
    var mantissa = 0
    var digits = 0
    var places = 0
    var isFraction = false
    for octet in spelling.utf8 {
      switch octet {
      case UInt8(ascii: "-"): continue
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        mantissa = mantissa * 10 + Int(octet - 0x30)
        if mantissa > 0 { digits += 1 }
        if isFraction { places += 1 }
        if digits > 15 || places > 22 { return nil }
      default: return nil
      }
    }
    let magnitude = places == 0 ? Double(mantissa) : Double(mantissa) / powers[places]
    return spelling.utf8.first == UInt8(ascii: "-") ? -magnitude : magnitude
  }
}
