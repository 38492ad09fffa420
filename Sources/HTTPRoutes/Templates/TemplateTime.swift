// A time as templates have it: an instant, the zone that it is shown in, and the form that it came in, so that a date
// plus three days is a date and an HTTP date stays one.

import HTTPCore
import JSONText

/// An instant between the years 0 and 9999, and how it is spelled.
package struct TemplateTime: Equatable, Sendable {
  /// How a time is spelled.
  package enum Form: Equatable, Sendable {
    /// RFC 3339 with milliseconds, or without.
    case milliseconds, seconds
    /// `2026-01-15`.
    case date
    /// Seconds since 1970, a number.
    case unix
    /// Milliseconds since 1970, a number.
    case unixMilliseconds
    /// RFC 9110 §5.6.7.
    case http
  }

  /// Milliseconds since 1970.
  package let instant: Int64
  /// How far the zone is ahead of UTC, in seconds.
  let offset: Int
  /// What the zone calls its time, `UTC` or `CEST`.
  let zoneName: String
  let form: Form

  /// The years 0000 to 9999, with a day less at either end for the zones.
  private static let expressible: ClosedRange<Int64> = -62_167_132_800_000...253_402_214_400_000

  /// Nil for a time that four digits of a year cannot say.
  package init?(instant: Int64, offset: Int = 0, zoneName: String = "UTC", form: Form = .milliseconds) {
    guard Self.expressible.contains(instant) else { return nil }
    self.instant = instant
    self.offset = offset
    self.zoneName = zoneName
    self.form = form
  }

  var seconds: Int64 { CivilTime.floorDivide(instant, 1000) }
  var millisecond: Int { Int(instant - seconds * 1000) }
  /// Date and time of day in the zone.
  var civil: CivilTime { CivilTime(seconds: seconds + Int64(offset)) }

  /// The time so much later; nil where that is out of bounds.
  func moved(by milliseconds: Int64) -> TemplateTime? {
    let (sum, overflows) = instant.addingReportingOverflow(milliseconds)
    return overflows ? nil : TemplateTime(instant: sum, offset: offset, zoneName: zoneName, form: form)
  }

  /// The same instant in another zone. A number or an HTTP date, which have no zone, become RFC 3339.
  func shown(offset: Int, zoneName: String) -> TemplateTime {
    let form: Form =
      switch self.form {
      case .milliseconds, .unixMilliseconds: .milliseconds
      case .date: .date
      case .seconds, .unix, .http: .seconds
      }
    return TemplateTime(instant: instant, offset: offset, zoneName: zoneName, form: form) ?? self
  }

  /// Whether it is RFC 3339 with a time of day.
  package var isInstant: Bool { form == .seconds || form == .milliseconds }

  // MARK: Writing

  /// As JSON has it.
  var json: JSONValue {
    switch form {
    case .unix: .number(JSONNumber(Int(seconds)))
    case .unixMilliseconds: .number(JSONNumber(Int(instant)))
    default: .string(text)
    }
  }

  var text: String {
    var octets: [UInt8] = []
    append(to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  /// Appends the spelling, which is ASCII.
  func append(to octets: inout [UInt8]) {
    switch form {
    case .unix: octets += String(seconds).utf8
    case .unixMilliseconds: octets += String(instant).utf8
    case .http: HTTPDate.format(seconds, into: &octets)
    case .date: Self.appendDate(civil, to: &octets)
    case .seconds, .milliseconds:
      let civil = civil
      Self.appendDate(civil, to: &octets)
      octets.append(UInt8(ascii: "T"))
      Self.append(civil.hour, digits: 2, to: &octets)
      octets.append(UInt8(ascii: ":"))
      Self.append(civil.minute, digits: 2, to: &octets)
      octets.append(UInt8(ascii: ":"))
      Self.append(civil.second, digits: 2, to: &octets)
      if form == .milliseconds {
        octets.append(UInt8(ascii: "."))
        Self.append(millisecond, digits: 3, to: &octets)
      }
      Self.appendOffset(offset, to: &octets)
    }
  }

  private static func appendDate(_ civil: CivilTime, to octets: inout [UInt8]) {
    append(civil.year, digits: 4, to: &octets)
    octets.append(UInt8(ascii: "-"))
    append(civil.month, digits: 2, to: &octets)
    octets.append(UInt8(ascii: "-"))
    append(civil.day, digits: 2, to: &octets)
  }

  private static func appendOffset(_ offset: Int, to octets: inout [UInt8]) {
    if offset == 0 { return octets.append(UInt8(ascii: "Z")) }
    octets.append(UInt8(ascii: offset < 0 ? "-" : "+"))
    append(abs(offset) / 3600, digits: 2, to: &octets)
    octets.append(UInt8(ascii: ":"))
    append(abs(offset) / 60 % 60, digits: 2, to: &octets)
  }

  /// Appends a number from 0 with leading zeros, or with `padding` in their place.
  static func append(_ value: Int, digits: Int, padding: UInt8 = UInt8(ascii: "0"), to octets: inout [UInt8]) {
    let start = octets.count
    for _ in 0..<digits { octets.append(padding) }
    var rest = value
    for position in (start..<octets.count).reversed() {
      octets[position] = UInt8(0x30 + rest % 10)
      rest /= 10
      if rest == 0 { break }
    }
  }

  // MARK: Reading

  /// Reads RFC 3339, a date alone, or an HTTP date; nil for any other text.
  ///
  /// - Parameter now: in seconds since 1970; it places two-digit years.
  package init?(parsing text: String, now: Int64 = 0) {
    guard text.utf8.count <= 64 else { return nil }
    var reader = TimeReader(text)
    if let time = reader.rfc3339() {
      self = time
    } else if let seconds = HTTPDate.parse(text, now: now), let time = TemplateTime(instant: seconds * 1000, form: .http) {
      self = time
    } else {
      return nil
    }
  }
}

/// Reads RFC 3339 §5.6, a fraction of any length, seconds left out, and a date alone.
private struct TimeReader {
  private let octets: [UInt8]
  private var position = 0

  init(_ text: String) { octets = Array(text.utf8) }

  mutating func rfc3339() -> TemplateTime? {
    guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), (1...12).contains(month),
      day >= 1, day <= CivilTime.daysInMonth(year, month)
    else { return nil }
    let days = CivilTime.days(year, month, day)
    if position == octets.count { return TemplateTime(instant: days * 86_400_000, form: .date) }
    guard take("T") || take("t") || take(" "), let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else {
      return nil
    }
    var second = 0
    var fraction: Int?
    if take(":") {
      guard let given = number(2), given <= 60 else { return nil }
      second = given
      if take(".") {
        guard let given = milliseconds() else { return nil }
        fraction = given
      }
    }
    guard let offset = offset(), position == octets.count else { return nil }
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
    return TemplateTime(
      instant: seconds * 1000 + Int64(fraction ?? 0), offset: offset, zoneName: offset == 0 ? "UTC" : "",
      form: fraction == nil ? .seconds : .milliseconds)
  }

  private mutating func milliseconds() -> Int? {
    var value = 0
    var count = 0
    while position < octets.count, (octets[position] &- 0x30 < 10) {
      if count < 3 { value = value * 10 + Int(octets[position] - 0x30) }
      count += 1
      position += 1
    }
    if count == 0 { return nil }
    for _ in min(count, 3)..<3 { value *= 10 }
    return value
  }

  private mutating func offset() -> Int? {
    if take("Z") || take("z") { return 0 }
    let isNegative = take("-")
    guard isNegative || take("+"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
    return (isNegative ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < octets.count, octets[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func number(_ digits: Int) -> Int? {
    guard position + digits <= octets.count else { return nil }
    var value = 0
    for octet in octets[position..<position + digits] {
      guard (octet &- 0x30 < 10) else { return nil }
      value = value * 10 + Int(octet - 0x30)
    }
    position += digits
    return value
  }
}
