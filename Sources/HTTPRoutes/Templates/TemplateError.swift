// What is wrong with a template, at the characters that it is about.

/// Why a text is no template: where, in characters from its start, and what to do about it.
package struct TemplateError: Error, Equatable {
  package let range: Range<Int>
  package let message: String

  package init(range: Range<Int>, message: String) {
    self.range = range
    self.message = message
  }

  /// What to say of a parameter that the path does not have; nil if it has it.
  static func unknownParameter(_ name: String, pattern: PathPattern) -> String? {
    if name == "**" { return pattern.hasRest ? nil : "the path \(pattern.text) does not end in **" }
    let names = pattern.parameterNames
    if names.contains(name) { return nil }
    return "the path \(pattern.text) has no parameter {\(name)}" + Suggestion.phrase(for: name, among: names)
  }
}

extension String {
  /// The text as a one-line message can quote it: control characters escaped, at most 60 characters.
  var excerpted: String {
    let scalars = unicodeScalars.prefix(61)
    let shown = scalars.prefix(60).map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
    return scalars.count > 60 ? shown + "…" : shown
  }
}
