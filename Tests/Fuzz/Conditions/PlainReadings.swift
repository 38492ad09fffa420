// The same fields by the book, without regard for cost and by other means: what the fuzz target compares the server's readings with.

import Glibc
import HTTPCore

/// A Range field (RFC 9110 §14.1.2), and the two kinds of set that are not worth answering.
func plainRanges(_ value: String, size: Int64) -> ByteRanges {
  let halves = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  guard halves.count == 2, ["bytes"].contains(asciiLowercased(halves[0])) else { return .ignore }
  let elements = plainElements(halves[1])
  guard (1...16).contains(elements.count) else { return .ignore }
  guard size > 0 else { return .ignore }
  var ranges: [Range<Int64>] = []
  for element in elements {
    let parts = element.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Array($0) }
    guard parts.count == 2, parts.joined().allSatisfy({ (0x30...0x39).contains($0) }) else { return .ignore }
    // A number past the end of everything is as good as the greatest.
    let numbers = parts.map { $0.isEmpty ? nil : Int64(String(decoding: $0, as: UTF8.self)) ?? .max }
    switch (numbers[0], numbers[1]) {
    case (nil, nil): return .ignore
    case (nil, let length?):
      if length > 0 { ranges.append(size - min(length, size)..<size) }
    case (let first?, let last):
      if let last, last < first { return .ignore }
      if first < size { ranges.append(first..<min(last ?? .max, size - 1) + 1) }
    }
  }
  if ranges.isEmpty { return .unsatisfiable }
  let overlapping = ranges.indices.filter { index in
    ranges.indices.contains { other in
      let (one, before) = (ranges[index], ranges[other])
      let isBefore = before.lowerBound < one.lowerBound || before.lowerBound == one.lowerBound && other < index
      return isBefore && before.upperBound > one.lowerBound
    }
  }
  return overlapping.count > 1 ? .ignore : .ranges(ranges)
}

/// The elements of a list without quoted strings.
func plainElements(_ value: String) -> [Substring] {
  value.utf8.split(separator: UInt8(ascii: ",")).compactMap { element in
    let text = Substring(element.drop { $0 == 0x20 || $0 == 0x09 })
    let blanks = text.utf8.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count
    let trimmed = Substring(text.utf8.dropLast(blanks))
    return trimmed.isEmpty ? nil : trimmed
  }
}

/// `entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE` (RFC 9110 §8.8.3)
func isPlainlyTag(_ value: String) -> Bool {
  var octets = Array(value.utf8)[...]
  if octets.starts(with: "W/".utf8) { octets = octets.dropFirst(2) }
  guard octets.count >= 2, octets.first == 0x22, octets.last == 0x22 else { return false }
  return octets.dropFirst().dropLast().allSatisfy { $0 == 0x21 || $0 >= 0x23 && $0 != 0x7F }
}

/// A date in the form that is written today, by the C library; nil also for what it would write otherwise.
func plainDate(_ value: String) -> Int64? {
  let words = value.split(whereSeparator: { " :".contains($0) })
  guard value.utf8.count == 29, words.count == 8, let month = months.firstIndex(where: { words[2] == $0 }) else { return nil }
  // Digits alone: the C library writes the year -21 as it may be read, in four characters.
  let numbers = [1, 3, 4, 5, 6].compactMap { words[$0].utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int32(words[$0]) : nil }
  guard numbers.count == 5 else { return nil }
  var parts = tm()
  (parts.tm_mday, parts.tm_year, parts.tm_hour, parts.tm_min, parts.tm_sec) = (
    numbers[0], numbers[1] - 1900, numbers[2], numbers[3], numbers[4]
  )
  parts.tm_mon = Int32(month)
  let date = Int64(timegm(&parts))
  return plainText(ofDate: date) == value ? date : nil
}

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
/// With the year in four digits: `%Y` by itself writes 997 for the year 0997.
private let dateFormat = "%a, %d %b %04Y %H:%M:%S GMT"

func plainText(ofDate date: Int64) -> String {
  var (time, parts) = (time_t(date), tm())
  gmtime_r(&time, &parts)
  return String(unsafeUninitializedCapacity: 64) { buffer in
    buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress!, $0.count, dateFormat, &parts) }
  }
}

private func asciiLowercased(_ text: String) -> String {
  String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}
