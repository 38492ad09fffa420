// `per` of a sequence, a state and a rate limit: a text that each request fills.

import YAMLDocument

enum PerDecoder {
  /// Nil after an error.
  ///
  /// - Parameter scope: of the route; one without a path where several routes share what is counted.
  static func decode(_ value: SettingsDecoder, scope: TemplateScope) -> StatePer? {
    guard let text = value.nonEmptyText("a text such as \"{{client}}\"") else { return nil }
    do throws(TemplateError) {
      let parts = try value.templateParts(of: text, scope: scope)
      for case .expression(let expression, let range) in parts {
        if case .state = expression.source { throw TemplateError(range: range, message: "what is counted apart cannot depend on a state") }
      }
      let template = Template(parts)
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
