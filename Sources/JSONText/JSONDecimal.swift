// Exact decimal arithmetic with bounded digits, so that 0.1 + 0.2 is 0.3 and 1e999999999999999999999 costs nothing.

/// A decimal number, normalised: two are equal exactly when they have the same value.
///
/// The exponent is bounded: powers of ten beyond ±`maxExponent` count as that power.
package struct JSONDecimal: Hashable, Sendable {
  /// The most digits that a result of arithmetic has unless the caller says otherwise.
  package static let maxDigits = 1_000
  /// The largest power of ten that differs from its neighbours.
  package static let maxExponent = 1 << 59

  package let isNegative: Bool
  /// The digits 0 to 9, without zeros at either end; none for zero.
  package let digits: [UInt8]
  /// Where the decimal point stands, in digits from the first: the value is 0.DIGITS × 10^point.
  package let point: Int

  package static let zero = JSONDecimal(isNegative: false, digits: [], point: 0)

  package var isZero: Bool { digits.isEmpty }

  /// Removes the zeros at both ends. Zero has no sign.
  init(isNegative: Bool, digits: [UInt8], point: Int) {
    guard let first = digits.firstIndex(where: { $0 != 0 }), let last = digits.lastIndex(where: { $0 != 0 }) else {
      self.isNegative = false
      self.digits = []
      self.point = 0
      return
    }
    self.isNegative = isNegative
    self.digits = first == 0 && last == digits.count - 1 ? digits : Array(digits[first...last])
    self.point = min(max(point - first, -Self.maxExponent), Self.maxExponent)
  }

  package init(_ value: Int) {
    self.init(isNegative: value < 0, digits: String(value.magnitude).utf8.map { $0 - 0x30 }, point: String(value.magnitude).utf8.count)
  }

  /// Reads a number that follows the grammar of RFC 8259 §6.
  init(spelling: String) {
    var digits: [UInt8] = []
    var point: Int?
    var exponent = 0
    var isNegative = false
    var rest = spelling.utf8[...]
    if rest.first == UInt8(ascii: "-") {
      isNegative = true
      rest.removeFirst()
    }
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "."): point = digits.count
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        exponent = Self.exponent(rest)
        rest = rest[rest.endIndex...]
      default: digits.append(byte - 0x30)
      }
    }
    self.init(isNegative: isNegative, digits: digits, point: (point ?? digits.count) + exponent)
  }

  /// Stops counting behind `maxExponent`, where the place of the point is bounded, and far from the limits of Int.
  private static func exponent(_ text: Substring.UTF8View) -> Int {
    var result = 0
    for byte in text where byte >= 0x30 {
      result = result * 10 + Int(byte - 0x30)
      if result > maxExponent {
        result = 2 * maxExponent
        break
      }
    }
    return text.first == UInt8(ascii: "-") ? -result : result
  }

  /// The value, if it is a whole number that fits.
  package var integer: Int? {
    guard !isZero else { return 0 }
    guard point >= digits.count, point <= 19 else { return nil }
    var magnitude: UInt64 = 0
    for position in 0..<point {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      magnitude = product + UInt64(position < digits.count ? digits[position] : 0)
    }
    if isNegative { return magnitude <= UInt64(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int(exactly: magnitude)
  }

  /// A number of RFC 8259: without an exponent where that takes few zeros, else like `1.5e300`.
  package var spelling: String {
    guard !isZero else { return "0" }
    var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
    let shown = digits.map { $0 + 0x30 }
    if point > max(digits.count, 21) || point < -5 {
      text.append(shown[0])
      if shown.count > 1 { text += [UInt8(ascii: ".")] + shown[1...] }
      text += "e\(point - 1)".utf8
    } else if point <= 0 {
      text += "0.".utf8 + Array(repeating: 0x30, count: -point) + shown
    } else if point >= shown.count {
      text += shown + Array(repeating: 0x30, count: point - shown.count)
    } else {
      text += shown[..<point] + [UInt8(ascii: ".")] + shown[point...]
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension JSONDecimal: Comparable {
  package static func < (left: Self, right: Self) -> Bool {
    if left.isZero || right.isZero { return left.isZero ? !right.isZero && !right.isNegative : left.isNegative }
    if left.isNegative != right.isNegative { return left.isNegative }
    return left.isNegative ? right.hasSmallerMagnitude(than: left) : left.hasSmallerMagnitude(than: right)
  }

  private func hasSmallerMagnitude(than other: Self) -> Bool {
    point != other.point ? point < other.point : digits.lexicographicallyPrecedes(other.digits)
  }
}

extension JSONDecimal {
  package static prefix func - (value: Self) -> Self {
    JSONDecimal(isNegative: !value.isNegative, digits: value.digits, point: value.point)
  }

  /// The exact sum; nil if its digits span more than `maxDigits` places, or at the bound of exponents.
  package func plus(_ other: Self, maxDigits: Int = maxDigits) -> Self? {
    if isZero || other.isZero { return (isZero ? other : self).limited(maxDigits) }
    let top = max(point, other.point)
    let bottom = min(point - digits.count, other.point - other.digits.count)
    // At the bound of exponents a carry would be lost.
    guard top - bottom <= maxDigits, top < Self.maxExponent, bottom > -Self.maxExponent else { return nil }
    let left = aligned(top, bottom)
    let right = other.aligned(top, bottom)
    guard isNegative != other.isNegative else {
      return JSONDecimal(isNegative: isNegative, digits: Self.sum(left, right), point: top + 1).limited(maxDigits)
    }
    let isSmaller = left.lexicographicallyPrecedes(right)
    let digits = isSmaller ? Self.difference(right, left) : Self.difference(left, right)
    return JSONDecimal(isNegative: isSmaller ? other.isNegative : isNegative, digits: digits, point: top)
  }

  /// The exact difference; nil if its digits span more than `maxDigits` places.
  package func minus(_ other: Self, maxDigits: Int = maxDigits) -> Self? { plus(-other, maxDigits: maxDigits) }

  /// The exact product; nil if it may have more than `maxDigits` digits.
  package func times(_ other: Self, maxDigits: Int = maxDigits) -> Self? {
    guard !isZero, !other.isZero else { return .zero }
    guard digits.count + other.digits.count <= maxDigits + 1 else { return nil }
    var product = [Int](repeating: 0, count: digits.count + other.digits.count)
    for (row, digit) in digits.enumerated() {
      for (column, otherDigit) in other.digits.enumerated() { product[row + column + 1] += Int(digit) * Int(otherDigit) }
    }
    for position in product.indices.dropFirst().reversed() {
      product[position - 1] += product[position] / 10
      product[position] %= 10
    }
    let result = JSONDecimal(isNegative: isNegative != other.isNegative, digits: product.map { UInt8($0) }, point: point + other.point)
    return result.limited(maxDigits)
  }

  /// Rounds to so many places behind the decimal point, halves away from zero; nil if more than `maxDigits` digits
  /// remain. A negative number of places rounds to tens, hundreds and so on.
  package func rounded(places: Int, maxDigits: Int = maxDigits) -> Self? {
    let places = min(max(places, -Self.maxExponent), Self.maxExponent)
    let kept = point + places
    if kept >= digits.count { return limited(maxDigits) }
    if kept < 0 { return .zero }
    let head = Array(digits[..<kept])
    guard digits[kept] >= 5 else { return JSONDecimal(isNegative: isNegative, digits: head, point: point).limited(maxDigits) }
    // With no digit kept, rounding up makes the 1 in front of the first digit.
    let raised = kept == 0 ? [1] : Self.sum(head, Array(repeating: 0, count: kept - 1) + [1])
    return JSONDecimal(isNegative: isNegative, digits: raised, point: point + 1).limited(maxDigits)
  }

  private func limited(_ maxDigits: Int) -> Self? { digits.count <= maxDigits ? self : nil }

  /// The digits from the power `top` down to `bottom`.
  private func aligned(_ top: Int, _ bottom: Int) -> [UInt8] {
    Array(repeating: 0, count: top - point) + digits + Array(repeating: 0, count: point - digits.count - bottom)
  }

  /// Of two numbers of the same length, one digit longer.
  private static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: left.count + 1)
    for position in left.indices.reversed() {
      let digit = result[position + 1] + left[position] + right[position]
      result[position + 1] = digit % 10
      result[position] = digit / 10
    }
    return result
  }

  /// Of two numbers of the same length, the larger first.
  private static func difference(_ larger: [UInt8], _ smaller: [UInt8]) -> [UInt8] {
    var result = larger
    var borrow: UInt8 = 0
    for position in larger.indices.reversed() {
      let taken = smaller[position] + borrow
      borrow = larger[position] < taken ? 1 : 0
      result[position] = larger[position] + borrow * 10 - taken
    }
    return result
  }
}
