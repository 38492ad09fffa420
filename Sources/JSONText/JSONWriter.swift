// Values as text. The result is UTF-8; strings have the escapes they need and no others, numbers their spelling.

package enum JSONWriter {
  package enum Layout: Sendable {
    /// No white space.
    case compact
    /// One member or item a line, two spaces for each level.
    case pretty
  }

  /// The text of a value.
  package static func octets(of value: JSONValue, layout: Layout = .compact) -> [UInt8] {
    var octets: [UInt8] = []
    append(value, layout: layout, to: &octets)
    return octets
  }

  /// The text of a value, as a String.
  package static func text(of value: JSONValue, layout: Layout = .compact) -> String {
    String(decoding: octets(of: value, layout: layout), as: UTF8.self)
  }

  /// The beginning of the text of a value, for people: whole where it has up to `length` octets, and else that many of
  /// it and some more. At a cost that does not grow with the value.
  package static func excerpt(of value: JSONValue, length: Int) -> String {
    var octets: [UInt8] = []
    appendExcerpt(of: value, length: length, to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  private static func appendExcerpt(of value: JSONValue, length: Int, to octets: inout [UInt8]) {
    switch value {
    case .null, .bool: append(value, to: &octets)
    case .number(let number): octets += number.spelling.utf8.prefix(length)
    case .string(let text): JSONString.append(String(text.unicodeScalars.prefix(length)), to: &octets)
    case .array(let items):
      octets.append(UInt8(ascii: "["))
      for (position, item) in items.enumerated() {
        if octets.count >= length { return }
        if position > 0 { octets.append(UInt8(ascii: ",")) }
        appendExcerpt(of: item, length: length, to: &octets)
      }
      octets.append(UInt8(ascii: "]"))
    case .object(let object):
      octets.append(UInt8(ascii: "{"))
      for (position, member) in object.members.enumerated() {
        if octets.count >= length { return }
        if position > 0 { octets.append(UInt8(ascii: ",")) }
        appendExcerpt(of: .string(member.name), length: length, to: &octets)
        octets.append(UInt8(ascii: ":"))
        appendExcerpt(of: member.value, length: length, to: &octets)
      }
      octets.append(UInt8(ascii: "}"))
    }
  }

  /// Appends the text of a value.
  package static func append(_ value: JSONValue, layout: Layout = .compact, to octets: inout [UInt8]) {
    append(value, layout, level: 0, to: &octets)
  }

  private static func append(_ value: JSONValue, _ layout: Layout, level: Int, to octets: inout [UInt8]) {
    switch value {
    case .null: octets += "null".utf8
    case .bool(let value): octets += (value ? "true" : "false").utf8
    case .number(let number): octets += number.spelling.utf8
    case .string(let text): JSONString.append(text, to: &octets)
    case .array(let items):
      octets.append(UInt8(ascii: "["))
      for (position, item) in items.enumerated() {
        if position > 0 { octets.append(UInt8(ascii: ",")) }
        breakLine(layout, level + 1, &octets)
        append(item, layout, level: level + 1, to: &octets)
      }
      if !items.isEmpty { breakLine(layout, level, &octets) }
      octets.append(UInt8(ascii: "]"))
    case .object(let object):
      octets.append(UInt8(ascii: "{"))
      for (position, member) in object.members.enumerated() {
        if position > 0 { octets.append(UInt8(ascii: ",")) }
        breakLine(layout, level + 1, &octets)
        JSONString.append(member.name, to: &octets)
        octets.append(UInt8(ascii: ":"))
        if case .pretty = layout { octets.append(0x20) }
        append(member.value, layout, level: level + 1, to: &octets)
      }
      if !object.isEmpty { breakLine(layout, level, &octets) }
      octets.append(UInt8(ascii: "}"))
    }
  }

  private static func breakLine(_ layout: Layout, _ level: Int, _ octets: inout [UInt8]) {
    guard case .pretty = layout else { return }
    octets.append(UInt8(ascii: "\n"))
    for _ in 0..<level * 2 { octets.append(0x20) }
  }
}
