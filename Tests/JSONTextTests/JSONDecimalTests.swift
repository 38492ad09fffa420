// Exact decimal arithmetic, and its bounds.

import JSONText
import Testing

@Suite struct JSONDecimalTests {
  private static func decimal(_ spelling: String) throws -> JSONDecimal { try #require(JSONNumber(spelling)).decimal }

  @Test(arguments: [
    ("0.1", "0.2", "0.3"), ("1", "-1", "0"), ("999", "1", "1000"), ("0.001", "-1000", "-999.999"), ("-5", "7", "2"), ("5", "-7", "-2"),
    ("12345678901234567890", "1", "12345678901234567891"), ("1e20", "1", "100000000000000000001"), ("0", "2.50", "2.5"),
    ("-0.5", "-0.5", "-1"), ("1e-7", "0", "1e-7"),
  ])
  func `a sum is exact`(_ left: String, _ right: String, _ sum: String) throws {
    #expect(try Self.decimal(left).plus(Self.decimal(right))?.spelling == sum)
    #expect(try Self.decimal(right).plus(Self.decimal(left))?.spelling == sum)
    #expect(try Self.decimal(sum).minus(Self.decimal(left)) == Self.decimal(right))
  }

  @Test(arguments: [
    ("0.1", "0.1", "0.01"), ("-3", "4", "-12"), ("99", "99", "9801"), ("1e300", "1e300", "1e600"), ("0", "1e300", "0"),
    ("12345678901234567890", "10", "123456789012345678900"), ("1.5e400", "2", "3e400"), ("-2", "-0.5", "1"),
  ])
  func `a product is exact`(_ left: String, _ right: String, _ product: String) throws {
    #expect(try Self.decimal(left).times(Self.decimal(right))?.spelling == product)
    #expect(try Self.decimal(right).times(Self.decimal(left))?.spelling == product)
  }

  @Test(arguments: [
    ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("2.4999", 0, "2"), ("1.005", 2, "1.01"), ("0.6", 0, "1"), ("0.4", 0, "0"), ("0.04", 0, "0"),
    ("9.999", 2, "10"), ("1234.5", -2, "1200"), ("50", -2, "100"), ("49", -2, "0"), ("7", 3, "7"), ("1e400", 2, "1e400"),
    ("1e-400", 2, "0"), ("1", .max, "1"), ("1", .min, "0"), ("0", 0, "0"),
  ])
  func `rounding takes halves away from zero`(_ value: String, _ places: Int, _ rounded: String) throws {
    #expect(try Self.decimal(value).rounded(places: places)?.spelling == rounded)
  }

  @Test func `arithmetic ends at its bound of digits`() throws {
    let one = try Self.decimal("1")
    #expect(try one.plus(Self.decimal("1e998"))?.digits.count == 999)
    #expect(try one.plus(Self.decimal("1e1000")) == nil)
    #expect(try one.plus(Self.decimal("1e999999999999999999999")) == nil)
    let long = try Self.decimal("1" + String(repeating: "3", count: 600))
    #expect(long.times(long) == nil)
    #expect(long.plus(long)?.digits.count == 601)
    #expect(long.plus(long, maxDigits: 600) == nil)
    #expect(long.rounded(places: 0, maxDigits: 600) == nil)
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("12.0", 12), ("1.2e1", 12), ("-9223372036854775808", Int.min), ("9223372036854775807", .max), ("-100e-2", -1),
    ("1e18", 1_000_000_000_000_000_000),
  ])
  func `a whole number that fits is an Int`(_ spelling: String, _ value: Int) throws {
    #expect(try Self.decimal(spelling).integer == value)
    #expect(JSONDecimal(value) == (try Self.decimal(spelling)))
  }

  @Test(arguments: ["0.5", "9223372036854775808", "-9223372036854775809", "1e19", "18446744073709551616", "1e99999999999999999999", "1e-1"])
  func `what is no whole number or does not fit is no Int`(_ spelling: String) throws {
    #expect(try Self.decimal(spelling).integer == nil)
  }

  @Test(arguments: ["1e-999999999999999999999", "-12e-576460752303423488", "1e999999999999999999999", "1.5e576460752303423487"])
  func `a value at the bound of exponents is spelled as what it is`(_ spelling: String) throws {
    let value = try Self.decimal(spelling)
    #expect(try Self.decimal(value.spelling) == value)
  }

  @Test(arguments: [
    ("1000", "1000"), ("1e20", "100000000000000000000"), ("1e21", "1e21"), ("0.00015", "0.00015"), ("1.50", "1.5"), ("-0.0", "0"),
    ("12e-9", "1.2e-8"),
  ])
  func `a value is spelled without an exponent while it is short`(_ spelling: String, _ plain: String) throws {
    #expect(try Self.decimal(spelling).spelling == plain)
    #expect(try Self.decimal(plain) == Self.decimal(spelling))
  }
}
