// A chunked body by the grammar of RFC 9112 §7.1, read whole, line by line and backwards where that is easier: what the decoder, which goes octet
// by octet, is compared with.

enum PlainBody {
  case partial
  case refused
  case body(content: [UInt8], trailers: [String], end: Int)

  static func read(_ bytes: [UInt8]) -> PlainBody {
    var rest = bytes[...]
    var content: [UInt8] = []
    while true {
      guard let line = takeLine(&rest) else { return canBecomeChunkLine(rest) ? .partial : .refused }
      guard let size = chunkSize(line) else { return .refused }
      if size == 0 { break }
      let data = rest.prefix(Int(min(size, UInt64(rest.count))))
      content += data
      rest = rest.dropFirst(data.count)
      if UInt64(data.count) < size { return .partial }
      if rest.isEmpty || rest.elementsEqual([0x0D]) { return .partial }
      guard rest.starts(with: [0x0D, 0x0A]) else { return .refused }
      rest = rest.dropFirst(2)
    }
    var trailers: [String] = []
    while let line = takeLine(&rest) {
      if line.isEmpty { return .body(content: content, trailers: trailers, end: rest.startIndex) }
      guard let trailer = field(line) else { return .refused }
      trailers.append(trailer)
    }
    return isText(rest.last == 0x0D ? rest.dropLast() : rest) ? .partial : .refused
  }

  /// What stands before the next CR LF; nil if there is none.
  private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = rest.indices.first(where: { rest[$0...].starts(with: [0x0D, 0x0A]) }) else { return nil }
    defer { rest = rest[(end + 2)...] }
    return rest[..<end]
  }

  // MARK: The line of a chunk

  /// `chunk-size [ chunk-ext ]`, without its end; nil if it is not one.
  private static func chunkSize(_ line: ArraySlice<UInt8>) -> UInt64? {
    let digits = line.prefix(while: isHexDigit)
    guard !digits.isEmpty, digits.count <= 16, isText(line), areExtensions(line.dropFirst(digits.count)) else { return nil }
    return UInt64(String(decoding: digits, as: UTF8.self), radix: 16).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil }
  }

  /// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`
  private static func areExtensions(_ text: ArraySlice<UInt8>) -> Bool {
    var pieces = piecesOutsideQuotes(text)
    if pieces.count == 1 { return text.isEmpty }
    guard trimmed(pieces.removeFirst()).isEmpty else { return false }
    for (index, piece) in pieces.enumerated() {
      // BWS stands before a semicolon or an equals sign: nothing follows the last extension.
      if index == pieces.count - 1, let last = piece.last, isBlank(last) { return false }
      let parts = piece.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
      guard isToken(parts[0]) else { return false }
      if parts.count == 2, !isToken(parts[1]), !isQuotedString(parts[1]) { return false }
    }
    return true
  }

  /// Whether octets without a line end may be the beginning of a chunk's line: some end makes one of them.
  private static func canBecomeChunkLine(_ rest: ArraySlice<UInt8>) -> Bool {
    if rest.isEmpty { return true }
    let line = rest.last == 0x0D ? rest.dropLast() : rest
    if chunkSize(line) != nil { return true }
    if line.count < rest.count { return false }
    return ["a", "\"", "a\"", ";a", "=a"].contains { chunkSize(line + Array($0.utf8)) != nil }
  }

  private static func piecesOutsideQuotes(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var ends: [Int] = []
    var isQuoted = false
    var isEscaped = false
    for (index, byte) in zip(text.indices, text) {
      if isEscaped {
        isEscaped = false
      } else if isQuoted && byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if byte == UInt8(ascii: ";") && !isQuoted {
        ends.append(index)
      }
    }
    let starts = [text.startIndex] + ends.map { $0 + 1 }
    return zip(starts, ends + [text.endIndex]).map { text[$0..<$1] }
  }

  private static func isQuotedString(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else { return false }
    var inner = text.dropFirst().dropLast()
    while let byte = inner.popFirst() {
      if byte == UInt8(ascii: "\"") { return false }
      if byte == UInt8(ascii: "\\"), inner.popFirst() == nil { return false }
    }
    return true
  }

  // MARK: Trailers and octets

  private static func field(_ line: ArraySlice<UInt8>) -> String? {
    let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, isToken(parts[0]), isText(parts[1]) else { return nil }
    return "\(String(decoding: parts[0], as: UTF8.self)): \(String(decoding: trimmed(parts[1]), as: UTF8.self))"
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }

  private static func isText(_ octets: ArraySlice<UInt8>) -> Bool { octets.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 } }
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func isToken(_ octets: ArraySlice<UInt8>) -> Bool {
    !octets.isEmpty && octets.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
  }
}
