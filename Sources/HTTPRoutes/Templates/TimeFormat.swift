// The directives of `format('%d.%m.%Y')`: those of strftime(3) that need no locale, in English.

import HTTPCore

/// A format of times, checked when it is read.
package struct TimeFormat: Equatable, Sendable {
  private enum Part: Equatable, Sendable {
    case literal(String)
    case directive(Character)
  }

  package let text: String
  private let parts: [Part]

  /// The letters of the directives, and what each writes.
  package static let directives: [(letter: Character, meaning: String)] = [
    ("Y", "year"), ("y", "year, two digits"), ("m", "month, 01 to 12"), ("d", "day, 01 to 31"), ("e", "day, 1 to 31"),
    ("j", "day of the year, 001 to 366"), ("H", "hour, 00 to 23"), ("I", "hour, 01 to 12"), ("M", "minute"), ("S", "second"),
    ("L", "millisecond, 000 to 999"), ("p", "AM or PM"), ("A", "Monday"), ("a", "Mon"), ("B", "January"), ("b", "Jan"),
    ("u", "weekday, 1 is Monday"), ("w", "weekday, 0 is Sunday"), ("G", "year of the ISO week"), ("V", "ISO week, 01 to 53"),
    ("F", "2026-01-15"), ("T", "09:30:00"), ("R", "09:30"), ("z", "+0100"), ("Z", "CET"), ("s", "seconds since 1970"),
    ("n", "line end"), ("t", "tab"), ("%", "%"),
  ]

  /// Reads a format. The offset of an error is in characters from the start.
  package init(parsing text: String) throws(TemplateError) {
    var parts: [Part] = []
    var literal = ""
    var isDirective = false
    for (offset, character) in text.unicodeScalars.enumerated() {
      if isDirective {
        let letter = Character(character)
        guard Self.directives.contains(where: { $0.letter == letter }) else {
          let known = Self.directives.map { "%\($0.letter)" }.joined(separator: " ")
          throw TemplateError(range: offset - 1..<offset + 1, message: "unknown directive %\(String(letter).excerpted); there are \(known)")
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        literal = ""
        parts.append(.directive(letter))
        isDirective = false
      } else if character == "%" {
        isDirective = true
      } else {
        literal.unicodeScalars.append(character)
      }
    }
    let count = text.unicodeScalars.count
    if isDirective {
      throw TemplateError(range: count - 1..<count, message: "a format ends within a directive; write %% for a percent sign")
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    self.text = text
    self.parts = parts
  }

  package func string(_ time: TemplateTime) -> String {
    var octets: [UInt8] = []
    let civil = time.civil
    for part in parts {
      switch part {
      case .literal(let text): octets += text.utf8
      case .directive(let letter): Self.append(letter, time, civil, to: &octets)
      }
    }
    return String(decoding: octets, as: UTF8.self)
  }

  private static func append(_ letter: Character, _ time: TemplateTime, _ civil: CivilTime, to octets: inout [UInt8]) {
    func number(_ value: Int, _ digits: Int) { TemplateTime.append(value, digits: digits, to: &octets) }
    func all(_ letters: String, _ separator: Unicode.Scalar) {
      for (index, letter) in letters.enumerated() {
        if index > 0 { octets.append(UInt8(ascii: separator)) }
        append(letter, time, civil, to: &octets)
      }
    }
    switch letter {
    case "Y": number(civil.year, 4)
    case "y": number(civil.year % 100, 2)
    case "m": number(civil.month, 2)
    case "d": number(civil.day, 2)
    case "e": octets += String(civil.day).utf8
    case "j": number(civil.dayOfYear, 3)
    case "H": number(civil.hour, 2)
    case "I": number((civil.hour + 11) % 12 + 1, 2)
    case "M": number(civil.minute, 2)
    case "S": number(civil.second, 2)
    case "L": number(time.millisecond, 3)
    case "p": octets += (civil.hour < 12 ? "AM" : "PM").utf8
    case "A": octets += weekdays[civil.weekday].utf8
    case "a": octets += weekdays[civil.weekday].utf8.prefix(3)
    case "B": octets += months[civil.month - 1].utf8
    case "b": octets += months[civil.month - 1].utf8.prefix(3)
    case "u": number((civil.weekday + 6) % 7 + 1, 1)
    case "w": number(civil.weekday, 1)
    case "G": number(isoWeek(civil).year, 4)
    case "V": number(isoWeek(civil).week, 2)
    case "F": all("Ymd", "-")
    case "T": all("HMS", ":")
    case "R": all("HM", ":")
    case "z":
      octets.append(UInt8(ascii: time.offset < 0 ? "-" : "+"))
      number(abs(time.offset) / 3600 * 100 + abs(time.offset) / 60 % 60, 4)
    case "Z": octets += time.zoneName.utf8
    case "s": octets += String(time.seconds).utf8
    case "n": octets.append(UInt8(ascii: "\n"))
    case "t": octets.append(UInt8(ascii: "\t"))
    default: octets.append(UInt8(ascii: "%"))
    }
  }

  /// Weeks begin on Monday; the first of a year is the one with its first Thursday (ISO 8601).
  private static func isoWeek(_ civil: CivilTime) -> (year: Int, week: Int) {
    let weekday = (civil.weekday + 6) % 7
    let week = (civil.dayOfYear - 1 - weekday + 10) / 7
    if week < 1 { return (max(civil.year - 1, 0), weeks(civil.year - 1)) }
    return week > weeks(civil.year) ? (civil.year + 1, 1) : (civil.year, week)
  }

  /// 53 where the year begins on a Thursday, or a leap year on a Wednesday.
  private static func weeks(_ year: Int) -> Int {
    let first = CivilTime.weekday(ofDays: CivilTime.days(year, 1, 1))
    return first == 4 || first == 3 && CivilTime.isLeap(year) ? 53 : 52
  }

  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
}
