// The character classes of RFC 9110 and RFC 3986 as bitmaps over ASCII. A class is two constants that stay in
// registers, so testing an octet is a shift and a mask: no table in memory, no branch per range.

/// A set of ASCII octets. Octets from 0x80 up are never members.
package struct ByteClass: Sendable {
  private let low: UInt64
  private let high: UInt64

  init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  @inline(__always)
  package func contains(_ byte: UInt8) -> Bool {
    let word = byte & 0x40 == 0 ? low : high
    return (word &>> UInt64(byte & 0x3F)) & 1 != 0 && byte < 0x80
  }

  /// `tchar`: what methods, field names and most parameters are made of (RFC 9110 §5.6.2).
  package static var token: ByteClass { ByteClass(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

  /// `unreserved / sub-delims`: the octets of a registered name, without percent escapes (RFC 3986 §3.2.2).
  package static var registeredName: ByteClass { ByteClass(low: 0x2BFF_7FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

  /// `unreserved`: the octets that mean the same escaped and plain (RFC 3986 §2.3).
  package static var unreserved: ByteClass { ByteClass(low: 0x03FF_6000_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

  /// `pchar` without percent escapes: what stands plain in a path segment (RFC 3986 §3.3).
  package static var pathSegment: ByteClass { ByteClass(low: 0x2FFF_7FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }

  /// `pchar / "/" / "?"`, the percent sign of escapes, and `[ ]`: what stands plain in a query (RFC 3986 §3.4).
  package static var query: ByteClass { ByteClass(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFF) }

  /// `etagc` below 0x80 (RFC 9110 §8.8.3).
  package static var entityTag: ByteClass { ByteClass(low: 0xFFFF_FFFA_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF) }
}

/// Octets by the names the grammar gives them.
package enum Octet {
  static var tab: UInt8 { 0x09 }
  static var lineFeed: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
  static var space: UInt8 { 0x20 }
  static var quote: UInt8 { 0x22 }
  static var number: UInt8 { 0x23 }
  static var percent: UInt8 { 0x25 }
  static var comma: UInt8 { 0x2C }
  static var dot: UInt8 { 0x2E }
  static var slash: UInt8 { 0x2F }
  static var colon: UInt8 { 0x3A }
  static var semicolon: UInt8 { 0x3B }
  static var less: UInt8 { 0x3C }
  static var equals: UInt8 { 0x3D }
  static var question: UInt8 { 0x3F }
  static var openBracket: UInt8 { 0x5B }
  static var backslash: UInt8 { 0x5C }
  static var closeBracket: UInt8 { 0x5D }
  static var grave: UInt8 { 0x60 }
  static var openBrace: UInt8 { 0x7B }
  static var closeBrace: UInt8 { 0x7D }

  /// `OWS` is made of these two (RFC 9110 §5.6.3).
  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// The value of one hexadecimal digit, in either case.
  @inline(__always)
  package static func hexValue(_ byte: UInt8) -> UInt8? {
    let digit = byte &- 0x30
    if digit < 10 { return digit }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }

  /// The upper-case hexadecimal digit of a nibble.
  static func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10
  }

  static func lowerHexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10
  }

  /// An octet as `%1B`, or with another mark before the two digits.
  package static func escaped(_ byte: UInt8, mark: UInt8 = UInt8(ascii: "%")) -> [UInt8] {
    [mark, hexDigit(byte >> 4), hexDigit(byte & 0xF)]
  }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }
}
