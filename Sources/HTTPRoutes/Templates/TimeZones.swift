// The zones of the time zone database, each read once for a configuration.

/// Reads zones by name and keeps them. Confined to the loading of a configuration.
package final class TimeZones {
  /// Where Debian's and most others' database is.
  private static let directory = "/usr/share/zoneinfo"
  /// In octets; the largest file of the database has a twentieth of it.
  private static let maxFileSize = 1 << 16

  private var zones: [String: TimeZoneRules] = [:]

  package init() {}

  /// The zone of this name, `Europe/Berlin`, `UTC`, or an offset such as `+02:00`.
  func zone(_ name: String) throws(Refusal) -> TimeZoneRules {
    if let zone = zones[name] { return zone }
    let zone = try Self.read(name)
    zones[name] = zone
    return zone
  }

  private static func read(_ name: String) throws(Refusal) -> TimeZoneRules {
    if name == "UTC" { return TimeZoneRules(name: name, offset: 0) }
    if let offset = offset(name) { return TimeZoneRules(name: name, offset: offset) }
    let unknown = "unknown time zone \"\(name.excerpted)\"; write one such as Europe/Berlin, UTC or +02:00"
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...4).contains(parts.count), parts.allSatisfy({ isPart($0) }) else { throw Refusal(unknown) }
    switch ConfiguredFiles.read("\(directory)/\(name)", limit: maxFileSize) {
    case .success(let octets):
      guard let zone = TimeZoneRules(name: name, octets: octets) else { throw Refusal("\(directory)/\(name) is not a time zone") }
      return zone
    case .failure:
      guard case .success = ConfiguredFiles.examine(directory) else {
        throw Refusal("there is no time zone database in \(directory); Debian: apt install tzdata")
      }
      throw Refusal(unknown)
    }
  }

  private static func isPart(_ text: Substring) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || "_-+".utf8.contains($0) }
  }

  /// `+02:00` in seconds.
  private static func offset(_ text: String) -> Int? {
    let octets = Array(text.utf8)
    guard octets.count == 6, octets[0] == UInt8(ascii: "+") || octets[0] == UInt8(ascii: "-"), octets[3] == UInt8(ascii: ":"),
      let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)), (0..<24).contains(hours), (0..<60).contains(minutes)
    else { return nil }
    return (octets[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
