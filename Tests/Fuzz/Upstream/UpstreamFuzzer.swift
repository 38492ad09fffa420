// The head of an upstream's response, as libcurl hands it over: line by line, interim responses first, trailers after the content. It is what a
// plain reading of all the lines comes to, octet by octet.

import FuzzSupport
import HTTPCore
import UpstreamClient

private enum Outcome: Equatable {
  case partial
  case refused
  case head(status: Int, version: String, fields: [[UInt8]])
}

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzUpstream(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var rest = UnsafeRawBufferPointer(start: data, count: count)[...]
  var collector = UpstreamHeadCollector()
  var outcome = Outcome.partial
  var lines: [[UInt8]] = []
  while !rest.isEmpty {
    let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
    let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
    rest = rest[end...]
    let fieldCount = collector.head.headers.count
    let wasComplete = collector.isComplete
    if !wasComplete { lines.append(line.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed()) }
    switch collector.append(line) {
    case .more:
      require(!wasComplete || collector.head.headers.count == fieldCount, "trailers do not change a head")
    case .complete:
      require(!wasComplete, "a head is complete once")
      let head = collector.head
      outcome = .head(status: head.status, version: head.httpVersion, fields: head.headers.map { fieldLine($0, ObsText.octets($1)) })
    case .malformed(let reason):
      require(!reason.isEmpty && !wasComplete, "a head is refused before it is complete")
      require(plainReading(lines) == .refused, "a plain reading takes what was refused: \(reason)")
      return 0
    case .tooLarge:
      require(!wasComplete, "a head is refused before it is complete")
      return 0
    }
  }
  require(collector.isComplete == (outcome != .partial), "a head is complete when that was said")
  let plain = plainReading(lines)
  require(plain == outcome, "\(outcome), and a plain reading: \(plain)")
  return 0
}

/// The lines of a head, without their ends, by the book (RFC 9112 §4, §5); interim responses are read past.
private func plainReading(_ lines: [[UInt8]]) -> Outcome {
  let heads = lines.split(maxSplits: 17, omittingEmptySubsequences: false) { $0.isEmpty }
  for (index, head) in heads.enumerated() {
    let isWhole = index < heads.count - 1
    if !isWhole && head.isEmpty { return .partial }
    // An empty line where a status line is due is not one.
    guard let first = head.first, let (version, status) = plainStatus(first), let fields = plainFields(head.dropFirst()) else {
      return .refused
    }
    if !isWhole { return .partial }
    if status == 101 || (status < 200 && index == 16) { return .refused }
    if status >= 200 { return .head(status: status, version: version, fields: fields.map { fieldLine($0, $1) }) }
  }
  return .partial
}

private func plainStatus(_ line: [UInt8]) -> (version: String, status: Int)? {
  let words = line.split(separator: 0x20)
  guard words.count >= 2, words[0].starts(with: "HTTP/".utf8) else { return nil }
  let digits = words[1].compactMap { (0x30...0x39).contains($0) ? Int($0) - 0x30 : nil }
  guard words[1].count == 3, digits.count == 3, digits[0] > 0 else { return nil }
  return (text(words[0].dropFirst(5)), digits.reduce(0) { $0 * 10 + $1 })
}

private func plainFields(_ lines: ArraySlice<[UInt8]>) -> [(name: String, value: [UInt8])]? {
  var fields: [(name: String, values: [[UInt8]])] = []
  for line in lines {
    let isFolded = line[0] == 0x20 || line[0] == 0x09
    let parts = isFolded ? [line[...]] : line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard isFolded ? !fields.isEmpty : parts.count == 2 && !parts[0].isEmpty else { return nil }
    if !isFolded { fields.append((text(parts[0]), [])) }
    let isBlank = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
    let value = Array(parts[parts.count - 1].drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    if isFolded, fields[fields.count - 1].name.lowercased() == "content-length" { return nil }
    if !value.isEmpty { fields[fields.count - 1].values.append(value) }
  }
  let joined = fields.map { ($0.name, Array($0.values.joined(separator: [0x20]))) }
  return Set(joined.filter { $0.0.lowercased() == "content-length" }.map { ObsText.text($0.1) }).count > 1 ? nil : joined
}

private func fieldLine(_ name: String, _ value: [UInt8]) -> [UInt8] { Array("\(name): ".utf8) + value }

private func text(_ octets: some Sequence<UInt8>) -> String { String(decoding: Array(octets), as: UTF8.self) }
