// The configuration language as a JSON Schema (draft 7), for editors. It is made from the tables of keys, so an editor
// knows the keys that the decoder knows. The decoder is stricter: it looks at the file system and at other keys as
// well.

import JSONText
import YAMLDocument

package enum ConfigurationSchema {
  /// The schema as a text of JSON that ends in a line break.
  package static var text: String {
    var root = members(of: .configuration)
    root.insert(contentsOf: [("$schema", .string("http://json-schema.org/draft-07/schema#")), ("title", .string("asynchttpd"))], at: 0)
    let tables = KeyTable.configuration.withNested.dropFirst()
    let definitions = [("variable", variable)] + tables.map { ($0.name, SchemaNode.object(members(of: $0))) }
    root.append(("definitions", .object(definitions)))
    return SchemaNode.object(root).text + "\n"
  }

  // MARK: Mappings

  private static func members(of table: KeyTable) -> [(String, SchemaNode)] {
    var members: [(String, SchemaNode)] = [("type", .string("object")), ("additionalProperties", .bool(false))]
    if table.allowsExtensions { members.append(("patternProperties", .object([("^x-", .object([]))]))) }
    if !table.required.isEmpty { members.append(("required", strings(table.required))) }
    if !table.alternatives.isEmpty {
      let one: [SchemaNode] = table.alternatives.map { .object([("required", strings([$0]))]) }
      let none: [SchemaNode] = table.substitutes.map { key in
        .object([("required", strings([key])), ("not", .object([("anyOf", .array(one))]))])
      }
      members.append(("oneOf", .array(one + none)))
    }
    members.append(("properties", .object(table.keys.map { ($0.name, property($0)) })))
    return members
  }

  private static func property(_ key: Key) -> SchemaNode {
    var members: [(String, SchemaNode)] = [("description", .string(key.summary))]
    if let json = key.defaultJSON { members.append(("default", .literal(json))) }
    let alternatives = alternatives(of: key.shape)
    // Beside $ref, draft 7 overlooks every other keyword.
    if alternatives.count == 1, case .object(let only) = alternatives[0], only.first?.0 != "$ref" {
      members += only
    } else {
      members.append(("anyOf", .array(alternatives)))
    }
    return .object(members)
  }

  // MARK: Shapes

  private static func schema(_ shape: Shape) -> SchemaNode {
    let alternatives = alternatives(of: shape)
    return alternatives.count == 1 ? alternatives[0] : .object([("anyOf", .array(alternatives))])
  }

  /// The schemas of which a value meets one.
  private static func alternatives(of shape: Shape) -> [SchemaNode] {
    switch shape {
    case .text: [typed("string", "number", "boolean")]
    case .matching(let pattern, orNumber: false): [text(pattern)]
    case .matching(let pattern, orNumber: true): [typed("string", "number", and: [("pattern", orVariable(pattern))])]
    case .path: [typed("string", "number", and: [("minLength", .integer(1))])]
    // A scalar in quotes is read as the number that it spells.
    case .integer(let range):
      [
        typed("integer", "string", and: bounds(Int64(range.lowerBound), Int64(range.upperBound), pattern: "^[0-9]+$"))
      ]
    case .numbers(let numbers):
      [.object([("enum", .array(numbers.map { .integer(Int64($0)) }))]), text("^(\(numbers.map(String.init).joined(separator: "|")))$")]
    case .size(let range):
      [
        typed(
          "integer", "string",
          and: bounds(range.lowerBound, range.upperBound, pattern: "^[0-9]+(\(Units.sizeUnitNames.joined(separator: "|")))?$"))
      ]
    case .duration(_, let allowsZero):
      [text((allowsZero ? "^" : "^(?=.*[1-9])") + "[0-9]+(\\.[0-9]+)?(\(Units.durationUnitNames.joined(separator: "|")))$")]
    case .bool: [typed("boolean", "string", and: [("pattern", orVariable("^([Tt]rue|TRUE|[Ff]alse|FALSE)$"))])]
    case .words(let words): [.object([("enum", strings(words))]), .object([("$ref", .string("#/definitions/variable"))])]
    case .off: [.object([("enum", .array([.string("off"), .bool(false)]))]), .object([("$ref", .string("#/definitions/variable"))])]
    case .null: [typed("null")]
    case .anything: [.object([])]
    case .list(let item, let least):
      alternatives(of: item) + [
        typed("array", and: [("items", schema(item))] + (least > 0 ? [("minItems", .integer(Int64(least)))] : []))
      ]
    case .sequence(let item): [typed("array", and: [("items", schema(item))])]
    case .mapping(let table): [.object([("$ref", .string("#/definitions/\(table.name)"))])]
    case .named(let name): [.object([("$ref", .string("#/definitions/\(name)"))])]
    case .entries(let names, let value):
      [
        typed(
          "object", and: [("propertyNames", .object([("pattern", .string(names))])), ("additionalProperties", schema(value))])
      ]
    case .any(let shapes):
      joined(
        shapes.flatMap { alternatives(of: $0) }.reduce(into: []) { unique, schema in
          if !unique.contains(where: { $0.text == schema.text }) { unique.append(schema) }
        })
    }
  }

  /// A schema of one type and the schema of null as one of two types. Of alternatives, an editor says only that none is
  /// met.
  private static func joined(_ alternatives: [SchemaNode]) -> [SchemaNode] {
    guard alternatives.count == 2, case .object(var members) = alternatives[0], case .object(let other) = alternatives[1],
      case ("type", .string(let type))? = members.first, case ("type", .string("null"))? = other.first
    else { return alternatives }
    members[0].1 = strings([type, "null"])
    return [.object(members)]
  }

  /// Any scalar may be made of environment variables, which an editor does not know.
  private static let variable = SchemaNode.object([("type", .string("string")), ("pattern", .string("\\$\\{"))])

  private static func orVariable(_ pattern: String) -> SchemaNode { .string("\(pattern)|\\$\\{") }

  private static func text(_ pattern: String) -> SchemaNode { typed("string", and: [("pattern", orVariable(pattern))]) }

  private static func typed(_ types: String..., and members: [(String, SchemaNode)] = []) -> SchemaNode {
    let type = types.count == 1 ? SchemaNode.string(types[0]) : strings(types)
    return .object([("type", type)] + members)
  }

  /// Keywords that count for numbers, and one that counts for strings.
  private static func bounds(_ least: Int64, _ most: Int64, pattern: String) -> [(String, SchemaNode)] {
    [("minimum", .integer(least)), ("maximum", .integer(most)), ("pattern", orVariable(pattern))]
  }

  private static func strings(_ strings: [String]) -> SchemaNode { .array(strings.map { .string($0) }) }
}

