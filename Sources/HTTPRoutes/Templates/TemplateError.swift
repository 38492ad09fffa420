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
