// The words of JSON in octets.

import Testing

@testable import JSONText

@Suite struct JSONScannerTests {
  @Test(arguments: [
    ("0", 1), ("-0", 2), ("12x", 2), ("1.5e+3]", 6), ("01", nil), ("-", nil), ("1.", nil), ("1e", nil), ("1.5", 3), ("x", nil), ("", nil),
    ("1-2", 1),
  ]) func `a number ends where the longest one does`(_ text: String, _ end: Int?) {
    let octets = Array(text.utf8)
    #expect(JSONScanner.numberEnd(in: octets.span, from: 0) == end)
  }

  @Test func `white space is four characters`() {
    let octets = Array(" \t\r\n\u{0B}".utf8)
    #expect(JSONScanner.skippingSpace(in: octets.span, from: 0) == 4)
    #expect(JSONScanner.skippingSpace(in: octets.span, from: 5) == 5)
  }

  @Test func `the plain part of a string ends before what is special, or where it has to`() {
    let octets = Array("abc\"de\\f\u{1F}".utf8)
    #expect(JSONScanner.plainEnd(in: octets.span, from: 0, to: 9) == 3)
    #expect(JSONScanner.plainEnd(in: octets.span, from: 0, to: 2) == 2)
    #expect(JSONScanner.plainEnd(in: octets.span, from: 4, to: 9) == 6)
    #expect(JSONScanner.plainEnd(in: octets.span, from: 7, to: 9) == 8)
  }

  @Test(arguments: [("00e9", 0xE9), ("FFFF", 0xFFFF), ("d8", nil), ("12g4", nil), ("+123", nil)]) func `an escape has four digits`(
    _ text: String, _ unit: UInt32?
  ) {
    let octets = Array(text.utf8)
    #expect(JSONScanner.codeUnit(in: octets.span, at: 0) == unit)
  }
}
