// What a value of JSON looks like, for the OpenAPI document and for its test.

package import JSONText

/// The shape of a value, as far as JSON Schema says it.
package indirect enum AdminShape: Sendable {
  case string
  /// RFC 3339 with milliseconds.
  case time
  case integer
  case number
  case boolean
  /// One of these words.
  case words([String])
  case array(of: AdminShape)
  /// Members that are always there, and members that may be missing.
  case object([Member], optional: [Member] = [])
  /// An object whose members have names that are not known beforehand.
  case map(of: AdminShape)
  /// This, or null.
  case nullable(AdminShape)
  case anything
  /// One of the document's named shapes.
  case named(String)

  package struct Member: Sendable {
    package let name: String
    package let shape: AdminShape

    package init(_ name: String, _ shape: AdminShape) {
      self.name = name
      self.shape = shape
    }
  }

  /// The schema (JSON Schema 2020-12, as OpenAPI 3.1 has it).
  package var schema: JSONValue {
    switch self {
    case .string: .object(["type": .string("string")])
    case .time: .object(["type": .string("string"), "format": .string("date-time")])
    case .integer: .object(["type": .string("integer")])
    case .number: .object(["type": .string("number")])
    case .boolean: .object(["type": .string("boolean")])
    case .words(let words): .object(["type": .string("string"), "enum": .array(words.map { .string($0) })])
    case .array(let item): .object(["type": .string("array"), "items": item.schema])
    case .object(let members, let optional): Self.object(members, optional)
    case .map(let value): .object(["type": .string("object"), "additionalProperties": value.schema])
    case .nullable(let shape): .object(["anyOf": .array([shape.schema, .object(["type": .string("null")])])])
    case .anything: .object([:])
    case .named(let name): .object(["$ref": .string("#/components/schemas/\(name)")])
    }
  }

  private static func object(_ members: [Member], _ optional: [Member]) -> JSONValue {
    var schema = JSONObject([("type", .string("object"))])
    schema.set("properties", to: .object(JSONObject((members + optional).map { ($0.name, $0.shape.schema) })))
    if !members.isEmpty { schema.set("required", to: .array(members.map { .string($0.name) })) }
    return .object(schema)
  }
}
