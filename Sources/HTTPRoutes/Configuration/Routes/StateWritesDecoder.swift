// `set_state`: what states become when a route answers.

import JSONText
import YAMLDocument

enum StateWritesDecoder {
  static let key = Key(
    "set_state", .entries(names: ".", .anything), "What states become when this answers, by name; values may have placeholders.")

  static func decode(_ value: SettingsDecoder, scope: TemplateScope) -> [StateWrite] {
    guard let pairs = value.node.mapping, !pairs.isEmpty else {
      value.errorExpected("states and their new values, such as {order: paid}")
      return []
    }
    return pairs.compactMap { pair in
      value.context.checkState(pair.key.text, at: pair.keySpan)
      return JSONBodyEncoder.encode(pair.value, scope: scope, context: value.context).map {
        StateWrite(name: pair.key.text, value: Self.value(BodyTemplate($0)))
      }
    }
  }

  private static func value(_ template: BodyTemplate) -> StateWrite.Value {
    if let octets = template.literal, let value = try? JSONValue(parsing: octets) { return .literal(value) }
    return .template(template)
  }
}

extension DecodingContext {
  /// Reports a state that the main file does not declare.
  func checkState(_ name: String, at span: SourceSpan) {
    guard !states.contains(name) else { return }
    let declared = states.isEmpty ? "; declare it at the top of the main file: states: {\(name.excerpt): {initial: …}}" : ""
    error("there is no state \"\(name.excerpt)\"\(declared)" + Suggestion.phrase(for: name, among: states), at: span)
  }
}
