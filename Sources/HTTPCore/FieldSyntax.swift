// The building blocks of field values: tokens, quoted strings, lists, weights (RFC 9110 §5.5, §5.6, §12.4.2). These
// work on `String`s, for code that interprets one field of one request; the head parser has its own by-offset forms.

package enum FieldSyntax {
  // MARK: Validity

  /// Whether the name is a token, and so can be written (RFC 9110 §5.1).
  package static func isValidName(_ name: String) -> Bool { isToken(name.utf8.span) }

  package static func isToken(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where !ByteClass.token.contains(bytes[index]) { return false }
    return !bytes.isEmpty
  }

  package static func isToken(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { ByteClass.token.contains($0) }
  }

  /// Whether the value has no octet that could end the line or hide from a reader: no control but HTAB (RFC 9110 §5.5).
  package static func isValidValue(_ value: String) -> Bool { isValidValue(value.utf8.span) }

  package static func isValidValue(_ bytes: Span<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      // Visible octets by eights; whatever else is there, one by one.
      if index &+ 8 <= bytes.count, OctetWord.invisible(OctetWord.load(bytes, at: index)) == 0 {
        index &+= 8
        continue
      }
      let byte = bytes[index]
      if (byte < 0x20 && byte != Octet.tab) || byte == 0x7F { return false }
      index &+= 1
    }
    return true
  }

  // MARK: Comparison

  // For both kinds of text, and not generic: what other modules call cannot be specialised for them.

  /// Compares as field names and most parameters compare: ASCII letters in either case are the same.
  package static func equalIgnoringCase(_ left: String, _ right: String) -> Bool { equalIgnoringCase(left.utf8.span, right.utf8.span) }

  package static func equalIgnoringCase(_ left: Substring, _ right: Substring) -> Bool {
    equalIgnoringCase(left.utf8.span, right.utf8.span)
  }

  private static func equalIgnoringCase(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where Octet.lowercased(left[index]) != Octet.lowercased(right[index]) { return false }
    return true
  }

  /// Lower-cases ASCII letters and nothing else.
  package static func lowercased(_ text: String) -> String { String(decoding: text.utf8.map(Octet.lowercased), as: UTF8.self) }

  package static func lowercased(_ text: Substring) -> String { String(decoding: text.utf8.map(Octet.lowercased), as: UTF8.self) }

  // MARK: Lists

  /// Removes the blanks around a value (OWS, RFC 9110 §5.6.3).
  package static func trimmed(_ text: Substring) -> Substring {
    let utf8 = text.utf8
    guard let first = utf8.firstIndex(where: { !Octet.isBlank($0) }), let last = utf8.lastIndex(where: { !Octet.isBlank($0) }) else {
      return text[text.startIndex..<text.startIndex]
    }
    return text[first...last]
  }

  /// The elements of a comma-separated list, trimmed, empty ones dropped (RFC 9110 §5.6.1.2). Commas within quoted
  /// strings do not separate.
  package static func listElements(_ value: String) -> [Substring] { split(value[...], at: Octet.comma) }

  /// Splits at a separator outside quoted strings; a quoted string that never closes reaches to the end.
  static func split(_ value: Substring, at separator: UInt8) -> [Substring] {
    var elements: [Substring] = []
    var start = value.startIndex
    var index = start
    var isQuoted = false
    let utf8 = value.utf8
    func take(to end: Substring.Index) {
      let element = trimmed(value[start..<end])
      if !element.isEmpty { elements.append(element) }
    }
    while index < utf8.endIndex {
      let byte = utf8[index]
      let next = utf8.index(after: index)
      if isQuoted, byte == Octet.backslash, next < utf8.endIndex {
        index = utf8.index(after: next)
        continue
      }
      if byte == Octet.quote {
        isQuoted.toggle()
      } else if byte == separator, !isQuoted {
        take(to: index)
        start = next
      }
      index = next
    }
    take(to: utf8.endIndex)
    return elements
  }

  // MARK: Quoted strings

  /// The text of a quoted string with its escapes undone, or nil if it is not exactly one (RFC 9110 §5.6.4).
  package static func unquoted(_ text: Substring) -> String? {
    var bytes = text.utf8.makeIterator()
    guard bytes.next() == Octet.quote else { return nil }
    var result: [UInt8] = []
    while let byte = bytes.next() {
      switch byte {
      case Octet.quote:
        return bytes.next() == nil ? String(decoding: result, as: UTF8.self) : nil
      case Octet.backslash:
        guard let escaped = bytes.next(), isQuotable(escaped) else { return nil }
        result.append(escaped)
      default:
        guard isQuotable(byte) else { return nil }
        result.append(byte)
      }
    }
    return nil
  }

  /// The text as a quoted string, or nil if it has octets that no field value may have.
  package static func quoted(_ text: String) -> String? {
    guard isValidValue(text) else { return nil }
    var result: [UInt8] = [Octet.quote]
    for byte in text.utf8 {
      if byte == Octet.quote || byte == Octet.backslash { result.append(Octet.backslash) }
      result.append(byte)
    }
    result.append(Octet.quote)
    return String(decoding: result, as: UTF8.self)
  }

  private static func isQuotable(_ byte: UInt8) -> Bool { byte == Octet.tab || (byte >= 0x20 && byte != 0x7F) }

  // MARK: Weights

  /// An element of a negotiation list such as Accept or Accept-Encoding.
  package struct WeightedElement: Equatable, Sendable {
    /// What stands before the weight, lower-cased: a coding, a language range, or a media range with its parameters.
    package var value: String
    /// 0 to 1000: `q=0.5` is 500.
    package var weight: Int
  }

  /// The elements of a list with their weights, in the order they were sent. An element with a malformed weight is
  /// dropped: it is not clear whether it was wanted.
  package static func weightedElements(_ value: String) -> [WeightedElement] {
    var result: [WeightedElement] = []
    elements: for element in listElements(value) {
      var weight = 1000
      var kept: [Substring] = []
      for parameter in split(element, at: Octet.semicolon) {
        let utf8 = parameter.utf8
        if !kept.isEmpty, let first = utf8.first, Octet.lowercased(first) == 0x71,
          let equals = utf8.firstIndex(of: Octet.equals), equals == utf8.index(after: utf8.startIndex)
        {
          guard let parsed = qualityValue(parameter[utf8.index(after: equals)...]) else { continue elements }
          weight = parsed
          break  // What follows a weight are extensions that nothing uses (RFC 9110 §12.5.1).
        }
        kept.append(parameter)
      }
      if !kept.isEmpty { result.append(WeightedElement(value: lowercased(kept.joined(separator: ";")), weight: weight)) }
    }
    return result
  }

  /// `qvalue` in thousandths: 0 to 1 with at most three decimals (RFC 9110 §12.4.2).
  package static func qualityValue(_ text: Substring) -> Int? {
    let bytes = Array(text.utf8)
    guard (1...5).contains(bytes.count), bytes[0] == 0x30 || bytes[0] == 0x31 else { return nil }
    var value = Int(bytes[0] - 0x30) * 1000
    guard bytes.count > 1 else { return value }
    guard bytes[1] == Octet.dot else { return nil }
    var unit = 100
    for byte in bytes[2...] {
      guard Octet.isDigit(byte) else { return nil }
      value += Int(byte - 0x30) * unit
      unit /= 10
    }
    return value <= 1000 ? value : nil
  }
}
