// The placeholders of response bodies: `{{path.id}}`, `{{query.page}}` and the other names of `ValueName`, in JSON
// `{{path.id | number}}`, and in text `{{path.id | html}}` and `{{path.id | raw}}`. Anything else in double braces is
// an error, since it would reach clients as it stands; `{{"{{"}}` is how double braces themselves are written.

import YAMLDocument

enum TemplateText {
  /// What is made of a placeholder's value.
  enum Filter: String {
    /// A number, in JSON.
    case number
    /// Escaped for HTML and XML, in text of another type.
    case html
    /// As it is, in text that is HTML or XML.
    case raw
  }

  enum Piece: Equatable {
    case text(String)
    /// The range is in characters from the start of the text.
    case placeholder(ValueName, Filter?, range: Range<Int>)
  }

  /// Cuts a text into what stands as it is and what a request fills in.
  static func pieces(of text: String, pattern: PathPattern?) throws(TemplateError) -> [Piece] {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return [.text(text)] }
    let scalars = Array(text.unicodeScalars)
    var pieces: [Piece] = []
    var literal = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "{", index + 1 < scalars.count, scalars[index + 1] == "{" else {
        literal.append(scalars[index])
        index += 1
        continue
      }
      if let length = quotedBraces(scalars[index...]) {
        literal.append(contentsOf: "{{".unicodeScalars)
        index += length
        continue
      }
      guard let close = closing(scalars, from: index + 2) else {
        throw TemplateError(range: index..<index + 2, message: "\"{{\" without \"}}\"; write {{\"{{\"}} for the characters themselves")
      }
      let range = index..<close + 2
      if !literal.isEmpty { pieces.append(.text(String(literal))) }
      literal = String.UnicodeScalarView()
      let inner = String(String.UnicodeScalarView(scalars[index + 2..<close]))
      pieces.append(try placeholder(inner, range: range, pattern: pattern))
      index = close + 2
    }
    if !literal.isEmpty { pieces.append(.text(String(literal))) }
    return pieces
  }

  private static func placeholder(_ inner: String, range: Range<Int>, pattern: PathPattern?) throws(TemplateError) -> Piece {
    let parts = inner.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmed }
    let filter = parts.count == 2 ? Filter(rawValue: String(parts[1])) : nil
    if parts.count > 2 || (parts.count == 2 && filter == nil) {
      throw TemplateError(
        range: range,
        message: "a placeholder's value takes one of \"| number\", in JSON, and \"| html\" and \"| raw\", in text, or none of them")
    }
    guard let name = ValueName(parts[0]) else {
      let known = ValueName.shown.map { "{{\($0)}}" }
      throw TemplateError(
        range: range,
        message:
          "unknown placeholder {{\(inner.excerpt)}}; there are \(known.joined(separator: ", ")), and {{\"{{\"}} for the braces themselves")
    }
    if case .path(let parameter) = name, let pattern, let message = TemplateError.unknownParameter(parameter, pattern: pattern) {
      throw TemplateError(range: range, message: message)
    }
    return .placeholder(name, filter, range: range)
  }

  /// The first placeholder in a text that is not a template, in characters from its start.
  static func firstPlaceholder(in text: String) -> Range<Int>? {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return nil }
    let scalars = Array(text.unicodeScalars)
    for index in scalars.indices.dropLast() where scalars[index] == "{" && scalars[index + 1] == "{" {
      return closing(scalars, from: index + 2).map { index..<$0 + 2 }
    }
    return nil
  }

  private static func closing(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
    var index = start
    while index + 1 < scalars.count {
      if scalars[index] == "}", scalars[index + 1] == "}" { return index }
      index += 1
    }
    return nil
  }

  /// The length of `{{"{{"}}` or `{{'{{'}}` where it begins the text.
  private static func quotedBraces(_ scalars: ArraySlice<Unicode.Scalar>) -> Int? {
    for spelling in ["{{\"{{\"}}", "{{'{{'}}"] where scalars.starts(with: spelling.unicodeScalars) { return spelling.unicodeScalars.count }
    return nil
  }
}

extension Substring {
  /// Without the spaces around it.
  fileprivate var trimmed: String {
    var inner = drop { $0 == " " }
    while inner.last == " " { inner.removeLast() }
    return String(inner)
  }
}
