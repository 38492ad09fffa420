// Dates as HTTP writes them (RFC 9110 §5.6.7), in seconds since 1970-01-01T00:00:00Z. Pure arithmetic on the proleptic
// Gregorian calendar: no locale, no time zone database, no clock.

package enum HTTPDate {
  /// The length of every date this writes: `Sun, 06 Nov 1994 08:49:37 GMT`.
  package static var length: Int { 29 }

  /// The years that four digits can write: 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  private static var expressible: ClosedRange<Int64> { -62_167_219_200...253_402_300_799 }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let longWeekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  // MARK: Writing

  /// Appends an IMF-fixdate, always 29 octets. A time outside the years 0 to 9999 is written as the nearest one inside.
  package static func format(_ unixSeconds: Int64, into output: inout [UInt8]) {
    let seconds = min(max(unixSeconds, expressible.lowerBound), expressible.upperBound)
    let days = CivilTime.floorDivide(seconds, 86_400)
    let ofDay = Int(seconds - days * 86_400)
    let (year, month, day) = CivilTime.date(ofDays: days)
    output.append(contentsOf: weekdays[CivilTime.weekday(ofDays: days)].utf8)
    output.append(Octet.comma)
    output.append(Octet.space)
    appendPadded(day, to: &output)
    output.append(Octet.space)
    output.append(contentsOf: months[month - 1].utf8)
    output.append(Octet.space)
    appendPadded(year / 100, to: &output)
    appendPadded(year % 100, to: &output)
    output.append(Octet.space)
    appendPadded(ofDay / 3600, to: &output)
    output.append(Octet.colon)
    appendPadded(ofDay / 60 % 60, to: &output)
    output.append(Octet.colon)
    appendPadded(ofDay % 60, to: &output)
    output.append(contentsOf: " GMT".utf8)
  }

  package static func string(_ unixSeconds: Int64) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    format(unixSeconds, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func appendPadded(_ value: Int, to output: inout [UInt8]) {
    output.append(UInt8(0x30 + value / 10))
    output.append(UInt8(0x30 + value % 10))
  }

  // MARK: Reading

  package static func parse(_ text: String, now: Int64) -> Int64? { parse(text.utf8.span, now: now) }

  /// Reads any of the three formats that a recipient must accept: IMF-fixdate, RFC 850 and asctime. Case, spacing and
  /// digits must be exact, and the day of the week must be the date's own: a date that contradicts itself is no date.
  /// `now` places two-digit years.
  package static func parse(_ bytes: Span<UInt8>, now: Int64) -> Int64? {
    guard bytes.count >= 24 else { return nil }
    switch bytes[3] {
    case Octet.comma: return parseFixdate(bytes)
    case Octet.space: return parseAsctime(bytes)
    default: return parseRFC850(bytes, now: now)
    }
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  private static func parseFixdate(_ bytes: Span<UInt8>) -> Int64? {
    guard bytes.count == length, matches(bytes, at: 3, ", "), matches(bytes, at: 7, " "), matches(bytes, at: 11, " "),
      matches(bytes, at: 16, " "), matches(bytes, at: 25, " GMT"),
      let weekday = name(bytes, at: 0, in: weekdays), let day = number(bytes, 5, 2), let month = name(bytes, at: 8, in: months),
      let year = number(bytes, 12, 4), let time = timeOfDay(bytes, at: 17)
    else { return nil }
    return seconds(weekday, year, month + 1, day, time)
  }

  /// `Sunday, 06-Nov-94 08:49:37 GMT`
  private static func parseRFC850(_ bytes: Span<UInt8>, now: Int64) -> Int64? {
    guard let weekday = name(bytes, at: 0, in: longWeekdays) else { return nil }
    let start = longWeekdays[weekday].utf8.count
    guard bytes.count == start + 24, matches(bytes, at: start, ", "), matches(bytes, at: start + 4, "-"),
      matches(bytes, at: start + 8, "-"), matches(bytes, at: start + 11, " "), matches(bytes, at: start + 20, " GMT"),
      let day = number(bytes, start + 2, 2), let month = name(bytes, at: start + 5, in: months),
      let shortYear = number(bytes, start + 9, 2), let time = timeOfDay(bytes, at: start + 12)
    else { return nil }
    // A date that seems more than 50 years ahead means the latest year in the past with the same two digits: so the
    // year is the last one with these digits that is not.
    let clock = min(max(now, expressible.lowerBound), expressible.upperBound)
    let horizon = CivilTime.date(ofDays: CivilTime.floorDivide(clock, 86_400)).year + 50
    var year = horizon - ((horizon - shortYear) % 100 + 100) % 100
    if year == horizon, let date = instant(year, month + 1, day, time), date > fiftyYears(after: clock) { year -= 100 }
    return seconds(weekday, year, month + 1, day, time)
  }

  /// `Sun Nov  6 08:49:37 1994`
  private static func parseAsctime(_ bytes: Span<UInt8>) -> Int64? {
    guard bytes.count == 24, matches(bytes, at: 3, " "), matches(bytes, at: 7, " "), matches(bytes, at: 10, " "),
      matches(bytes, at: 19, " "), let weekday = name(bytes, at: 0, in: weekdays), let month = name(bytes, at: 4, in: months),
      let day = bytes[8] == Octet.space ? number(bytes, 9, 1) : number(bytes, 8, 2), let time = timeOfDay(bytes, at: 11),
      let year = number(bytes, 20, 4)
    else { return nil }
    return seconds(weekday, year, month + 1, day, time)
  }

  private static func matches(_ bytes: Span<UInt8>, at index: Int, _ text: String) -> Bool {
    guard index + text.utf8.count <= bytes.count else { return false }
    var position = index
    for byte in text.utf8 {
      if bytes[position] != byte { return false }
      position += 1
    }
    return true
  }

  private static func name(_ bytes: Span<UInt8>, at index: Int, in names: [String]) -> Int? {
    names.firstIndex { matches(bytes, at: index, $0) }
  }

  private static func number(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for index in start..<start + count {
      guard Octet.isDigit(bytes[index]) else { return nil }
      value = value * 10 + Int(bytes[index] - 0x30)
    }
    return value
  }

  /// `hh:mm:ss` in seconds. A leap second, `:60`, counts as the first second of the next minute, as POSIX time does.
  private static func timeOfDay(_ bytes: Span<UInt8>, at start: Int) -> Int? {
    guard matches(bytes, at: start + 2, ":"), matches(bytes, at: start + 5, ":"), let hour = number(bytes, start, 2),
      let minute = number(bytes, start + 3, 2), let second = number(bytes, start + 6, 2), hour < 24, minute < 60, second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  private static func seconds(_ weekday: Int, _ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int64? {
    guard let result = instant(year, month, day, time), CivilTime.weekday(ofDays: CivilTime.days(year, month, day)) == weekday else {
      return nil
    }
    return result
  }

  // MARK: Calendar

  private static func instant(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int64? {
    guard day >= 1, day <= CivilTime.daysInMonth(year, month) else { return nil }
    return CivilTime.days(year, month, day) * 86_400 + Int64(time)
  }

  private static func fiftyYears(after time: Int64) -> Int64 {
    let days = CivilTime.floorDivide(time, 86_400)
    let (year, month, day) = CivilTime.date(ofDays: days)
    // 50 years after a 29 February is a 28 February.
    let anniversary = CivilTime.days(year + 50, month, min(day, CivilTime.daysInMonth(year + 50, month)))
    return anniversary * 86_400 + (time - days * 86_400)
  }
}
