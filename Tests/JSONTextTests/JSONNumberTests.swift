// Numbers compare by their exact value and keep their spelling.

import JSONText
import Testing

@Suite struct JSONNumberTests {
  private static func number(_ spelling: String) throws -> JSONNumber { try #require(JSONNumber(spelling)) }

  @Test(arguments: [
    ("1.0", "1"), ("1E2", "100"), ("-0", "0"), ("-0.0e5", "0"), ("12345678901234567890", "12345678901234567890.0"), ("1e400", "10e399"),
    ("0.1", "1e-1"), ("0.10", "0.1"), ("1e+2", "100"), ("1e999999999999999999999", "1e999999999999999999999"),
    ("0e999999999999999999999", "0"),
  ])
  func `equal values are equal, whatever their spelling`(_ one: String, _ other: String) throws {
    let (left, right) = (try Self.number(one), try Self.number(other))
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
    #expect(!(left < right) && !(right < left))
    #expect(left.spelling == one)
  }

  @Test(arguments: [
    ("0.1", "0.10000000000000001"), ("12345678901234567890", "12345678901234567891"), ("-1", "1"), ("-2", "-1"), ("-1", "0"),
    ("0", "1e-400"),
    ("1e400", "1e401"), ("-1e999999999999999999999", "-1e400"), ("9", "10"), ("99", "100.5"), ("1e-999999999999999999999", "1e-400"),
    ("123456789012345678", "1234567890123456789"),
  ])
  func `a smaller value comes first`(_ smaller: String, _ larger: String) throws {
    let (left, right) = (try Self.number(smaller), try Self.number(larger))
    #expect(left < right)
    #expect(!(right < left))
    #expect(left != right)
  }

  @Test(arguments: ["0", "-0", "10", "0.5", "1e5", "1E+5", "1.25e-7", "-12.0"]) func `a number follows the grammar`(_ text: String) {
    #expect(JSONNumber.isSpelling(text))
  }

  @Test(arguments: ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1e1.5", "0x10", " 1", "1 ", "NaN", "--1", "1_000", "١"])
  func `what does not is no number`(_ text: String) {
    #expect(JSONNumber(text) == nil)
  }

  @Test func `a whole number is an Int`() throws {
    #expect(try Self.number("-17").integer == -17)
    #expect(try Self.number("1.7e1").integer == 17)
    #expect(try Self.number("1.5").integer == nil)
    #expect(JSONNumber(-5).spelling == "-5")
    #expect(JSONNumber(JSONDecimal(-5)) == JSONNumber(-5))
  }
}
