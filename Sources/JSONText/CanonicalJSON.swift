// One spelling for all JSON texts that mean the same, so that two clients who order their members or indent otherwise
// have one recording. Members are sorted by name, insignificant space is gone, strings have the escapes they need and
// no others; numbers stay as they are spelled: 1.0 and 1 are two things to many an upstream.

/// Writes the canonical spelling of a JSON text.
package struct CanonicalJSON {
  /// A collection that has not ended: its members, those of an object with their names.
  private struct Container {
    let isObject: Bool
    var name: [UInt8] = []
    var members: [(name: [UInt8], value: [UInt8])] = []

    var spelling: [UInt8] {
      // Sorting is stable: of two members of one name, the later stays the later.
      let sorted = isObject ? members.sorted { $0.name.lexicographicallyPrecedes($1.name) } : members
      var result = [UInt8(ascii: isObject ? "{" : "[")]
      for (index, member) in sorted.enumerated() {
        if index > 0 { result.append(UInt8(ascii: ",")) }
        if isObject { result += member.name + [UInt8(ascii: ":")] }
        result += member.value
      }
      return result + [UInt8(ascii: isObject ? "}" : "]")]
    }
  }

  private let bytes: [UInt8]
  private var index = 0

  /// The canonical spelling; nil for what is no JSON text.
  package static func spelling(of bytes: [UInt8]) -> [UInt8]? {
    guard JSONValidator.firstProblem(in: bytes) == nil else { return nil }
    var reader = CanonicalJSON(bytes: bytes)
    return reader.text()
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The text is valid, so what comes next is known from its first byte. The open collections are kept in a list: depth
  /// costs no stack.
  private mutating func text() -> [UInt8] {
    var open: [Container] = []
    while true {
      var value: [UInt8]
      switch bytes[skippingSpace()] {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        var container = Container(isObject: bytes[index] == UInt8(ascii: "{"))
        index += 1
        let next = bytes[skippingSpace()]
        if next == UInt8(ascii: "]") || next == UInt8(ascii: "}") {
          index += 1
          value = container.spelling
        } else {
          if container.isObject { container.name = memberName() }
          open.append(container)
          continue
        }
      case UInt8(ascii: "\""): value = string()
      default: value = word()
      }
      // A value is complete: so are the collections that end behind it.
      while let last = open.indices.last {
        open[last].members.append((open[last].name, value))
        let isEnd = bytes[skippingSpace()] != UInt8(ascii: ",")
        index += 1
        if !isEnd {
          if open[last].isObject { open[last].name = memberName() }
          break
        }
        value = open.removeLast().spelling
      }
      if open.isEmpty { return value }
    }
  }

  private mutating func skippingSpace() -> Int {
    index = JSONScanner.skippingSpace(in: bytes.span, from: index)
    return index
  }

  /// A name and the colon behind it.
  private mutating func memberName() -> [UInt8] {
    _ = skippingSpace()
    let name = string()
    _ = skippingSpace()
    index += 1
    return name
  }

  /// A number, true, false or null.
  private mutating func word() -> [UInt8] {
    let start = index
    while index < bytes.count, !" \t\n\r,]}".utf8.contains(bytes[index]) { index += 1 }
    return Array(bytes[start..<index])
  }

  private mutating func string() -> [UInt8] {
    var result = [UInt8(ascii: "\"")]
    index += 1
    while bytes[index] != UInt8(ascii: "\"") {
      if bytes[index] != UInt8(ascii: "\\") {
        result.append(bytes[index])
        index += 1
        continue
      }
      let escape = bytes[index + 1]
      index += 2
      switch escape {
      case UInt8(ascii: "b"): JSONString.appendEscaped("\u{08}", to: &result)
      case UInt8(ascii: "f"): JSONString.appendEscaped("\u{0C}", to: &result)
      case UInt8(ascii: "n"): JSONString.appendEscaped("\n", to: &result)
      case UInt8(ascii: "r"): JSONString.appendEscaped("\r", to: &result)
      case UInt8(ascii: "t"): JSONString.appendEscaped("\t", to: &result)
      case UInt8(ascii: "u"): appendCodePoint(to: &result)
      default: JSONString.appendEscaped(String(Unicode.Scalar(escape)), to: &result)
      }
    }
    index += 1
    return result + [UInt8(ascii: "\"")]
  }

  /// What four hexadecimal digits mean, with the other half of a surrogate pair. Half a pair alone has no other
  /// spelling.
  private mutating func appendCodePoint(to result: inout [UInt8]) {
    let unit = codeUnit(at: index)
    index += 4
    if let scalar = Unicode.Scalar(unit) { return JSONString.appendEscaped(String(scalar), to: &result) }
    if unit < 0xDC00, index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") {
      let low = codeUnit(at: index + 2)
      if (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) {
        index += 6
        return JSONString.appendEscaped(String(scalar), to: &result)
      }
    }
    result += "\\u\(String(unit, radix: 16))".utf8
  }

  private func codeUnit(at start: Int) -> UInt32 {
    JSONScanner.codeUnit(in: bytes.span, at: start) ?? 0
  }
}
