// Reads the words of an expression, character by character, and knows where it is.

import JSONText

/// A place in the text of a template.
struct TemplateCursor {
  private let scalars: [Unicode.Scalar]
  private(set) var position: Int

  init(_ scalars: [Unicode.Scalar], at position: Int = 0) {
    self.scalars = scalars
    self.position = position
  }

  var isAtEnd: Bool { position >= scalars.count }
  var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  func text(from start: Int) -> String { String(String.UnicodeScalarView(scalars[start..<position])) }

  func begins(with text: String, at offset: Int = 0) -> Bool {
    var place = position + offset
    for scalar in text.unicodeScalars {
      guard place < scalars.count, scalars[place] == scalar else { return false }
      place += 1
    }
    return true
  }

  /// Whether a text stands somewhere from `start` on.
  func contains(_ text: String, from start: Int) -> Bool {
    (start..<max(start, scalars.count)).contains { TemplateCursor(scalars, at: $0).begins(with: text) }
  }

  mutating func take(_ text: String) -> Bool {
    guard begins(with: text) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  mutating func advance() { position += 1 }

  mutating func skipSpace() {
    while let scalar = next, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { position += 1 }
  }

  /// Letters, digits and underscores; empty where none stand.
  mutating func word() -> String {
    let start = position
    while let scalar = next, scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) { position += 1 }
    return text(from: start)
  }

  /// Characters up to one that ends a name.
  private mutating func characters(until isEnd: (Unicode.Scalar) -> Bool) -> String {
    let start = position
    while let scalar = next, !isEnd(scalar) { position += 1 }
    return text(from: start)
  }

  /// The error of what stands here.
  func error(_ message: String, from start: Int? = nil) -> TemplateError {
    let start = start ?? min(position, max(scalars.count - 1, 0))
    return TemplateError(range: start..<max(start + 1, position), message: message)
  }

  // MARK: Names

  /// A name behind a source's own, `.page` or `['odd name']`. Unquoted, it goes up to a blank or what parts filters and
  /// arguments.
  mutating func name(of source: String, such example: String) throws(TemplateError) -> String {
    if begins(with: "["), begins(with: "'", at: 1) || begins(with: "\"", at: 1) {
      advance()
      let name = try string()
      guard take("]") else { throw error("\"]\" is missing behind the name") }
      return name
    }
    let start = position
    guard take(".") else { throw error("\(source) needs a name: \(example)") }
    let name = characters { " \t\r\n|(),}'\"".unicodeScalars.contains($0) }
    if name.isEmpty { throw error("\(source) needs a name: \(example)", from: start) }
    return name
  }

  /// `.user`, `[0]`, `['odd name']`, any number of them.
  mutating func steps() throws(TemplateError) -> [JSONStep] {
    var steps: [JSONStep] = []
    while true {
      let start = position
      if take(".") {
        let name = characters { " \t\r\n|(),}'\".[".unicodeScalars.contains($0) }
        if name.isEmpty { throw error("a name is missing behind the period", from: start) }
        steps.append(.member(name))
      } else if take("[") {
        steps.append(try index())
        guard take("]") else { throw error("\"]\" is missing", from: start) }
      } else {
        return steps
      }
      if steps.count > JSONStep.maxCount { throw error("a path has at most \(JSONStep.maxCount) steps", from: start) }
    }
  }

  private mutating func index() throws(TemplateError) -> JSONStep {
    if next == "'" || next == "\"" { return .member(try string()) }
    let start = position
    _ = take("-")
    while let scalar = next, ("0"..."9").contains(scalar) { advance() }
    guard let index = Int(text(from: start)), abs(index) <= 1 << 30 else {
      throw error("expected an index such as [0] or a name in quotes such as ['odd name']", from: start)
    }
    return .item(index)
  }

  // MARK: Literals

  /// A string in single or double quotes. A backslash takes the next character with it: `\n`, `\t`, `\\`, `\'`.
  mutating func string() throws(TemplateError) -> String {
    let start = position
    guard let quote = next, quote == "'" || quote == "\"" else { throw error("expected a text in quotes") }
    advance()
    var result = String.UnicodeScalarView()
    while let scalar = next {
      advance()
      if scalar == quote { return String(result) }
      guard scalar == "\\", let escaped = next else {
        result.append(scalar)
        continue
      }
      switch escaped {
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "r": result.append("\r")
      case "\\", "'", "\"": result.append(escaped)
      // Regular expressions and formats are full of backslashes of their own.
      default:
        result.append("\\")
        result.append(escaped)
      }
      advance()
    }
    throw TemplateError(range: start..<start + 1, message: "this quote is not closed")
  }

  /// A number as JSON has it; nil where none begins.
  mutating func number() -> JSONNumber? {
    let start = position
    _ = take("-")
    while let scalar = next, ("0"..."9").contains(scalar) || scalar == "." { advance() }
    guard position - start <= 100, let number = JSONNumber(text(from: start)) else {
      position = start
      return nil
    }
    return number
  }
}
