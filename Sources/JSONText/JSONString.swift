// The inside of a JSON string (RFC 8259 §7), and how strings compare: by their code points, as they are. Swift's own
// comparison takes a composed and a decomposed letter for one; to JSON they are two (RFC 8259 §8.3).

package enum JSONString {
  /// What is escaped in a JSON string beyond quotes, backslashes and control characters.
  package enum Care {
    case nothing
    /// What begins an element or a reference: the JSON is sent as a document of elements.
    case markup
    /// The scalars of the first plane that the function picks out.
    case escaping((Unicode.Scalar) -> Bool)

    fileprivate func escapes(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .nothing: false
      case .markup: scalar == "<" || scalar == ">" || scalar == "&" || scalar == "'"
      case .escaping(let isUnsafe): scalar.value < 0x10000 && isUnsafe(scalar)
      }
    }
  }

  /// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, all else as
  /// UTF-8.
  package static func appendEscaped(_ text: String, care: Care = .nothing, to octets: inout [UInt8]) {
    if case .nothing = care { return appendEscaped(text, to: &octets) }
    for scalar in text.unicodeScalars {
      if care.escapes(scalar) {
        appendEscape(scalar.value, to: &octets)
      } else if scalar.isASCII {
        append(UInt8(truncatingIfNeeded: scalar.value), to: &octets)
      } else {
        octets += UTF8.encode(scalar)!
      }
    }
  }

  /// Appends `text` as a JSON string, quotes and all.
  package static func append(_ text: String, care: Care = .nothing, to octets: inout [UInt8]) {
    octets.append(UInt8(ascii: "\""))
    appendEscaped(text, care: care, to: &octets)
    octets.append(UInt8(ascii: "\""))
  }

  /// `text` as a JSON string, quotes and all.
  package static func quoted(_ text: String) -> String {
    var octets: [UInt8] = []
    append(text, to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  /// Copies what needs no escape in pieces.
  private static func appendEscaped(_ text: String, to octets: inout [UInt8]) {
    var text = text
    text.withUTF8 { source in
      let span = unsafe source.span
      var position = 0
      while position < span.count {
        let end = JSONScanner.plainEnd(in: span, from: position, to: span.count)
        // The buffer is valid within the closure, and the piece lies within it.
        unsafe octets.append(contentsOf: UnsafeBufferPointer(rebasing: source[position..<end]))
        position = end
        if position < span.count {
          append(span[position], to: &octets)
          position += 1
        }
      }
    }
  }

  /// One octet, as an escape if it needs one.
  private static func append(_ octet: UInt8, to octets: inout [UInt8]) {
    switch octet {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      octets.append(UInt8(ascii: "\\"))
      octets.append(octet)
    case 0x20...: octets.append(octet)
    case UInt8(ascii: "\n"): octets += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
    case UInt8(ascii: "\r"): octets += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
    case UInt8(ascii: "\t"): octets += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
    default: appendEscape(UInt32(octet), to: &octets)
    }
  }

  /// Four digits: all that is escaped lies in the first plane.
  private static func appendEscape(_ codePoint: UInt32, to octets: inout [UInt8]) {
    octets += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
    for shift in [12, 8, 4, 0] as [UInt32] {
      let digit = UInt8(truncatingIfNeeded: codePoint >> shift) & 15
      octets.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  /// Whether two strings have the same code points.
  package static func areEqual(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
  }

  /// Whether `left` comes before `right` by code points, which is the order of their UTF-8 octets (RFC 9535
  /// §2.3.5.2.2).
  package static func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

  /// Feeds the octets to a hasher, so that strings with the same code points have the same hash.
  static func hash(_ text: String, into hasher: inout Hasher) {
    var text = text
    // The buffer is valid within the closure, and hashed there.
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}
