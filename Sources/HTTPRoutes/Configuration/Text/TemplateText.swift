// Templates in settings: read with the places that errors and the log name.

import YAMLDocument

extension SettingsDecoder {
  /// The parts of a text of this value, variables expanded or not.
  func templateParts(of text: String, scope: TemplateScope) throws(TemplateError) -> [TemplatePart] {
    try TemplateReader.parts(of: text, scope: scope) { place(of: $0, in: text) }
  }

  /// `file:line:column` of a character.
  func place(of offset: Int, in text: String) -> String {
    "\((isVerbatim(text) ? node.span(ofScalars: offset..<offset + 1) : node.span).inFile(context.file))"
  }

  /// The template that a text is; nil after reporting what is wrong.
  func template(of text: String, scope: TemplateScope) -> Template? {
    do throws(TemplateError) {
      return Template(try templateParts(of: text, scope: scope))
    } catch {
      self.error(error.message, in: error.range, of: text)
      return nil
    }
  }

  /// Whether the value is a text with a placeholder in it.
  var hasPlaceholder: Bool { node.scalar.map { TemplateReader.firstPlaceholder(in: $0.text) != nil } ?? false }
}

/// Lines and columns of a text, by offsets in characters.
struct TextPlaces {
  private let file: String
  private var lineStarts = [0]

  init(file: String, text: String) {
    self.file = file
    for (offset, scalar) in text.unicodeScalars.enumerated() where scalar == "\n" { lineStarts.append(offset + 1) }
  }

  /// `file:line:column`.
  func place(_ offset: Int) -> String {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return "\(file):\(low + 1):\(offset - lineStarts[low] + 1)"
  }

  /// Where the objects and the strings of a JSON text begin, in its order: behind the quote, or at the brace.
  static func offsetsOfTexts(inJSON text: String) -> [Int] {
    var offsets: [Int] = []
    var isString = false
    var isEscaped = false
    for (offset, scalar) in text.unicodeScalars.enumerated() {
      if isString {
        if !isEscaped, scalar == "\"" { isString = false }
        isEscaped = !isEscaped && scalar == "\\"
      } else if scalar == "\"" {
        isString = true
        offsets.append(offset + 1)
      } else if scalar == "{" {
        offsets.append(offset)
      }
    }
    return offsets
  }
}
