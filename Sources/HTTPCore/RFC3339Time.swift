// A point in time as RFC 3339 §5.6 spells it: `2026-01-15T09:30:00Z`, `2026-01-15 09:30:00.25+01:00`.

/// A point in time, exact to the nanosecond; digits beyond that are dropped.
package struct RFC3339Time: Hashable, Comparable, Sendable {
  /// Since 1970, in UTC.
  package let seconds: Int64
  /// 0 to 999,999,999.
  package let nanoseconds: Int32

  package init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Nil for a text that is not a date and a time with its offset. A leap second is the first of the next minute.
  package init?(_ text: String) {
    // The longest that is read: more digits of a fraction say nothing.
    guard (20...100).contains(text.utf8.count) else { return nil }
    var reader = Reader(octets: Array(text.utf8))
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.take("Tt "), let hour = reader.number(2), reader.take(":"), let minute = reader.number(2),
      reader.take(":"), let second = reader.number(2), let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd,
      (1...12).contains(month), (1...CivilTime.daysInMonth(year, month)).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    seconds = CivilTime.days(year, month, day) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
    nanoseconds = fraction
  }

  package static func < (left: Self, right: Self) -> Bool { (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds) }

  private struct Reader {
    let octets: [UInt8]
    private var position = 0

    init(octets: [UInt8]) { self.octets = octets }

    var isAtEnd: Bool { position == octets.count }

    private var next: UInt8 { position < octets.count ? octets[position] : 0 }

    mutating func take(_ choices: String) -> Bool {
      let octet = next
      guard choices.utf8.contains(octet) else { return false }
      position += 1
      return true
    }

    mutating func number(_ digits: Int) -> Int? {
      var value = 0
      for _ in 0..<digits {
        guard (0x30...0x39).contains(next) else { return nil }
        value = value * 10 + Int(next - 0x30)
        position += 1
      }
      return value
    }

    /// Nanoseconds; 0 where there is no fraction, nil for a point without digits.
    mutating func fraction() -> Int32? {
      guard next == UInt8(ascii: ".") else { return 0 }
      position += 1
      var (value, count): (Int32, Int) = (0, 0)
      while (0x30...0x39).contains(next) {
        if count < 9 { value = value * 10 + Int32(next - 0x30) }
        count += 1
        position += 1
      }
      guard count > 0 else { return nil }
      for _ in min(count, 9)..<9 { value *= 10 }
      return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int? {
      if take("Zz") { return 0 }
      let sign = next == UInt8(ascii: "-") ? -1 : 1
      guard take("+-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
      return sign * (hours * 3_600 + minutes * 60)
    }
  }
}
