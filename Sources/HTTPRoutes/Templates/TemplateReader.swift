// Cuts a text into what stands as it is and the expressions between double braces, and reads those. Anything else in
// double braces is an error, since it would reach clients as it stands.

import JSONText

/// A part of a template's text.
package enum TemplatePart: Equatable, Sendable {
  case text(String)
  /// With its braces in characters from the start of the text.
  case expression(TemplateExpression, range: Range<Int>)
}

package enum TemplateReader {
  /// - Parameter place: names the place of an offset in characters, for the log.
  package static func parts(
    of text: String, scope: TemplateScope, place: (Int) -> String
  ) throws(TemplateError) -> [TemplatePart] {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return text.isEmpty ? [] : [.text(text)] }
    let scalars = Array(text.unicodeScalars)
    var parts: [TemplatePart] = []
    var literal = String.UnicodeScalarView()
    var cursor = TemplateCursor(scalars)
    while let scalar = cursor.next {
      let start = cursor.position
      guard cursor.take("{{") else {
        literal.append(scalar)
        cursor.advance()
        continue
      }
      let expression = try expression(&cursor, start: start, scope, place)
      if case .constant(.string(let text)) = expression.source, expression.filters.isEmpty {
        literal.append(contentsOf: text.unicodeScalars)
        continue
      }
      if !literal.isEmpty { parts.append(.text(String(literal))) }
      literal = String.UnicodeScalarView()
      parts.append(.expression(expression, range: start..<cursor.position))
    }
    if !literal.isEmpty { parts.append(.text(String(literal))) }
    return parts
  }

  /// An expression without braces around it, such as the list of `$each`.
  package static func expression(
    of text: String, scope: TemplateScope, place: String
  ) throws(TemplateError) -> TemplateExpression {
    var cursor = TemplateCursor(Array(text.unicodeScalars))
    let expression = try body(&cursor, scope, place)
    if !cursor.isAtEnd { throw cursor.error("expected \"|\" and a filter, or the end") }
    return expression
  }

  /// The first placeholder in a text that is not a template, in characters from its start.
  package static func firstPlaceholder(in text: String) -> Range<Int>? {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return nil }
    let scalars = Array(text.unicodeScalars)
    var start: Int?
    for index in scalars.indices.dropLast() {
      if start == nil, scalars[index] == "{", scalars[index + 1] == "{" { start = index }
      if let start, index >= start + 2, scalars[index] == "}", scalars[index + 1] == "}" { return start..<index + 2 }
    }
    return nil
  }

  // MARK: Expressions

  private static func expression(
    _ cursor: inout TemplateCursor, start: Int, _ scope: TemplateScope, _ place: (Int) -> String
  ) throws(TemplateError) -> TemplateExpression {
    do throws(TemplateError) {
      let expression = try body(&cursor, scope, place(start))
      guard cursor.take("}}") else {
        throw cursor.error(
          cursor.isAtEnd ? "\"}}\" is missing" : "expected \"|\" and a filter, or \"}}\"\(hint(cursor))")
      }
      if cursor.position - start > TemplateExpression.maxLength {
        throw TemplateError(range: start..<start + 2, message: "an expression has at most \(TemplateExpression.maxLength) characters")
      }
      return expression
    } catch {
      guard cursor.contains("}}", from: start) else {
        throw TemplateError(range: start..<start + 2, message: "\"{{\" without \"}}\"; write {{\"{{\"}} for the characters themselves")
      }
      throw error
    }
  }

  private static func hint(_ cursor: TemplateCursor) -> String {
    cursor.begins(with: ":") ? "; arguments stand in parentheses: default('none')" : ""
  }

  private static func body(
    _ cursor: inout TemplateCursor, _ scope: TemplateScope, _ place: String
  ) throws(TemplateError) -> TemplateExpression {
    cursor.skipSpace()
    let start = cursor.position
    let source = try operand(&cursor, scope)
    let name = cursor.text(from: start)
    var end = cursor.position
    cursor.skipSpace()
    var filters: [TemplateFilter] = []
    while cursor.take("|") {
      cursor.skipSpace()
      filters.append(try filter(&cursor, scope))
      end = cursor.position
      if filters.count > TemplateExpression.maxFilterCount {
        throw cursor.error("an expression has at most \(TemplateExpression.maxFilterCount) filters", from: start)
      }
      cursor.skipSpace()
    }
    let text = String(cursor.text(from: start).unicodeScalars.prefix(end - start))
    return TemplateExpression(text: text, name: name, place: place, source: source, filters: filters)
  }

  /// A source, or a literal in its place.
  private static func operand(_ cursor: inout TemplateCursor, _ scope: TemplateScope) throws(TemplateError) -> TemplateSource {
    if cursor.next == "'" || cursor.next == "\"" { return .constant(.string(try cursor.string())) }
    if let number = cursor.number() { return .constant(.number(number)) }
    return try source(&cursor, scope)
  }

  static func source(_ cursor: inout TemplateCursor, _ scope: TemplateScope) throws(TemplateError) -> TemplateSource {
    let start = cursor.position
    let word = cursor.word()
    switch word {
    case "true", "false": return .constant(.bool(word == "true"))
    case "null": return .constant(.null)
    default: break
    }
    if let entry = TemplateSources.entry(word) {
      let source = try entry.read(&cursor, scope)
      try checkEnd(cursor, start)
      return source
    }
    var end = cursor
    while let scalar = end.next, !" \t\r\n|(),}'\"".unicodeScalars.contains(scalar) { end.advance() }
    let name = end.text(from: start)
    if name.isEmpty { throw end.error("a source is missing, such as path.id; there are \(known)", from: start) }
    let names = TemplateSources.all.map(\.name)
    let phrase = Suggestion.phrase(for: word, among: names)
    throw end.error("unknown source \"\(name.excerpted)\"\(phrase); there are \(known)", from: start)
  }

  /// `method.upper` is no source, though it begins with one.
  private static func checkEnd(_ cursor: TemplateCursor, _ start: Int) throws(TemplateError) {
    guard let next = cursor.next, !" \t\r\n|),}".unicodeScalars.contains(next) else { return }
    var end = cursor
    while let scalar = end.next, !" \t\r\n|),}".unicodeScalars.contains(scalar) { end.advance() }
    let source = cursor.text(from: start)
    throw end.error("\(source.excerpted) has no \"\(end.text(from: cursor.position).excerpted)\"; there are \(known)", from: start)
  }

  private static var known: String { (TemplateSources.shownShapes + ["{{\"{{\"}} for the braces themselves"]).joined(separator: ", ") }

  private static func filter(_ cursor: inout TemplateCursor, _ scope: TemplateScope) throws(TemplateError) -> TemplateFilter {
    let start = cursor.position
    let name = cursor.word()
    guard let entry = TemplateFilters.entry(name) else {
      let phrase = name.isEmpty ? "a filter is missing" : "unknown filter \"\(name.excerpted)\""
      let nearest = Suggestion.phrase(for: name, among: TemplateFilters.names)
      throw cursor.error("\(phrase)\(nearest); there are \(TemplateFilters.shapes.joined(separator: ", "))", from: start)
    }
    let arguments = try TemplateArgument.list(&cursor, scope)
    if let filter = try entry.make(arguments, scope) { return filter }
    throw cursor.error("expected \(entry.shape): \(entry.summary.dropLast())\(hint(cursor))", from: start)
  }
}
