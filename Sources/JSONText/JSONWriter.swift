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
