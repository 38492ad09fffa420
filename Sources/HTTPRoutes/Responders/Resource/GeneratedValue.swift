// Members that `defaults` adds, made anew for each item.

package import JSONText

/// A value of JSON whose texts may have expressions.
package indirect enum GeneratedValue: Hashable, Sendable {
  case constant(JSONValue)
  case text(GeneratedText)
  case array([GeneratedValue])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: GeneratedValue
  }

  /// Throws for the first expression that there is not, at its place in its text.
  package init(_ value: JSONValue) throws(TemplateError) {
    switch value {
    case .string(let text):
      let generated = try GeneratedText(parsing: text)
      self = .text(generated)
    case .array(let items):
      var generated: [GeneratedValue] = []
      for item in items { generated.append(try GeneratedValue(item)) }
      self = .array(generated)
    case .object(let object):
      var generated: [Member] = []
      for member in object.members { generated.append(Member(name: member.name, value: try GeneratedValue(member.value))) }
      self = .object(generated)
    case .null, .bool, .number: self = .constant(value)
    }
  }

  package func render() -> JSONValue {
    switch self {
    case .constant(let value): value
    case .text(let text): .string(text.render())
    case .array(let items): .array(items.map { $0.render() })
    case .object(let members): .object(JSONObject(members.map { ($0.name, $0.value.render()) }))
    }
  }
}
