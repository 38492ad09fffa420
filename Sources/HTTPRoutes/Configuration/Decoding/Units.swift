// Sizes and durations as an operator writes them: 8MiB, 80ms. A unit is part of the value, so that a reader need not
// remember whether a bare 30 is seconds or milliseconds; a bare integer is a size in bytes and nothing else.

import YAMLDocument

package enum Units {
  private static let sizeUnits: [(name: String, bytes: Int64)] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
  private static let durationUnits: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]
  static let sizeUnitNames = sizeUnits.map(\.name)
  static let durationUnitNames = durationUnits.map(\.name)

  /// Ten years: what is longer is a mistake, and sums of a few of them still fit every clock.
  private static let longestMilliseconds: Int64 = 3650 * 86_400_000
  /// Common misspellings of our units.
  private static let otherSizeUnits = [
    "BYTE": "B", "BYTES": "B", "K": "KiB", "KB": "KiB", "M": "MiB", "MB": "MiB", "G": "GiB", "GB": "GiB",
  ]
  private static let otherDurationUnits = [
    "MSEC": "ms", "MSECS": "ms", "MILLIS": "ms", "MILLISECOND": "ms", "MILLISECONDS": "ms", "SEC": "s", "SECS": "s", "SECOND": "s",
    "SECONDS": "s", "MIN": "m", "MINS": "m", "MINUTE": "m", "MINUTES": "m", "HR": "h", "HRS": "h", "HOUR": "h", "HOURS": "h", "DAY": "d",
    "DAYS": "d",
  ]

  /// Bytes: `8MiB`, `32KiB`, `512B`, `512`. `limit` is the error for a size beyond every bound: "expected a size from 1
  /// byte to 2GiB".
  package static func size(_ text: String, limit: String? = nil) throws(Refusal) -> Int64 {
    let expected = "expected a size such as 8MiB, found \"\(text.excerpt)\""
    guard let (number, unit) = split(text) else { throw Refusal(expected + negative(text)) }
    let what = unit.isEmpty ? "\(text.excerpt) bytes" : text.excerpt
    let tooLarge = Refusal(limit.map { "\($0), found \"\(text.excerpt)\"" } ?? "\(what) is too large")
    guard let scale = unit.isEmpty ? 1 : sizeUnits.first(where: { $0.name == unit })?.bytes else {
      throw Refusal(expected + suggestion(number, unit, among: sizeUnits.map(\.name), others: otherSizeUnits) { wholeSize($0, $1) })
    }
    if number.contains(".") {
      throw Refusal(expected + (wholeSize(number, unit).map { " (did you mean \"\($0)\"?)" } ?? ""))
    }
    guard let count = Int64(number) else { throw tooLarge }
    let (bytes, overflows) = count.multipliedReportingOverflow(by: scale)
    if overflows { throw tooLarge }
    return bytes
  }

  /// A number of bytes in the largest unit that it is a whole number of: `32KiB`, `0B`.
  package static func spelling(ofSize bytes: Int64) -> String {
    let unit = sizeUnits.last { bytes != 0 && bytes % $0.bytes == 0 } ?? sizeUnits[0]
    return "\(bytes / unit.bytes)\(unit.name)"
  }

  /// `1536MiB` for 1.5 GiB: the largest unit that it is a whole number of. Nil where it is none.
  private static func wholeSize(_ number: String, _ unit: String) -> String? {
    guard let scale = sizeUnits.first(where: { $0.name == unit })?.bytes, let value = Double(number) else { return nil }
    let bytes = value * Double(scale)
    guard bytes >= 1, bytes < 0x1p53, bytes.rounded() == bytes else { return nil }
    return spelling(ofSize: Int64(bytes))
  }

  /// `80ms`, `1.5s`, `5m`, `2h`, `30d`; exact to the millisecond.
  package static func duration(_ text: String) throws(Refusal) -> Duration {
    let expected = "expected a duration such as 80ms, found \"\(text.excerpt)\""
    guard let (number, unit) = split(text) else { throw Refusal(expected + negative(text)) }
    if unit.isEmpty { throw Refusal("a duration needs a unit: \(number)ms, \(number)s, \(number)m, \(number)h or \(number)d") }
    guard let scale = durationUnits.first(where: { $0.name == unit })?.milliseconds else {
      if let whole = sum(text) { throw Refusal("\(expected) (did you mean \"\(whole.spelling)\"?)") }
      throw Refusal(expected + suggestion(number, unit, among: durationUnits.map(\.name), others: otherDurationUnits) { "\($0)\($1)" })
    }
    guard let value = Double(number), value * Double(scale) <= Double(longestMilliseconds) else {
      throw Refusal("\(text.excerpt) is too long; the longest is 3650d")
    }
    return .milliseconds(Int64((value * Double(scale)).rounded()))
  }

  /// `1h30m` as one duration; nil unless it is made of durations alone.
  private static func sum(_ text: String) -> Duration? {
    var rest = text[...]
    var milliseconds: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let unit = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
      // Eight digits of days still fit.
      guard digits.count <= 8, let count = Int64(digits), let scale = durationUnits.first(where: { $0.name == unit })?.milliseconds else {
        return nil
      }
      milliseconds += count * scale
      if milliseconds > longestMilliseconds { return nil }
      rest = rest.dropFirst(digits.count + unit.count)
    }
    return .milliseconds(milliseconds)
  }

  /// A number and what stands behind it; nil unless it begins with digits and has at most one point.
  private static func split(_ text: String) -> (number: String, unit: String)? {
    let isPart = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".") }
    let number = String(decoding: text.utf8.prefix(while: isPart), as: UTF8.self)
    guard let first = number.first, first != ".", number.last != ".", number.count(where: { $0 == "." }) <= 1 else { return nil }
    return (number, String(decoding: text.utf8.dropFirst(number.utf8.count), as: UTF8.self))
  }

  private static func negative(_ text: String) -> String {
    text.hasPrefix("-") && split(String(text.dropFirst())) != nil ? ", which is negative" : ""
  }

  private static func suggestion(
    _ number: String, _ unit: String, among known: [String], others: [String: String], spelling: (String, String) -> String?
  ) -> String {
    let bare = unit.filter { $0 != " " }.uppercased()
    guard let meant = known.first(where: { $0.uppercased() == bare }) ?? others[bare] else { return "" }
    // A whole number keeps the unit it was written in.
    guard let spelled = number.contains(".") ? spelling(number, meant) : "\(number)\(meant)" else { return "" }
    return " (did you mean \"\(spelled)\"?)"
  }
}

extension Duration {
  /// The duration in the largest unit that it is a whole number of: `80ms`, `75s`, `2h`.
  package var spelling: String {
    let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    for (unit, scale) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
    where milliseconds != 0 && milliseconds % scale == 0 {
      return "\(milliseconds / scale)\(unit)"
    }
    return "\(milliseconds)ms"
  }
}
