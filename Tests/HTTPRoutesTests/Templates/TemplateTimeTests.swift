// Times as they are read and written.

import Testing

@testable import HTTPRoutes

@Suite struct TemplateTimeTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"), ("2026-01-15T09:30:00.25Z", 1_768_469_400_250, "2026-01-15T09:30:00.250Z"),
      ("2026-01-15t09:30:00.123456z", 1_768_469_400_123, "2026-01-15T09:30:00.123Z"),
      ("2026-01-15 11:30+02:00", 1_768_469_400_000, "2026-01-15T11:30:00+02:00"), ("2024-02-29", 1_709_164_800_000, "2024-02-29"),
      ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"), ("0001-01-01T00:00:00Z", -62_135_596_800_000, "0001-01-01T00:00:00Z"),
      ("Thu, 15 Jan 2026 09:30:00 GMT", 1_768_469_400_000, "Thu, 15 Jan 2026 09:30:00 GMT"),
      ("2016-12-31T23:59:60Z", 1_483_228_800_000, "2017-01-01T00:00:00Z"),
      ("2026-01-15T09:30:00-05:30", 1_768_489_200_000, "2026-01-15T09:30:00-05:30"),
    ])
  func `a time is read and written in its form`(_ text: String, _ instant: Int64, _ written: String) {
    let time = TemplateTime(parsing: text)
    #expect(time?.instant == instant)
    #expect(time?.text == written)
  }

  @Test(
    arguments: [
      "", "soon", "2026-13-01", "2026-02-29", "2026-01-15T", "2026-01-15T9:30:00Z", "2026-01-15T24:00:00Z", "2026-01-15T09:30:00",
      "2026-01-15T09:30:00.Z", "2026-01-15T09:30:00+0200", "2026-01-15T09:30:00Zx", "２026-01-15", "0000-01-01T00:00:00+23:00",
      String(repeating: "2", count: 1_000_000),
    ])
  func `what is no time is none`(_ text: String) { #expect(TemplateTime(parsing: text) == nil) }

  @Test func `a time stays within the years that four digits say`() throws {
    let time = try #require(TemplateTime(parsing: "9999-12-30T00:00:01Z"))
    #expect(time.moved(by: 86_400_000) == nil)
    #expect(time.moved(by: .max) == nil && time.moved(by: .min) == nil)
    #expect(TemplateTime(instant: .max) == nil && TemplateTime(instant: .min) == nil)
  }

  @Test(
    arguments: [
      ("%Y-%m-%d %H:%M:%S.%L", "2026-01-05 15:04:09.007"), ("%y %e %j", "26 5 005"), ("%I:%M %p", "03:04 PM"),
      ("%A %a %B %b", "Monday Mon January Jan"),
      ("%u %w %G-W%V", "1 1 2026-W02"), ("%F %T %R", "2026-01-05 15:04:09 15:04"), ("%z %Z %s", "+0000 UTC 1767625449"),
      ("%%%n%t|", "%\n\t|"), ("", ""),
      ("ü%dü", "ü05ü"),
    ])
  func `a format writes what its directives mean`(_ format: String, _ text: String) throws {
    let time = try #require(TemplateTime(parsing: "2026-01-05T15:04:09.007Z"))
    #expect(try TimeFormat(parsing: format).string(time) == text)
  }

  @Test(
    arguments: [
      ("2021-01-03", "2020-W53"), ("2024-12-30", "2025-W01"), ("2026-01-01", "2026-W01"), ("2022-01-01", "2021-W52"),
      ("2020-12-31", "2020-W53"),
      ("2027-01-03", "2026-W53"),
    ])
  func `weeks are those of ISO 8601`(_ date: String, _ week: String) throws {
    #expect(try TimeFormat(parsing: "%G-W%V").string(try #require(TemplateTime(parsing: date))) == week)
  }

  @Test(
    arguments: [
      ("3d", 259_200_000), ("2h", 7_200_000), ("30m", 1_800_000), ("10s", 10_000), ("250ms", 250), ("-1.5s", -1_500), ("0s", 0),
      ("0.0001s", 0),
      ("36500d", 3_153_600_000_000),
    ])
  func `a duration is a number and a unit`(_ text: String, _ milliseconds: Int64) {
    #expect(TemplateDuration.milliseconds(text) == milliseconds)
  }

  @Test(arguments: ["", "3", "d", "3 d", "3w", "1d2h", "1e999999999d", "36501d", "+3d", String(repeating: "9", count: 100_000) + "d"])
  func `what is no duration is none`(_ text: String) { #expect(TemplateDuration.milliseconds(text) == nil) }
}