extension Key {
  /// The default as JSON.
  fileprivate var defaultJSON: String? {
    guard let node = defaultNode else { return nil }
    let context = DecodingContext(file: name, environment: [:])
    guard let bytes = JSONBodyEncoder.encode(node, scope: TemplateScope(pattern: nil), context: context)?.literal else {
      preconditionFailure("the default of \(name) is not JSON")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A value of JSON whose members keep their order.
private enum SchemaNode {
  case object([(String, SchemaNode)])
  case array([SchemaNode])
  case string(String)
  case integer(Int64)
  case bool(Bool)
  /// JSON as it stands.
  case literal(String)

  /// On one line where that is short.
  var text: String { text(indent: "") }

  private func text(indent: String) -> String {
    switch self {
    case .object(let members): Self.joined(members.map { (JSONString.quoted($0) + ": ", $1) }, "{", "}", indent)
    case .array(let items): Self.joined(items.map { ("", $0) }, "[", "]", indent)
    case .string(let text): JSONString.quoted(text)
    case .integer(let value): String(value)
    case .bool(let value): String(value)
    case .literal(let json): json
    }
  }

  private static func joined(_ items: [(label: String, value: SchemaNode)], _ open: String, _ close: String, _ indent: String) -> String {
    let inner = indent + "  "
    let parts = items.map { $0.label + $0.value.text(indent: inner) }
    let line = open + parts.joined(separator: ", ") + close
    if line.utf8.count + indent.utf8.count <= 100, !line.contains("\n") { return line }
    return open + "\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n" + indent + close
  }
}
