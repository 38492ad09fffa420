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
    if !wasComplete {
      var text = Array(line)
      if text.last == 0x0A { text.removeLast() }
      if text.last == 0x0D { text.removeLast() }
      lines.append(text)
    }
    switch collector.append(line) {
    case .more:
      require(!wasComplete || collector.head.headers.count == fieldCount, "trailers do not change a head")
    case .interim:
      require(!wasComplete && collector.head.status < 200, "an interim response comes before the final one")
    case .complete:
      require(!wasComplete, "a head is complete once")
      let head = collector.head
      outcome = .head(
        status: head.status, version: head.httpVersion, fields: head.headers.map { fieldLine($0.name, ObsText.octets($0.value)) })
    case .malformed(let reason):
      require(!reason.isEmpty && !wasComplete, "a head is refused before it is complete")
      require(plainReading(lines) == .refused, "a plain reading takes what was refused: \(reason)")
      return 0
    case .tooLarge:
      return 0
    }
  }
  require(collector.isComplete == (outcome != .partial), "a head is complete when that was said")
  let plain = plainReading(lines)
  require(plain == outcome, "\(outcome), and a plain reading: \(plain)")
  return 0
}

/// The lines of a head, without their ends, by the book (RFC 9112 §4, §5, §6); interim responses are read past.
private func plainReading(_ lines: [[UInt8]]) -> Outcome {
  if lines.contains(where: { $0.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } }) { return .refused }
  let heads = lines.split(maxSplits: 17, omittingEmptySubsequences: false) { $0.isEmpty }
  var hasInterimLength = false
  for (index, head) in heads.enumerated() {
    let isWhole = index < heads.count - 1
    if !isWhole && head.isEmpty { return .partial }
    // An empty line where a status line is due is not one.
    guard let first = head.first, let (version, status) = plainStatus(first), let fields = plainFields(head.dropFirst()) else {
      return .refused
    }
    if !isWhole { return .partial }
    let isChunked = fields.contains { $0.name.lowercased() == "transfer-encoding" }
    let hasLength = fields.contains { $0.name.lowercased() == "content-length" }
    if status == 101 || isChunked && (version == "1.0" || status < 200) || status < 200 && index == 16 { return .refused }
    if status < 200 {
      hasInterimLength = hasInterimLength || hasLength
      continue
    }
    if hasInterimLength, !hasLength, !isChunked, status != 204, status != 304 { return .refused }
    let kept = fields.filter { !isChunked || $0.name.lowercased() != "content-length" }
    return .head(status: status, version: version, fields: kept.map { fieldLine($0, $1) })
  }
  return .partial
}

private func plainStatus(_ line: [UInt8]) -> (version: String, status: Int)? {
  let words = line.split(separator: 0x20)
  guard words.count >= 2, words[0].starts(with: "HTTP/".utf8) else { return nil }
  let digits = words[1].compactMap { (0x30...0x39).contains($0) ? Int($0) - 0x30 : nil }
  guard words[1].count == 3, digits.count == 3, (1...5).contains(digits[0]) else { return nil }
  return (text(words[0].dropFirst(5)), digits.reduce(0) { $0 * 10 + $1 })
}

private func plainFields(_ lines: ArraySlice<[UInt8]>) -> [(name: String, value: [UInt8])]? {
  var fields: [(name: String, values: [[UInt8]])] = []
  for line in lines {
    let isFolded = line[0] == 0x20 || line[0] == 0x09
    let parts = isFolded ? [line[...]] : line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard isFolded ? !fields.isEmpty : parts.count == 2 && !parts[0].isEmpty else { return nil }
    if !isFolded {
      let name = trimmed(parts[0])
      if isFraming(ObsText.text(name)), name.count != parts[0].count { return nil }
      fields.append((ObsText.text(name), []))
    }
    let value = trimmed(parts[parts.count - 1])
    if isFolded, isFraming(fields[fields.count - 1].name) { return nil }
    if !value.isEmpty { fields[fields.count - 1].values.append(value) }
  }
  let joined = fields.map { ($0.name, Array($0.values.joined(separator: [0x20]))) }
  let codings = joined.filter { $0.0.lowercased() == "transfer-encoding" }.map { text($0.1).lowercased() }
  guard codings.isEmpty || codings == ["chunked"] else { return nil }
  let lengths = joined.filter { $0.0.lowercased() == "content-length" }.flatMap {
    $0.1.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { plainLength(trimmed($0)) }
  }
  return lengths.contains(nil) || Set(lengths).count > 1 ? nil : joined
}

private func isFraming(_ name: String) -> Bool { ["content-length", "transfer-encoding"].contains(name.lowercased()) }

private func plainLength(_ digits: [UInt8]) -> Int64? {
  guard !digits.isEmpty else { return nil }
  var length: Int64 = 0
  for digit in digits {
    guard (0x30...0x39).contains(digit) else { return nil }
    let (tens, overflow) = length.multipliedReportingOverflow(by: 10)
    let (sum, carry) = tens.addingReportingOverflow(Int64(digit - 0x30))
    if overflow || carry { return nil }
    length = sum
  }
  return length
}

private func trimmed(_ octets: ArraySlice<UInt8>) -> [UInt8] {
  let isBlank = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
  return Array(octets.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
}

private func fieldLine(_ name: String, _ value: [UInt8]) -> [UInt8] { Array("\(name): ".utf8) + value }

private func text(_ octets: some Sequence<UInt8>) -> String { String(decoding: Array(octets), as: UTF8.self) }
