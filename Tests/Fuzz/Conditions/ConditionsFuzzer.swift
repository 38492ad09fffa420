// The fields that decide what of a representation is sent: ranges, conditions, dates, entity tags, weights. The last octet chooses the size
// and the method; the lines of the input are the values. What is read is what plain readings come to (PlainReadings.swift), and what is
// written again reads the same.

import FuzzSupport
import HTTPCore

private let sizes: [Int64] = [0, 1, 2, 10, 1000, 1 << 31, .max - 1, .max]

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzConditions(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let octets = UnsafeBufferPointer(start: data, count: count)
  let choice = Int(octets.last ?? 0)
  let lines = octets.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  for line in lines {
    checkRanges(line, size: sizes[choice & 7])
    checkEntityTags(line)
    checkDate(line)
    checkSyntax(line)
    checkCodings(line)
  }
  checkPreconditions(lines, choice)
  return 0
}

private func checkRanges(_ value: String, size: Int64) {
  let parsed = ByteRanges.parse(value, size: size)
  require(parsed == plainRanges(value, size: size), "\(parsed) of \(size)")
  guard case .ranges(let ranges) = parsed else { return }
  require((1...16).contains(ranges.count), "ranges are bounded")
  for range in ranges {
    require(range.lowerBound >= 0 && range.lowerBound < range.upperBound && range.upperBound <= size, "\(range) of \(size)")
  }
  let spelled = "bytes=" + ranges.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
  require(ByteRanges.parse(spelled, size: size) == .ranges(ranges), "ranges that are written again read the same")
}

private func checkEntityTags(_ value: String) {
  let tag = EntityTag(value)
  require((tag != nil) == isPlainlyTag(value), "a tag is what a plain reading takes for one")
  if let tag {
    require(tag.text == value && EntityTag(tag.text) == tag, "a tag is written as it was read")
    require(tag.matchesWeakly(tag) && tag.matchesStrongly(tag) == !tag.isWeak, "a tag matches itself")
  }
  if case .tags(let tags) = EntityTag.Condition(value) {
    require(EntityTag.Condition(tags.map(\.text).joined(separator: ", ")) == .tags(tags), "tags that are written again read the same")
  }
}

private func checkDate(_ value: String) {
  let date = HTTPDate.parse(value, now: 1_800_000_000)
  if let plain = plainDate(value) { require(date == plain, "the date that the C library reads") }
  guard let date else { return }
  // A leap second at the end of 9999 is the one date that can be read and not be written.
  let writable = min(date, 253_402_300_799)
  let text = HTTPDate.string(date)
  require(text.utf8.count == HTTPDate.length, "a date has 29 octets")
  require(text == plainText(ofDate: writable), "the text that the C library writes")
  require(HTTPDate.parse(text, now: 0) == writable, "a date that is written again reads the same")
}

private func checkSyntax(_ value: String) {
  let elements = FieldSyntax.listElements(value)
  for element in elements { require(!element.isEmpty && FieldSyntax.trimmed(element) == element, "elements are trimmed and not empty") }
  if !value.utf8.contains(UInt8(ascii: "\"")) { require(elements == plainElements(value), "a list is split at its commas") }
  if let quoted = FieldSyntax.quoted(value) {
    require(FieldSyntax.unquoted(quoted[...]) == value, "what was quoted unquotes to itself")
    require(FieldSyntax.listElements(quoted) == [quoted[...]], "a quoted string is one element")
  }
  _ = MediaType.forFileName(value)
}

private func checkCodings(_ value: String) {
  let accepted = FieldSyntax.weightedElements(value)
  for element in accepted { require((0...1000).contains(element.weight), "a weight of \(element.weight)") }
  func weight(_ names: String...) -> Int? { accepted.first { names.contains($0.value) }?.weight }
  let others = weight("*") ?? 0
  let weights = [ContentCoding.brotli: weight("br") ?? others, .gzip: weight("gzip", "x-gzip") ?? others]
  let most = weights.values.max() ?? 0
  switch ContentCoding.choose(acceptEncoding: value, among: [.brotli, .gzip]) {
  case .coding(let coding):
    require(weights[coding] == most && most > 0 && most >= weight("identity") ?? 0, "what the client weighs highest is chosen")
    require(coding == .brotli || weights[.brotli] ?? 0 < most, "of equals the first is chosen")
  case .identity: require(most == 0 || weight("identity") ?? 0 > most, "the plain representation is chosen without a reason")
  case .notAcceptable: require(most == 0 && weight("identity") ?? others == 0, "something is acceptable")
  }
}

private func checkPreconditions(_ lines: [String], _ choice: Int) {
  func line(_ index: Int) -> String? { index < lines.count && !lines[index].isEmpty ? lines[index] : nil }
  let conditions = Preconditions(
    ifMatch: line(0), ifNoneMatch: line(1), ifModifiedSince: line(2), ifUnmodifiedSince: line(3), ifRange: line(4))
  let isGetOrHead = choice & 8 == 0
  let tag = choice & 16 == 0 ? nil : EntityTag(isWeak: choice & 32 == 0, opaque: "a")
  let lastModified: Int64? = choice & 64 == 0 ? nil : 784_111_777
  let outcome = conditions.evaluate(isGetOrHead: isGetOrHead, entityTag: tag, lastModified: lastModified, now: 1_800_000_000)
  require(outcome != .notModified || isGetOrHead, "304 is for GET and HEAD")
  require(outcome != .notModified || conditions.ifNoneMatch != nil || conditions.ifModifiedSince != nil, "304 needs a condition")
  require(!conditions.isEmpty || outcome == .proceed, "without conditions there is nothing to fail")
  let applies = conditions.rangeApplies(entityTag: tag, lastModified: lastModified, now: 1_800_000_000)
  require(!applies || conditions.ifRange == nil || tag?.isWeak == false || lastModified != nil, "a range needs a strong validator")
}
