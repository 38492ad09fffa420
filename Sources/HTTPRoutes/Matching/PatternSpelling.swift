// Path patterns as other tools write them: `:id`, `<int:id>`, `[id]`, `*`, `{id:[0-9]+}`, `{path...}`,
// `^/users/(\\d+)$`. None of them is a pattern here, and most of them would be read as literals that no request ever
// matches.

enum PatternSpelling {
  /// Whether a placeholder of another tool begins with this: most segments begin with a letter and need no closer look.
  static func mayBegin(with byte: UInt8) -> Bool { ":<[({*.".utf8.contains(byte) }

  /// What to write for a segment that is another tool's placeholder; nil if it is none.
  static func meant(by segment: String, isLast: Bool) -> String? {
    let shown = "\"\(shortened(segment))\""
    let rest = "\(shown) is another tool's spelling: write ** as the last segment for the rest of the path"
    switch segment {
    case "*":
      return isLast
        ? "\"*\" is no wildcard: write {id} for one segment, ** for the rest, or %2A for the character itself"
        : "\"*\" is no wildcard: write {id} for one segment, or %2A for the character itself"
    case "...", "(.*)", ".*", "(.+)", ".+", ":path*", ":splat": return rest
    default: break
    }
    guard let first = segment.first, segment.count > 1, let found = placeholder(segment, first) else { return nil }
    if found.isRest { return rest }
    let name = found.name.isEmpty ? "id" : found.name
    let escape = escapes[first].map { ", or \($0) for the character itself" } ?? ""
    return "\(shown) is another tool's spelling: write {\(name)}\(escape)"
  }

  /// What to say of a pattern that does not begin with a slash.
  static func beginning(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    if text.hasPrefix("^") || text.hasPrefix("~") { return "it is not a regular expression, so write /users/{id} or /users/**" }
    if text == "*" || text == "**" { return "write /**" }
    if let range = text.firstRange(of: "://") {
      let path = text[range.upperBound...].drop { $0 != "/" }
      return "leave out scheme and host, and write \(path.isEmpty ? "/" : shortened(String(path)))"
    }
    return "put one in front"
  }

  private static let escapes: [Character: String] = [":": "%3A", "<": "%3C", "[": "%5B", "(": "%28"]

  /// The name in a placeholder, empty for one without a usable name, and whether it stands for many segments; nil for a
  /// literal.
  private static func placeholder(_ segment: String, _ first: Character) -> (name: String, isRest: Bool)? {
    let last = segment.last
    switch first {
    case ":" where segment.dropFirst().first.map(isNameStart) == true:
      return (name(segment.dropFirst()), segment.hasSuffix("*"))
    case "<" where last == ">", "[" where last == "]":
      // Flask has the type before the name, `<path:rest>`.
      let inner = segment.dropFirst().dropLast()
      let isRest = inner.hasPrefix("path:") || inner.hasPrefix("...") || inner.hasPrefix("[...")
      return (name(inner.split(separator: ":").last ?? ""), isRest)
    case "(" where last == ")" && segment.contains { "\\[+?|".contains($0) }, "[" where last == "+": return ("", false)
    case "#" where segment.hasPrefix("#{") && last == "}": return (name(segment.dropFirst(2)), false)
    case "{" where last == "}":
      let inner = segment.dropFirst().dropLast()
      // `{{id}}` and `{:id}`.
      if let mark = inner.first, "{:".contains(mark), inner.count > 1 { return (name(inner.dropFirst()), false) }
      if ["*", "..."].contains(where: { inner.hasPrefix($0) || inner.hasSuffix($0) }) { return inner == "**" ? nil : ("", true) }
      guard let end = inner.firstIndex(where: { ":?=".contains($0) }), inner.first.map(isNameStart) == true else { return nil }
      return (name(inner[..<end]), inner[end...].hasPrefix(":.*") || inner[end...].hasPrefix(":path"))
    default: return nil
    }
  }

  private static func name(_ text: Substring) -> String {
    String(text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
  }

  private static func isNameStart(_ character: Character) -> Bool { character.isASCII && (character.isLetter || character == "_") }

  private static func shortened(_ text: String) -> String {
    text.count <= 40 ? text : String(text.prefix(40)) + "…"
  }
}
