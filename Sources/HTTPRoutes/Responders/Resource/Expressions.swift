// Where the expressions of a text are.

import HTTPCore

/// Text with expressions in double braces.
enum Expressions {
  enum Piece: Equatable {
    case literal(String)
    case expression(String)
  }

  /// Throws for an expression that is not known or not closed, at its place in characters.
  static func pieces(of text: String, known: [String]) throws(TemplateError) -> [Piece] {
    var pieces: [Piece] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
      if open.lowerBound > rest.startIndex { pieces.append(.literal(String(rest[..<open.lowerBound]))) }
      let start = text.unicodeScalars.distance(from: text.startIndex, to: open.lowerBound)
      guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
        throw TemplateError(range: start..<start + 2, message: "\"{{\" has no \"}}\"")
      }
      let name = String(FieldSyntax.trimmed(rest[open.upperBound..<close.lowerBound]))
      guard known.contains(name) else {
        let end = text.unicodeScalars.distance(from: text.startIndex, to: close.upperBound)
        let names = known.map { "{{\($0)}}" }.joined(separator: ", ")
        throw TemplateError(
          range: start..<end,
          message: "there is no {{\(name.prefix(60))}} here; there are \(names)\(Suggestion.phrase(for: name, among: known))")
      }
      pieces.append(.expression(name))
      rest = rest[close.upperBound...]
    }
    if !rest.isEmpty { pieces.append(.literal(String(rest))) }
    return pieces
  }
}
