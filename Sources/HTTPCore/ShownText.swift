// Text from elsewhere (the wire, a file, another process) on its way to a log, a page or a terminal. What is unsafe
// there, and how it is spelled instead, is said here and nowhere else.

extension Unicode.Scalar {
  /// Whether this moves the cursor, ends a line or reorders text instead of showing: C0, DEL and C1, line and paragraph
  /// separators, and the marks of bidirectional text.
  package var isUnsafeToShow: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  /// The columns that a terminal gives a character that is safe to show: 0 for what combines with the one before.
  package var terminalColumns: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch value {
    // East Asian Wide and Fullwidth (UAX #11) in broad strokes, and pictographs.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}

extension String {
  /// The text with every unsafe character as an escape, `\n`, `\u{1B}`: one line whatever is in it.
  package var escapingControlCharacters: String { escapingControlCharacters(but: []) }

  /// The same, but for those that are `kept`.
  package func escapingControlCharacters(but kept: Set<Unicode.Scalar>) -> String {
    guard unicodeScalars.contains(where: { $0.isUnsafeToShow && !kept.contains($0) }) else { return self }
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.isUnsafeToShow, !kept.contains(scalar) {
        shown.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      } else {
        shown.append(scalar)
      }
    }
    return String(shown)
  }
}

/// Octets as the lines of logs have them.
package enum ShownText {
  /// Appends a string of RFC 8259, quotes and all. Unsafe characters are escaped, and octets that are no UTF-8 become
  /// U+FFFD: a line is valid JSON and shows as it reads, whatever a client sent.
  package static func appendJSON(_ octets: Span<UInt8>, to output: inout [UInt8]) {
    output.append(Octet.quote)
    var index = 0
    while index < octets.count {
      let byte = octets[index]
      if byte >= 0x80 {
        var text: [UInt8] = []
        while index < octets.count, octets[index] >= 0x80 {
          text.append(octets[index])
          index += 1
        }
        appendJSON(beyondASCII: text, to: &output)
        continue
      }
      switch byte {
      case Octet.quote, Octet.backslash: output += [Octet.backslash, byte]
      case Octet.lineFeed: output += [Octet.backslash, 0x6E]
      case Octet.carriageReturn: output += [Octet.backslash, 0x72]
      case Octet.tab: output += [Octet.backslash, 0x74]
      case 0..<0x20, 0x7F: appendUnicodeEscape(UInt16(byte), to: &output)
      default: output.append(byte)
      }
      index += 1
    }
    output.append(Octet.quote)
  }

  private static func appendJSON(beyondASCII octets: [UInt8], to output: inout [UInt8]) {
    for scalar in String(decoding: octets, as: UTF8.self).unicodeScalars {
      if scalar.isUnsafeToShow {
        // All of them are in the Basic Multilingual Plane.
        appendUnicodeEscape(UInt16(truncatingIfNeeded: scalar.value), to: &output)
      } else {
        output.append(contentsOf: String(scalar).utf8)
      }
    }
  }

  private static func appendUnicodeEscape(_ unit: UInt16, to output: inout [UInt8]) {
    output += [Octet.backslash, 0x75]
    for shift in [12, 8, 4, 0] { output.append(Octet.lowerHexDigit(UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 15)) }
  }

  /// Appends what stands between the quotes of a combined line, as nginx escapes: what could end the quotes or the
  /// line, or is no ASCII, becomes `\xNN`.
  package static func appendCombined(_ octets: Span<UInt8>, to output: inout [UInt8]) {
    for index in octets.indices {
      let byte = octets[index]
      if byte < 0x20 || byte >= 0x7F || byte == Octet.quote || byte == Octet.backslash {
        output += [Octet.backslash, 0x78, Octet.hexDigit(byte >> 4), Octet.hexDigit(byte & 15)]
      } else {
        output.append(byte)
      }
    }
  }

  /// A text as a string of JSON.
  package static func json(_ text: String) -> String {
    var output: [UInt8] = []
    appendJSON(Array(text.utf8).span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
