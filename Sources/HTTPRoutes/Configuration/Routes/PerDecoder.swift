// `per` of a sequence, a state and a rate limit: a text that each request fills.

import YAMLDocument

enum PerDecoder {
  /// Nil after an error.
  ///
  /// - Parameter pattern: of the route; nil where several routes share what is counted.
  static func decode(_ value: SettingsDecoder, pattern: PathPattern?) -> StatePer? {
    guard let text = value.nonEmptyText("a text such as \"{{client}}\"") else { return nil }
    do throws(TemplateError) {
      let parts = try TemplateText.pieces(of: text, pattern: pattern).map { piece throws(TemplateError) -> BodyTemplate.Part in
        switch piece {
        case .text(let text): return .literal(Array(text.utf8))
        case .placeholder(.state, _, let range):
          throw TemplateError(range: range, message: "what is counted apart cannot depend on a state")
        case .placeholder(let name, nil, _): return .placeholder(name, .text)
        case .placeholder(_, _?, let range): throw TemplateError(range: range, message: "\"per\" takes no filter")
        }
      }
      let template = BodyTemplate(parts: parts)
      if template.literal != nil {
        value.error("\"\(text.excerpt)\" is the same for every request; leave \"per\" out, or write \"{{client}}\"")
        return nil
      }
      return StatePer(text: text, template: template)
    } catch {
      value.error(error.message, in: error.range, of: text)
      return nil
    }
  }
}
