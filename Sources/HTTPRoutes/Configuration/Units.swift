// Sizes and durations as an operator writes them: 8MiB, 80ms. A unit is part of the value, so that nobody has to remember whether a
// bare 30 is seconds or milliseconds; a bare integer is a size in bytes and nothing else.

import YAMLDocument

package enum Units {
  private static let sizeUnits: [(name: String, bytes: Int64)] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
  private static let durationUnits: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]
  /// What people write who mean one of ours.
  private static let otherSizeUnits = ["K": "KiB", "KB": "KiB", "M": "MiB", "MB": "MiB", "G": "GiB", "GB": "GiB"]
  private static let otherDurationUnits = [
    "MSEC": "ms", "SEC": "s", "SECS": "s", "SECOND": "s", "SECONDS": "s", "MIN": "m", "MINS": "m", "MINUTE": "m", "MINUTES": "m",
    "HOUR": "h", "HOURS": "h", "DAY": "d", "DAYS": "d",
  ]

  /// Bytes: `8MiB`, `32KiB`, `512B`, `512`.
  package static func size(_ text: String) throws(Refusal) -> Int64 {
    let expected = "expected a size such as 8MiB, found \"\(text.excerpt)\""
    guard let (number, unit) = split(text) else { throw Refusal(expected) }
    if unit.isEmpty {
      guard let bytes = Int64(number) else { throw Refusal(number.contains(".") ? expected : "\(text) bytes is too large") }
      return bytes
    }
    guard let scale = sizeUnits.first(where: { $0.name == unit })?.bytes else {
      throw Refusal(expected + suggestion(number, unit, among: sizeUnits.map(\.name), others: otherSizeUnits))
    }
    guard let count = Int64(number) else { throw Refusal(number.contains(".") ? expected : "\(text) is too large") }
    let (bytes, overflows) = count.multipliedReportingOverflow(by: scale)
    if overflows { throw Refusal("\(text) is too large") }
    return bytes
  }

  /// `80ms`, `1.5s`, `5m`, `2h`, `30d`; exact to the millisecond.
  package static func duration(_ text: String) throws(Refusal) -> Duration {
    let expected = "expected a duration such as 80ms, found \"\(text.excerpt)\""
    guard let (number, unit) = split(text) else { throw Refusal(expected) }
    if unit.isEmpty { throw Refusal("a duration needs a unit: \(number)ms, \(number)s, \(number)m, \(number)h or \(number)d") }
    guard let scale = durationUnits.first(where: { $0.name == unit })?.milliseconds else {
      throw Refusal(expected + suggestion(number, unit, among: durationUnits.map(\.name), others: otherDurationUnits))
    }
    // Ten years: what is longer is a mistake, and sums of a few of them still fit every clock.
    let bound: Int64 = 3650 * 86_400_000
    guard let value = Double(number), value * Double(scale) <= Double(bound) else {
      throw Refusal("\(text) is too long; the longest is 3650d")
    }
    return .milliseconds(Int64((value * Double(scale)).rounded()))
  }

  /// A number and what stands behind it; nil unless it begins with digits and has at most one point.
  private static func split(_ text: String) -> (number: String, unit: String)? {
    let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
    guard let first = number.first, first != ".", number.last != ".", number.count(where: { $0 == "." }) <= 1 else { return nil }
    return (String(number), String(text.dropFirst(number.count)))
  }

  private static func suggestion(_ number: String, _ unit: String, among known: [String], others: [String: String]) -> String {
    let bare = unit.filter { $0 != " " }.uppercased()
    guard let meant = known.first(where: { $0.uppercased() == bare }) ?? others[bare] else { return "" }
    return " (did you mean \"\(number)\(meant)\"?)"
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
