// The time of a zone, from the files of the time zone database (RFC 9636) and the rule that they end in.

/// When a zone's time is how far ahead of UTC.
package final class TimeZoneRules: Sendable {
  /// A time that a zone keeps for a while.
  struct LocalTime: Equatable, Sendable {
    /// Ahead of UTC, in seconds.
    let offset: Int
    let name: String
  }

  /// As the configuration has it, `Europe/Berlin`.
  package let name: String
  /// When each of `times` begins, in seconds since 1970, rising.
  private let starts: [Int64]
  private let times: [LocalTime]
  /// Before the first of `starts`.
  private let initial: LocalTime
  /// After the last of `starts`; nil where the last goes on.
  private let rule: TimeZoneRule?

  /// A zone that never changes.
  init(name: String, offset: Int) {
    self.name = name
    starts = []
    times = []
    initial = LocalTime(offset: offset, name: name)
    rule = nil
  }

  /// Reads a file of the database; nil for one that is damaged, or of version 1, which ends in 2038.
  package init?(name: String, octets: [UInt8]) {
    guard let file = TimeZoneFile(octets) else { return nil }
    self.name = name
    starts = file.starts
    times = file.times
    initial = file.initial
    rule = file.rule
  }

  func time(at seconds: Int64) -> LocalTime {
    // The last start that is not later.
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    if low == starts.count, let rule { return rule.time(at: seconds) }
    return low == 0 ? initial : times[low - 1]
  }

  /// The same time in this zone.
  func converting(_ time: TemplateTime) -> TemplateTime {
    let local = self.time(at: time.seconds)
    return time.shown(offset: local.offset, zoneName: local.name)
  }
}

extension TimeZoneRules: Equatable {
  package static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool { left.name == right.name }
}

/// What a file of the database says (RFC 9636 §3.1 and §3.2).
private struct TimeZoneFile {
  private(set) var starts: [Int64] = []
  private(set) var times: [TimeZoneRules.LocalTime] = []
  private(set) var initial = TimeZoneRules.LocalTime(offset: 0, name: "UTC")
  private(set) var rule: TimeZoneRule?

  private let octets: [UInt8]

  private struct Header {
    let count: (isUTC: Int, isStandard: Int, leap: Int, transition: Int, type: Int, name: Int)

    func length(timeSize: Int) -> Int {
      count.transition * (timeSize + 1) + count.type * 6 + count.name + count.leap * (timeSize + 4) + count.isStandard + count.isUTC
    }
  }

  init?(_ octets: [UInt8]) {
    self.octets = octets
    guard let first = header(at: 0), octets[4] >= UInt8(ascii: "2") else { return nil }
    // The data of version 1 comes first.
    let second = 44 + first.length(timeSize: 4)
    guard let header = header(at: second), header.count.type > 0 else { return nil }
    let start = second + 44
    let end = start + header.length(timeSize: 8)
    guard end <= octets.count, readTransitions(header, from: start) else { return nil }
    readRule(from: end)
  }

  private func header(at start: Int) -> Header? {
    guard start >= 0, start + 44 <= octets.count, octets[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
    let counts = (0..<6).map { number(at: start + 20 + $0 * 4, count: 4) }
    guard counts.allSatisfy({ (0...10_000).contains($0) }) else { return nil }
    return Header(count: (Int(counts[0]), Int(counts[1]), Int(counts[2]), Int(counts[3]), Int(counts[4]), Int(counts[5])))
  }

  private func number(at start: Int, count: Int) -> Int64 {
    let bits = octets[start..<start + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return count == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
  }

  /// False for a file whose parts contradict each other.
  private mutating func readTransitions(_ header: Header, from start: Int) -> Bool {
    let indices = start + header.count.transition * 8
    let types = indices + header.count.transition
    let names = types + header.count.type * 6
    func type(_ index: Int) -> TimeZoneRules.LocalTime? {
      guard index < header.count.type else { return nil }
      let place = types + index * 6
      let (offset, name) = (Int(number(at: place, count: 4)), Int(octets[place + 5]))
      guard abs(offset) < 86_400, name < header.count.name else { return nil }
      let text = octets[names + name..<names + header.count.name].prefix { $0 != 0 }
      return TimeZoneRules.LocalTime(offset: offset, name: String(decoding: text, as: UTF8.self))
    }
    guard let first = type(0) else { return false }
    initial = first
    for index in 0..<header.count.transition {
      let start = number(at: start + index * 8, count: 8)
      guard let time = type(Int(octets[indices + index])), starts.last.map({ $0 < start }) ?? true else { return false }
      starts.append(start)
      times.append(time)
    }
    return true
  }

  /// The rule stands in a line of its own.
  private mutating func readRule(from start: Int) {
    guard start < octets.count, octets[start] == 0x0A else { return }
    let line = octets[(start + 1)...].prefix { $0 != 0x0A }
    rule = TimeZoneRule(parsing: String(decoding: line, as: UTF8.self))
  }
}
