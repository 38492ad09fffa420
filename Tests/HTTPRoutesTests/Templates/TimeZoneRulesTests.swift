// Zones of the database, and rules of their own.

import Foundation
import Testing

@testable import HTTPRoutes

@Suite struct TimeZoneRulesTests {
  private func shown(_ zone: String, _ time: String) throws -> String {
    let zone = try TimeZones().zone(zone)
    return try TimeFormat(parsing: "%F %T %z %Z").string(zone.converting(try #require(TemplateTime(parsing: time))))
  }

  @Test(
    arguments: [
      ("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29 01:59:59 +0100 CET"),
      ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29 03:00:00 +0200 CEST"),
      ("Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25 02:00:00 +0100 CET"),
      ("Europe/Berlin", "2500-07-01T00:00:00Z", "2500-07-01 02:00:00 +0200 CEST"),
      ("Europe/Berlin", "1900-01-01T00:00:00Z", "1900-01-01 01:00:00 +0100 CET"),
      ("Australia/Sydney", "2100-01-01T00:00:00Z", "2100-01-01 11:00:00 +1100 AEDT"),
      ("Australia/Sydney", "2100-07-01T00:00:00Z", "2100-07-01 10:00:00 +1000 AEST"),
      ("Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01 05:30:00 +0530 IST"),
      ("America/New_York", "2050-03-13T06:59:59Z", "2050-03-13 01:59:59 -0500 EST"),
      ("America/New_York", "2050-03-13T07:00:00Z", "2050-03-13 03:00:00 -0400 EDT"),
      ("UTC", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00 +0000 UTC"),
      ("-03:30", "2026-01-01T00:00:00Z", "2025-12-31 20:30:00 -0330 -03:30"),
    ])
  func `a zone is as far ahead as it was at that time`(_ zone: String, _ time: String, _ text: String) throws {
    #expect(try shown(zone, time) == text)
  }

  @Test(arguments: ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran"])
  func `a zone agrees with Foundation's over two centuries`(_ name: String) throws {
    let zone = try TimeZones().zone(name)
    let other = try #require(TimeZone(identifier: name))
    var seconds: Int64 = -1_500_000_000
    while seconds < 2_100_000_000 {
      #expect(zone.time(at: seconds).offset == other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))), "\(seconds)")
      seconds += 8_640_007
    }
  }

  @Test(arguments: [
    "", "Mars/Olympus", "/etc/passwd", "../zoneinfo/UTC", "Europe/../Europe/Berlin", "Europe", "zone.tab", "+25:00", "+2:00", "a/b/c/d/e",
  ])
  func `what is no zone is refused`(_ name: String) { #expect(throws: Refusal.self) { try TimeZones().zone(name) } }

  @Test(arguments: [
    "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3", "EST5EDT,M3.2.0,M11.1.0", "A1B,J60/2,J300", "IST-2IDT,M3.4.4/26,M10.5.0",
    "AAA0BBB-1,0/0,J365/25",
  ])
  func `rules are read`(_ text: String) { #expect(TimeZoneRule(parsing: text) != nil) }

  @Test(arguments: [
    "", "CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M1.1.0", "<CET-1", "CET-1CEST,J0,J1", "CET-1x", "CET-999",
    "CET--1",
  ])
  func `what is no rule is none`(_ text: String) { #expect(TimeZoneRule(parsing: text) == nil) }

  @Test func `no damage to a file is a crash`() throws {
    let octets = Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
    var random = SeededGenerator(seed: 1)
    for _ in 0..<3_000 {
      var damaged = octets
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        damaged[Int.random(in: 0..<min(damaged.count, 200), using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
      let zone = TimeZoneRules(name: "x", octets: damaged)
      for time: Int64 in [.min / 2000, 0, 1 << 40] { _ = zone?.time(at: time) }
    }
  }
}
