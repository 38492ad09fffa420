// The request head. What is understood may not depend on how the octets arrive nor on what follows them, every part lies where the head says,
// and the framing is what a second, plain reading of the fields comes to.

import FuzzSupport
import HTTPCore

private enum Outcome: Equatable {
  case head(RequestHead)
  case more
  case error(HeadError)
}

private func parse(_ parser: inout HeadParser, _ bytes: Span<UInt8>) -> Outcome {
  do throws(HeadError) {
    return try parser.parse(bytes) ? .head(parser.head) : .more
  } catch {
    return .error(error)
  }
}

nonisolated(unsafe) private var usedParser = HeadParser()

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzHead(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = FuzzInput(data, count)
  let bytes = input.bytes
  var parser = HeadParser(limits: input.wantsLowLimits ? HeadLimits(requestLine: 40, head: 160, fields: 4) : HeadLimits())
  let whole = parse(&parser, bytes.span)
  if !input.wantsLowLimits {
    // As a server has it: one parser for all heads, whatever came before.
    usedParser.reset()
    let used = parse(&usedParser, bytes.span)
    require(used == whole, "by a new parser: \(whole), by one that has read others: \(used)")
  }
  parser.reset()
  var split = Outcome.more
  for end in input.cuts {
    split = parse(&parser, bytes.span.extracting(0..<end))
    if split != .more { break }
  }
  require(whole == split, "whole: \(whole), split: \(split)")
  switch whole {
  case .more: break
  case .error(let error): require([400, 414, 417, 431, 501, 505].contains(error.status), "\(error)")
  case .head(let head):
    parser.reset()
    require(parse(&parser, bytes.span.extracting(0..<head.byteCount)) == whole, "what follows a head changes it")
    parser.reset()
    require(parse(&parser, bytes.span.extracting(0..<head.byteCount - 1)) == .more, "the head is complete before its end")
    checkParts(head, bytes)
    checkFraming(head, bytes)
    checkPath(head, bytes)
  }
  return 0
}

/// The parts come in the order of the grammar, each of the octets that it may have.
private func checkParts(_ head: RequestHead, _ bytes: [UInt8]) {
  require(bytes[..<head.byteCount].suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]), "a head ends in an empty line")
  require(isToken(bytes[head.method]), "the method is no token")
  require(head.method.upperBound + 1 == head.target.lowerBound, "one space before the target")
  require(!head.target.isEmpty && bytes[head.target].allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }, "the target")
  let query = head.query.map { $0.lowerBound..<$0.upperBound } ?? head.target.upperBound..<head.target.upperBound
  let before = bytes[head.target.lowerBound..<query.lowerBound]
  require(before.allSatisfy { $0 < 0x7F && !"\"<>\\`{}".utf8.contains($0) }, "what is before the query")
  require(head.target.lowerBound <= head.path.lowerBound && head.path.upperBound <= head.target.upperBound, "the path is in the target")
  if let query = head.query {
    require(head.path.upperBound + 1 == query.lowerBound && query.upperBound == head.target.upperBound, "the query ends the target")
  }
  var end = head.target.upperBound + " HTTP/1.1\r\n".utf8.count
  for line in head.fields {
    require(line.name.lowerBound == end && isToken(bytes[line.name]), "a field name begins its line and is a token")
    require(bytes[line.name.upperBound] == UInt8(ascii: ":"), "a colon ends the name")
    let blank = bytes[line.name.upperBound + 1..<line.value.lowerBound]
    require(blank.allSatisfy { $0 == 0x20 || $0 == 0x09 }, "blanks before the value")
    let value = bytes[line.value]
    require(value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a control octet in a value")
    require(value.first != 0x20 && value.first != 0x09 && value.last != 0x20 && value.last != 0x09, "blanks around a value")
    end = line.value.upperBound
    while bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
    require(bytes[end] == 0x0D && bytes[end + 1] == 0x0A, "CR LF ends a line")
    end += 2
    require(line.field == KnownField(text(bytes[line.name])) && head.present.contains(line.field), "a field is known by its name")
  }
  require(end + 2 == head.byteCount, "nothing lies between the fields and the end")
  require(head.version == .http10 || head.version == .http11, "the version")
  require(head.host != nil || head.version == .http10, "a request of 1.1 has a host")
}

private func checkFraming(_ head: RequestHead, _ bytes: [UInt8]) {
  func values(of name: String) -> [String] {
    head.fields.filter { text(bytes[$0.name]).lowercased() == name }.map { text(bytes[$0.value]) }
  }
  let lengths = values(of: "content-length")
  let codings = values(of: "transfer-encoding")
  switch head.framing {
  case .none: require(codings.isEmpty && (lengths.isEmpty || lengths.count == 1 && lengths[0].allSatisfy { $0 == "0" }), "no content")
  case .length(let length):
    require(codings.isEmpty && lengths.count == 1 && UInt64(lengths[0]) == length && lengths[0].first != "+", "one length")
    require(length > 0 && length <= UInt64(Int64.max), "a length that can be counted")
  case .chunked:
    require(lengths.isEmpty && codings.count == 1 && codings[0].lowercased() == "chunked", "chunked and nothing else")
    require(head.version == .http11, "chunked came with 1.1")
  }
  for name in ["host", "content-type", "authorization", "origin"] { require(values(of: name).count <= 1, "one \(name)") }
  let options = values(of: "connection").flatMap { $0.lowercased().split(whereSeparator: { ", \t".contains($0) }) }
  let keepsAlive = head.version == .http11 || options.contains("keep-alive")
  require(head.persists == (keepsAlive && !options.contains("close")), "persistence is as the Connection field has it")
  require(!head.expectsContinue || head.framing != .none && head.version == .http11, "nobody waits to send nothing")
}

private func checkPath(_ head: RequestHead, _ bytes: [UInt8]) {
  guard head.pathIsCanonical else { return }
  let path = bytes[head.path]
  let normal = try? PathNormalization.normalize(Array(path).span)
  require(normal?.bytes.elementsEqual(path) ?? false, "a canonical path is its own normal form")
}

private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

private func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
  !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
}
