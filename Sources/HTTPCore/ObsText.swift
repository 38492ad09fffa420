// Octets of a field value that are no UTF-8, obs-text in RFC 9110 §5.5: what other servers send passes through this one
// as it came.
//
// A String cannot hold such octets. In a value that may have some they are spelled with the last 128 scalars of
// Unicode, U+10FF80 for octet 0x80 to U+10FFFF for 0xFF: private use and two noncharacters, which no text has. Where a
// value has them all the same, each of their octets is spelled so in turn, and whatever came is what goes out. (Python
// does the same with surrogates, PEP 383; a Swift String takes none.)

package enum ObsText {
  private static let first: UInt32 = 0x10_FF80
  /// UTF-8 of every such scalar begins with F4 8F, and then BE or BF.
  private static let lead: (UInt8, UInt8, UInt8) = (0xF4, 0x8F, 0xBE)

  // MARK: Reading

  /// The text of a field value's octets.
  package static func text(_ octets: some Collection<UInt8>) -> String { text(Array(octets).span) }

  /// The same. At a cost of some nanoseconds an octet, whatever they are: a body may have millions.
  package static func text(_ octets: Span<UInt8>) -> String {
    if let valid = UTF8Text.string(octets), !isSpelled(in: valid) { return valid }
    var text: [UInt8] = []
    text.reserveCapacity(octets.count * 2)
    var index = 0
    while index < octets.count {
      let length = UTF8Text.length(of: octets, at: index)
      if length == 1 {
        text.append(octets[index])
      } else if length == 0 || octet(in: octets, at: index) != nil {
        // What is no UTF-8, and what would be read as one of our scalars: octets of 0x80 and up.
        for offset in 0..<max(length, 1) { append(spelling: octets[index + offset], to: &text) }
      } else {
        for offset in 0..<length { text.append(octets[index + offset]) }
      }
      index += max(length, 1)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func append(spelling octet: UInt8, to text: inout [UInt8]) {
    text.append(lead.0)
    text.append(lead.1)
    text.append(lead.2 | octet >> 6 & 1)
    text.append(0x80 | octet & 0x3F)
  }

  // MARK: Writing

  /// Whether the text has octets to spell out: nearly none has.
  package static func isSpelled(in text: String) -> Bool { isSpelled(in: text.utf8.span) }

  static func isSpelled(in bytes: Span<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      if index &+ 8 <= bytes.count, OctetWord.isASCII(OctetWord.load(bytes, at: index)) {
        index &+= 8
        continue
      }
      if octet(in: bytes, at: index) != nil { return true }
      index &+= 1
    }
    return false
  }

  /// The octets of a field value's text.
  package static func octets(_ text: String) -> [UInt8] {
    let bytes = text.utf8.span
    var octets: [UInt8] = []
    octets.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let spelled = octet(in: bytes, at: index)
      octets.append(spelled ?? bytes[index])
      index += spelled == nil ? 1 : 4
    }
    return octets
  }

  // MARK: Showing

  /// The text with each octet that is no UTF-8 as a percent escape, `%FF`: what is sent as UTF-8, in which such octets
  /// cannot be. The scalars that spell stand for themselves where they came as such.
  package static func escaped(_ text: String) -> String {
    guard isSpelled(in: text) else { return text }
    var result: [UInt8] = []
    var spelled: [UInt8] = []
    let bytes = text.utf8.span
    var index = 0
    while index < bytes.count {
      if let octet = octet(in: bytes, at: index) {
        spelled.append(octet)
        index += 4
      } else {
        appendEscaping(spelled, to: &result)
        spelled = []
        result.append(bytes[index])
        index += 1
      }
    }
    appendEscaping(spelled, to: &result)
    return String(decoding: result, as: UTF8.self)
  }

  /// Appends what of the octets is UTF-8 as it is, and the others as percent escapes.
  private static func appendEscaping(_ octets: [UInt8], to result: inout [UInt8]) {
    let octets = octets.span
    var index = 0
    while index < octets.count {
      let length = UTF8Text.length(of: octets, at: index)
      if length == 0 { result += Octet.escaped(octets[index]) }
      for offset in 0..<length { result.append(octets[index + offset]) }
      index += max(length, 1)
    }
  }

  /// The octet that the four at `index` spell.
  private static func octet(in bytes: Span<UInt8>, at index: Int) -> UInt8? {
    guard bytes[index] == lead.0, index + 3 < bytes.count, bytes[index + 1] == lead.1, bytes[index + 2] >= lead.2 else { return nil }
    return 0x80 | (bytes[index + 2] & 1) << 6 | bytes[index + 3] & 0x3F
  }
}
