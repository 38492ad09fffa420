// The words of JSON (RFC 8259) in octets: white space, numbers, the plain part of a string, the digits of an escape.
// Each function looks at a bounded piece once and keeps nothing.

enum JSONScanner {
  /// The first position from `start` on that is not white space, or the end.
  @inline(__always)
  static func skippingSpace(in octets: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < octets.count, isSpace(octets[position]) { position += 1 }
    return position
  }

  @inline(__always)
  static func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 }

  /// Whether an octet behind a number makes both of them something that is not a number.
  static func isNumberOctet(_ octet: UInt8) -> Bool {
    octet &- 0x30 < 10 || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-") || octet == UInt8(ascii: ".")
      || octet | 0x20 == UInt8(ascii: "e")
  }

  /// Where the longest number that begins at `start` ends (RFC 8259 §6); nil if none does.
  static func numberEnd(in octets: Span<UInt8>, from start: Int) -> Int? {
    var position = start
    if position < octets.count, octets[position] == UInt8(ascii: "-") { position += 1 }
    let whole = digitsEnd(in: octets, from: position)
    guard whole > position, whole == position + 1 || octets[position] != UInt8(ascii: "0") else { return nil }
    position = whole
    if position < octets.count, octets[position] == UInt8(ascii: ".") {
      let end = digitsEnd(in: octets, from: position + 1)
      guard end > position + 1 else { return nil }
      position = end
    }
    if position < octets.count, octets[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < octets.count, octets[position] == UInt8(ascii: "+") || octets[position] == UInt8(ascii: "-") { position += 1 }
      let end = digitsEnd(in: octets, from: position)
      guard end > position else { return nil }
      position = end
    }
    return position
  }

  @inline(__always)
  private static func digitsEnd(in octets: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < octets.count, octets[position] &- 0x30 < 10 { position += 1 }
    return position
  }

  /// Where the first quote, backslash or control character from `start` on stands; `end` if there is none before it.
  @inline(__always)
  static func plainEnd(in octets: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var position = start
    while position < end {
      let octet = octets[position]
      if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") || octet < 0x20 { break }
      position += 1
    }
    return position
  }

  /// What four hexadecimal digits mean; nil if they are not there.
  static func codeUnit(in octets: Span<UInt8>, at start: Int) -> UInt32? {
    guard octets.count - start >= 4 else { return nil }
    var result: UInt32 = 0
    for position in start..<start + 4 {
      guard let digit = hexValue(octets[position]) else { return nil }
      result = result << 4 | digit
    }
    return result
  }

  private static func hexValue(_ octet: UInt8) -> UInt32? {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(octet - 0x30)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(octet - 0x37)
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(octet - 0x57)
    default: nil
    }
  }
}
