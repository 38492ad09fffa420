// Paths and queries. The two forms of a path take the same inputs and name the same resource, neither leaves the root, and both agree with a
// plain reading: split at slashes, decode each segment, walk.

import FuzzSupport
import HTTPCore

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzTarget(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  checkPath(bytes)
  checkQuery(bytes)
  return 0
}

// MARK: Paths

private func checkPath(_ path: [UInt8]) {
  let normal = Result { () throws(TargetError) in try PathNormalization.normalize(path.span) }
  let canonical = Result { () throws(TargetError) in try PathNormalization.canonicalEncoded(path.span) }
  switch (normal, canonical) {
  case (.success(let normal), .success(let canonical)):
    checkNormal(normal)
    require((try? PathNormalization.normalize(canonical.utf8.span)) == normal, "both forms name one resource")
    require((try? PathNormalization.canonicalEncoded(canonical.utf8.span)) == canonical, "a canonical path is its own canonical form")
    require(canonical.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a canonical path is visible ASCII")
    checkEscaped(normal)
    let plain = plainReading(path)
    require(plain?.bytes == normal.bytes && plain?.hasEncodedSlash == normal.hasEncodedSlash, "the normal form is the plain reading")
  case (.failure(let one), .failure(let other)):
    require(one == other, "normalize: \(one), canonicalEncoded: \(other)")
    require(plainReading(path) == nil, "a plain reading takes what was refused: \(one)")
  default:
    fatalError("only one form takes the path")
  }
}

private func checkNormal(_ path: NormalizedPath) {
  require(path.bytes.first == UInt8(ascii: "/"), "a normal path begins with a slash")
  require(path.hasEncodedSlash == path.bytes.contains(NormalizedPath.encodedSlash), "an encoded slash is marked")
  let segments = path.bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  for (index, segment) in segments.enumerated() {
    require(!segment.isEmpty || index == segments.count - 1, "an empty segment in a normal path")
    require(!segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8), "a dot segment in a normal path")
  }
}

/// A normal path with every octet escaped but the slashes is the same path.
private func checkEscaped(_ path: NormalizedPath) {
  var escaped: [UInt8] = []
  for byte in path.bytes {
    if byte == UInt8(ascii: "/") {
      escaped.append(byte)
    } else {
      escaped.append(UInt8(ascii: "%"))
      let octet = byte == NormalizedPath.encodedSlash ? UInt8(ascii: "/") : byte
      for digit in [octet >> 4, octet & 15] { escaped.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
    }
  }
  require((try? PathNormalization.normalize(escaped.span)) == path, "normalising is idempotent")
}

/// The path by the book, without regard for cost; nil if it is to be refused.
private func plainReading(_ path: [UInt8]) -> (bytes: [UInt8], hasEncodedSlash: Bool)? {
  guard path.isEmpty || path[0] == UInt8(ascii: "/") else { return nil }
  var walked: [(bytes: [UInt8], hasEncodedSlash: Bool)] = []
  var endsInSlash = true
  for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
    var decoded: [UInt8] = []
    var hasEncodedSlash = false
    var rest = segment
    while let byte = rest.popFirst() {
      var value = byte
      if byte < 0x20 || byte == 0x7F { return nil }
      if byte == UInt8(ascii: "%") {
        guard rest.count >= 2, let high = hexDigit(rest.removeFirst()), let low = hexDigit(rest.removeFirst()) else { return nil }
        value = high * 16 + low
      }
      if value == 0 { return nil }
      if value == UInt8(ascii: "/") {
        hasEncodedSlash = true
        value = NormalizedPath.encodedSlash
      }
      decoded.append(value)
    }
    endsInSlash = true
    if decoded.elementsEqual("..".utf8) {
      if walked.popLast() == nil { return nil }
    } else if !decoded.isEmpty && !decoded.elementsEqual(".".utf8) {
      walked.append((decoded, hasEncodedSlash))
      endsInSlash = false
    }
  }
  let joined = walked.flatMap { [UInt8(ascii: "/")] + $0.bytes }
  return (endsInSlash ? joined + [UInt8(ascii: "/")] : joined, walked.contains { $0.hasEncodedSlash })
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}

// MARK: Queries

private func checkQuery(_ query: [UInt8]) {
  let parameters = QueryParameters(query.span)
  let pairs = Array(parameters)
  let plain = plainPairs(query)
  require(pairs.count == plain.count, "a pair for every piece that is not empty")
  for (pair, plain) in zip(pairs, plain) {
    require(pair.name.utf8.elementsEqual(text(plain.name).utf8), "the name is what a plain reading comes to")
    require(pair.value.utf8.elementsEqual(text(plain.value).utf8), "the value is what a plain reading comes to")
  }
  // A look-up walks the query, so a few names stand for all.
  for index in Set([0, 1, 2, plain.count / 2, plain.count - 1]) where plain.indices.contains(index) {
    let name = plain[index].name
    // Replaced octets do not name what they replaced.
    guard String(validating: name, as: UTF8.self) != nil, let first = plain.firstIndex(where: { $0.name == name }) else { continue }
    require(parameters[text(name)] == pairs[first].value, "the first pair of a name is the one that is found")
  }
}

/// The pairs of a form (URL Standard §5.1), still octets.
private func plainPairs(_ query: [UInt8]) -> [(name: [UInt8], value: [UInt8])] {
  query.split(separator: UInt8(ascii: "&")).map { piece in
    let parts = piece.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    return (plainlyDecoded(parts[0]), parts.count > 1 ? plainlyDecoded(parts[1]) : [])
  }
}

private func plainlyDecoded(_ piece: ArraySlice<UInt8>) -> [UInt8] {
  var decoded: [UInt8] = []
  var rest = piece
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), rest.count >= 2, let high = hexDigit(rest[rest.startIndex]), let low = hexDigit(rest[rest.startIndex + 1])
    {
      decoded.append(high * 16 + low)
      rest = rest.dropFirst(2)
    } else {
      decoded.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
    }
  }
  return decoded
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
