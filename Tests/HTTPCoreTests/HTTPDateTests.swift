import Foundation
import HTTPCore
import Testing

@Suite struct HTTPDateTests {
  /// 1994-11-06T08:49:37Z, the time of the examples in RFC 9110 §5.6.7.
  private let example: Int64 = 784_111_777
  /// 2026-03-01T00:00:00Z
  private let now: Int64 = 1_772_323_200

  // MARK: Writing

  @Test func `a date is written as IMF-fixdate`() {
    #expect(HTTPDate.string(example) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.string(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.string(-1) == "Wed, 31 Dec 1969 23:59:59 GMT")
    #expect(HTTPDate.string(1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
    #expect(HTTPDate.string(951_782_399) == "Mon, 28 Feb 2000 23:59:59 GMT")
  }

  @Test func `a date always has 29 octets`() {
    for seconds in [Int64.min, -62_167_219_201, -62_167_219_200, 0, example, 253_402_300_799, 253_402_300_800, Int64.max] {
      #expect(HTTPDate.string(seconds).utf8.count == HTTPDate.length)
    }
    #expect(HTTPDate.string(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    #expect(HTTPDate.string(.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
  }

  @Test func `formatting appends`() {
    var bytes = Array("Date: ".utf8)
    HTTPDate.format(0, into: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "Date: Thu, 01 Jan 1970 00:00:00 GMT")
  }

  @Test func `dates agree with the system's calendar`() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    // A stride that is prime to the lengths of days, weeks and years walks through all of them.
    for seconds in stride(from: Int64(-2_000_000_000), to: 8_000_000_000, by: 7_654_321) {
      let text = HTTPDate.string(seconds)
      #expect(text == formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds))))
      #expect(HTTPDate.parse(text, now: now) == seconds)
    }
  }

  // MARK: Reading

  @Test func `all three formats are read`() {
    #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == example)
    #expect(HTTPDate.parse("Sunday, 06-Nov-94 08:49:37 GMT", now: now) == example)
    #expect(HTTPDate.parse("Sun Nov  6 08:49:37 1994", now: now) == example)
    #expect(HTTPDate.parse("Wed Nov 16 08:49:37 1994", now: now) == example + 10 * 86_400)
  }

  @Test func `a two-digit year is at most 50 years ahead`() {
    func year(_ text: String, now: Int64) -> String? {
      HTTPDate.parse(text, now: now).map { String(HTTPDate.string($0).dropFirst(12).prefix(4)) }
    }
    // Exactly 50 years from now, and one second more.
    #expect(year("Sunday, 01-Mar-76 00:00:00 GMT", now: now) == "2076")
    #expect(year("Monday, 01-Mar-76 00:00:01 GMT", now: now) == "1976")
    #expect(year("Saturday, 31-Dec-77 00:00:00 GMT", now: now) == "1977")
    #expect(year("Friday, 31-Dec-77 00:00:00 GMT", now: now) == nil, "the last day of 2077 is a Friday, but 2077 is not meant")
    #expect(year("Thursday, 01-Jan-70 00:00:00 GMT", now: now) == nil, "2070 begins on a Wednesday")
    #expect(year("Wednesday, 01-Jan-70 00:00:00 GMT", now: now) == "2070")
    #expect(year("Thursday, 01-Jan-70 00:00:00 GMT", now: 0) == "1970")
    // From a leap day, the horizon is a 28 February.
    #expect(year("Thursday, 28-Feb-74 00:00:00 GMT", now: 1_709_164_800) == nil)
    #expect(year("Wednesday, 28-Feb-74 00:00:00 GMT", now: 1_709_164_800) == "2074")
    #expect(year("Friday, 01-Mar-74 00:00:00 GMT", now: 1_709_164_800) == "1974")
    #expect(year("Saturday, 01-Jan-00 00:00:00 GMT", now: .min) == "0000")
  }

  @Test func `a leap second is the next minute`() {
    #expect(HTTPDate.parse("Sat, 31 Dec 2016 23:59:60 GMT", now: now) == 1_483_228_800)
  }

  @Test(arguments: [
    "", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
    "Thu, 00 Nov 1994 08:49:37 GMT", "Wed, 31 Nov 1994 08:49:37 GMT", "Wed, 29 Feb 2023 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:3x GMT",
    "Sun, 06 Nov +994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 UTC", "Sunday, 06-Nov-1994 08:49:37 GMT", "Monday, 06-Nov-94 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT", "Someday, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 94 08:49:37 GMT", "Sunday, 31-Feb-94 08:49:37 GMT",
    "Sun Nov 06 08:49:37 94", "Sun Nov   6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT", "Mon Nov  6 08:49:37 1994",
    "Sun Nov  6 08.49.37 1994", "Sun Nux  6 08:49:37 1994", "1994-11-06T08:49:37Z.....", "784111777",
    "Sunday, 31-Feb-76 00:00:00 GMT",
  ]) func `what is not exactly a date is none`(_ text: String) {
    #expect(HTTPDate.parse(text, now: now) == nil)
  }
}
