// What stands around the items in the answer of a list.

package import JSONText

/// The shape of a list's answer: JSON in which whole values are filled in. `{{items}}` are the items of the page,
/// `{{total}}` their number on all pages, `{{page}}` the page from 1, `{{limit}}` its length or null.
package struct ListTemplate: Equatable, Sendable {
  private enum Part: Equatable {
    case literal([UInt8])
    case items, total, page, limit
  }

  private var parts: [Part]

  /// The items alone.
  package static let bare = ListTemplate(parts: [.items])

  package static let expressions = ["items", "total", "page", "limit"]

  private init(parts: [Part]) { self.parts = parts }

  /// Throws for the first text whose expression there is not, or that is more than the expression.
  package init(_ value: JSONValue) throws(TemplateError) {
    parts = []
    var literal: [UInt8] = []
    try append(value, &literal)
    if !literal.isEmpty { parts.append(.literal(literal)) }
  }

  /// Whether the items stand in it at all.
  package var hasItems: Bool { parts.contains(.items) }

  private mutating func append(_ value: JSONValue, _ literal: inout [UInt8]) throws(TemplateError) {
    switch value {
    case .string(let text):
      guard let part = try Self.part(text) else { return JSONWriter.append(value, to: &literal) }
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = []
      parts.append(part)
    case .array(let items):
      literal.append(UInt8(ascii: "["))
      for (position, item) in items.enumerated() {
        if position > 0 { literal.append(UInt8(ascii: ",")) }
        try append(item, &literal)
      }
      literal.append(UInt8(ascii: "]"))
    case .object(let object):
      literal.append(UInt8(ascii: "{"))
      for (position, member) in object.members.enumerated() {
        if position > 0 { literal.append(UInt8(ascii: ",")) }
        JSONString.append(member.name, to: &literal)
        literal.append(UInt8(ascii: ":"))
        try append(member.value, &literal)
      }
      literal.append(UInt8(ascii: "}"))
    case .null, .bool, .number: JSONWriter.append(value, to: &literal)
    }
  }

  /// Throws what is wrong with one text.
  package static func check(_ text: String) throws(TemplateError) { _ = try part(text) }

  private static func part(_ text: String) throws(TemplateError) -> Part? {
    let pieces = try Expressions.pieces(of: text, known: expressions)
    guard let expression = pieces.first(where: { if case .expression = $0 { true } else { false } }) else { return nil }
    guard pieces.count == 1 else {
      throw TemplateError(range: 0..<text.unicodeScalars.count, message: "an expression stands alone as a value here")
    }
    return switch expression {
    case .expression("items"): .items
    case .expression("total"): .total
    case .expression("page"): .page
    default: .limit
    }
  }

  /// The answer's body.
  func octets(_ items: ArraySlice<CollectionItem>, total: Int, page: Int, limit: Int?) -> [UInt8] {
    var octets: [UInt8] = []
    octets.reserveCapacity(items.reduce(64) { $0 + $1.octets.count + 1 })
    for part in parts {
      switch part {
      case .literal(let literal): octets += literal
      case .total: octets += String(total).utf8
      case .page: octets += String(page).utf8
      case .limit: octets += (limit.map { String($0) } ?? "null").utf8
      case .items:
        octets.append(UInt8(ascii: "["))
        var isFirst = true
        for item in items {
          if !isFirst { octets.append(UInt8(ascii: ",")) }
          isFirst = false
          octets += item.octets
        }
        octets.append(UInt8(ascii: "]"))
      }
    }
    return octets
  }
}
