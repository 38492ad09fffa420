// The rule that a zone follows from some year on, `CET-1CEST,M3.5.0,M10.5.0/3`, as POSIX spells it (RFC 9636 §3.3).

import HTTPCore

/// Standard time, and summer time with the days on which it begins and ends.
struct TimeZoneRule: Equatable, Sendable {
  private enum Day: Equatable, Sendable {
    /// 1 to 365; 29 February never counts.
    case julian(Int)
    /// 0 to 365.
    case ofYear(Int)
    /// The week from 1, 5 for the last; 0 is Sunday.
    case ofMonth(month: Int, week: Int, weekday: Int)

    /// In days since 1970.
    func days(in year: Int) -> Int64 {
      switch self {
      case .julian(let day): CivilTime.days(year, 1, 1) + Int64(day - 1) + (day > 59 && CivilTime.isLeap(year) ? 1 : 0)
      case .ofYear(let day): CivilTime.days(year, 1, 1) + Int64(day)
      case .ofMonth(let month, let week, let weekday): Self.days(year, month, week, weekday)
      }
    }

    private static func days(_ year: Int, _ month: Int, _ week: Int, _ weekday: Int) -> Int64 {
      let first = CivilTime.days(year, month, 1)
      var day = (weekday - CivilTime.weekday(ofDays: first) + 7) % 7 + (week - 1) * 7
      while day >= CivilTime.daysInMonth(year, month) { day -= 7 }
      return first + Int64(day)
    }
  }

  private struct Change: Equatable, Sendable {
    let day: Day
    /// Of the local time before the change, in seconds.
    let time: Int
  }

  private let standard: TimeZoneRules.LocalTime
  private let summer: (time: TimeZoneRules.LocalTime, start: Change, end: Change)?

  static func == (left: Self, right: Self) -> Bool {
    left.standard == right.standard && left.summer?.time == right.summer?.time && left.summer?.start == right.summer?.start
      && left.summer?.end == right.summer?.end
  }

  func time(at seconds: Int64) -> TimeZoneRules.LocalTime {
    guard let summer else { return standard }
    let year = CivilTime(seconds: seconds + Int64(standard.offset)).year
    let start = summer.start.day.days(in: year) * 86_400 + Int64(summer.start.time - standard.offset)
    let end = summer.end.day.days(in: year) * 86_400 + Int64(summer.end.time - summer.time.offset)
    // South of the equator summer ends before it begins.
    let isSummer = start < end ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
    return isSummer ? summer.time : standard
  }

  init?(parsing text: String) {
    var reader = Reader(rest: text.utf8[...])
    guard let name = reader.name(), let behind = reader.time() else { return nil }
    standard = TimeZoneRules.LocalTime(offset: -behind, name: name)
    if reader.rest.isEmpty {
      summer = nil
      return
    }
    guard let summerName = reader.name() else { return nil }
    let offset = reader.rest.first == UInt8(ascii: ",") ? standard.offset + 3600 : reader.time().map { -$0 }
    guard let offset, let start = reader.change(), let end = reader.change(), reader.rest.isEmpty else { return nil }
    summer = (TimeZoneRules.LocalTime(offset: offset, name: summerName), start, end)
  }

  private struct Reader {
    var rest: Substring.UTF8View

    /// Letters, or letters, digits and signs between `<` and `>`.
    mutating func name() -> String? {
      let isQuoted = rest.first == UInt8(ascii: "<")
      if isQuoted { rest.removeFirst() }
      let text = rest.prefix { isQuoted ? $0 != UInt8(ascii: ">") : ($0 | 0x20) &- 0x61 < 26 }
      rest = rest.dropFirst(text.count + (isQuoted ? 1 : 0))
      return (1...16).contains(text.count) ? String(Substring(text)) : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds, with up to 167 hours.
    mutating func time() -> Int? {
      let isNegative = rest.first == UInt8(ascii: "-")
      if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      guard let hours = number(atMost: 167) else { return nil }
      var seconds = hours * 3600
      for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
        rest.removeFirst()
        guard let value = number(atMost: 59) else { return nil }
        seconds += value * unit
      }
      return isNegative ? -seconds : seconds
    }

    mutating func change() -> Change? {
      guard take(",") else { return nil }
      let day: Day
      if take("M") {
        guard let month = number(atMost: 12), month > 0, take("."), let week = number(atMost: 5), week > 0, take("."),
          let weekday = number(atMost: 6)
        else { return nil }
        day = .ofMonth(month: month, week: week, weekday: weekday)
      } else if take("J") {
        guard let number = number(atMost: 365), number > 0 else { return nil }
        day = .julian(number)
      } else {
        guard let number = number(atMost: 365) else { return nil }
        day = .ofYear(number)
      }
      guard take("/") else { return Change(day: day, time: 7200) }
      return time().map { Change(day: day, time: $0) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    private mutating func number(atMost most: Int) -> Int? {
      var value: Int?
      while let octet = rest.first, octet &- 0x30 < 10 {
        value = (value ?? 0) * 10 + Int(octet - 0x30)
        guard value! <= most else { return nil }
        rest.removeFirst()
      }
      return value
    }
  }
}
