// UTF-8 (RFC 3629 section 4), octet by octet, without the generic code of the standard library: it runs for every octet
// of a body.

package enum UTF8Text {
  /// The octets of the scalar that begins at `index`, 1 to 4; 0 where no scalar does.
  @inline(__always)
  package static func length(of octets: Span<UInt8>, at index: Int) -> Int {
    let first = octets[index]
    if first < 0x80 { return 1 }
    let length: Int
    // Overlong spellings, surrogates and what is beyond U+10FFFF differ from others in their second octet.
    let second: ClosedRange<UInt8>
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard index + length <= octets.count, second.contains(octets[index + 1]) else { return 0 }
    for offset in 2..<max(length, 2) where octets[index + offset] & 0xC0 != 0x80 { return 0 }
    return length
  }

  /// The octets as a string; nil where they are not UTF-8.
  package static func string(_ octets: Span<UInt8>) -> String? {
    guard let text = try? UTF8Span(validating: octets) else { return nil }
    return String(copying: text)
  }
}
