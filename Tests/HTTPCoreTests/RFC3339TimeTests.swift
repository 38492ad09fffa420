import Testing

@testable import HTTPCore

@Suite struct RFC3339TimeTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0), ("2026-01-15T09:30:00Z", 1_768_469_400, 0), ("2026-01-15t10:30:00+01:00", 1_768_469_400, 0),
      ("2026-01-15 09:30:00.25z", 1_768_469_400, 250_000_000), ("1969-12-31T23:59:59.1234567899Z", -1, 123_456_789),
      ("2024-02-29T00:00:00-00:30", 1_709_166_600, 0), ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
    ] as [(String, Int64, Int32)])
  func `a point in time`(_ text: String, _ seconds: Int64, _ nanoseconds: Int32) {
    #expect(RFC3339Time(text) == RFC3339Time(seconds: seconds, nanoseconds: nanoseconds))
  }

  @Test(
    arguments: [
      "", "2026-01-15", "2026-01-15T09:30:00", "2026-13-15T09:30:00Z", "2026-02-29T09:30:00Z", "2026-01-15T24:30:00Z",
      "2026-01-15T09:60:00Z",
      "2026-01-15T09:30:61Z", "2026-01-15T09:30:00.Z", "2026-01-15T09:30:00+24:00", "2026-01-15T09:30:00Zx", "1768469400 seconds or so",
    ])
  func `anything else is not one`(_ text: String) { #expect(RFC3339Time(text) == nil) }

  @Test func `times come in their order`() throws {
    let times = ["2026-01-15T09:30:00.1+01:00", "2026-01-15T08:30:00.2Z", "2026-01-15T08:30:01Z"].compactMap { RFC3339Time($0) }
    #expect(times.count == 3 && times == times.reversed().sorted())
  }
}
