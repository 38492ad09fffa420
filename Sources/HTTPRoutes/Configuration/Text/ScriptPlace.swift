// Expressions in the text of a script or a style, where no escape keeps a value from being code.

/// An expression that a client may fill with code.
struct ScriptPlace {
  /// In characters of the template's text.
  let range: Range<Int>
  /// `script` or `style`.
  let element: String

  var warning: String {
    "what a client sends can be code inside <\(element)>, where no escape helps; put it into an attribute, such as data-id"
  }

  /// Those whose value a client chooses, unless the operator has taken the escape off.
  static func all(in parts: [TemplatePart]) -> [ScriptPlace] {
    var places: [ScriptPlace] = []
    var open: String?
    for part in parts {
      switch part {
      case .text(let text): open = Markup.rawElement(after: text, in: open)
      case .expression(let expression, let range):
        guard let open, expression.isOfClient, !expression.filters.contains(.raw) else { continue }
        places.append(ScriptPlace(range: range, element: open))
      }
    }
    return places
  }
}
