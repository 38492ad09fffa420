// A node of the configuration as the value of JSON that it means.

import JSONText
import YAMLDocument

enum JSONLiteral {
  /// The value of a node; nil after reporting what JSON cannot say.
  static func value(of node: YAMLNode, context: DecodingContext) -> JSONValue? {
    switch node.content {
    case .sequence(let items):
      let values = items.map { value(of: $0, context: context) }
      return values.contains { $0 == nil } ? nil : .array(values.compactMap { $0 })
    case .mapping(let pairs):
      let members = pairs.map { pair in value(of: pair.value, context: context).map { (name: pair.key.text, value: $0) } }
      return members.contains { $0 == nil } ? nil : .object(JSONObject(members.compactMap { $0 }))
    case .scalar(let scalar):
      switch scalar.kind {
      case .null: return .null
      case .bool: return .bool(scalar.boolValue == true)
      case .string: return .string(scalar.text)
      case .int, .float:
        if let number = number(scalar.text) { return .number(number) }
        context.error("JSON has no \(scalar.text); put it in quotes to mean the text", at: node.span)
        return nil
      }
    }
  }

  /// A number of YAML; nil for what JSON has no number for, such as `.inf`.
  static func number(_ text: String) -> JSONNumber? { JSONBodyEncoder.number(text).flatMap { JSONNumber($0) } }
}
