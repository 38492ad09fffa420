// Dates and times of day on the proleptic Gregorian calendar: arithmetic alone, without locale and global state.

/// A date and a time of day in some zone.
package struct CivilTime: Equatable, Sendable {
  package let year: Int
  /// 1 to 12.
  package let month: Int
  /// 1 to 31.
  package let day: Int
  package let hour: Int
  package let minute: Int
  package let second: Int
  /// 0 is Sunday.
  package let weekday: Int
  /// 1 to 366.
  package let dayOfYear: Int

  /// - Parameter seconds: since 1970-01-01T00:00:00, in the zone's own time.
  package init(seconds: Int64) {
    let days = Self.floorDivide(seconds, 86_400)
    let rest = Int(seconds - days * 86_400)
    (year, month, day) = Self.date(ofDays: days)
    (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    weekday = Self.weekday(ofDays: days)
    dayOfYear = Int(days - Self.days(year, 1, 1)) + 1
  }

  /// Rounds towards the past, as counting days and hours does.
  package static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  /// 1970-01-01 was a Thursday.
  package static func weekday(ofDays days: Int64) -> Int { Int((days % 7 + 11) % 7) }

  /// Whether the year has a 29th of February.
  package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && year % 100 != 0 || year % 400 == 0 }

  /// - Parameter month: 1 to 12.
  package static func daysInMonth(_ year: Int, _ month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01. The year is taken to begin in March, so that the leap day is its last.
  package static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = Int64(month <= 2 ? year - 1 : year)
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * Int64((month + 9) % 12) + 2) / 5 + Int64(day) - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The date of a day counted from 1970-01-01.
  package static func date(ofDays days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let number = Int(month < 10 ? month + 3 : month - 9)
    return (Int(yearOfEra + era * 400) + (number <= 2 ? 1 : 0), number, Int(dayOfYear - (153 * month + 2) / 5 + 1))
  }
}
