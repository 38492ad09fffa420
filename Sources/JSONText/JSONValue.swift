// A JSON text as a value (RFC 8259), and the questions that settings ask of one: equality, containment, merging.

/// A value of JSON.
///
/// Comparing, hashing, merging, writing and releasing a value goes down its levels by recursion. `JSONParser` bounds
/// them; a value that is put together otherwise should have no more than `JSONLimits.depth` levels either.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// Numbers are equal by value, strings by their code points, objects whatever the order of their members.
  package static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): JSONString.areEqual(left, right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .number(let number): hasher.combine(number)
    case .string(let text): JSONString.hash(text, into: &hasher)
    case .array(let items): hasher.combine(items)
    case .object(let object): hasher.combine(object)
    }
  }
}

extension JSONValue {
  /// Parses a text whole.
  ///
  /// - Throws: what is wrong, and where.
  package init(parsing octets: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    var parser = JSONParser(octets, limits: limits)
    while true {
      if let value = try parser.run(octets: octets.count + 1) {
        self = value
        return
      }
    }
  }

  package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(JSONObject(members.map { ($0.key, $0.value) }))
  }

  /// The type as the word that JSON has for it: `null`, `boolean`, `number`, `string`, `array` or `object`.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The value of a member; nil if this is not an object or has none of this name.
  package subscript(_ name: String) -> JSONValue? {
    if case .object(let object) = self { object[name] } else { nil }
  }

  /// The item at a position; nil if this is not an array or is shorter.
  package subscript(_ position: Int) -> JSONValue? {
    if case .array(let items) = self, items.indices.contains(position) { items[position] } else { nil }
  }

  /// Whether this is at least what is expected: an object has the expected members and may have others, an array has
  /// the same length and is compared item by item by the same rule, everything else is equal.
  package func contains(_ expected: JSONValue) -> Bool {
    switch (self, expected) {
    case (.object(let object), .object(let expected)):
      expected.members.allSatisfy { member in object[member.name].map { $0.contains(member.value) } ?? false }
    case (.array(let items), .array(let expected)):
      items.count == expected.count && zip(items, expected).allSatisfy { $0.contains($1) }
    default: self == expected
    }
  }

  /// The same, where with `exactly` no further members may be there at any depth.
  package func contains(_ expected: JSONValue, exactly: Bool) -> Bool { exactly ? self == expected : contains(expected) }

  /// The value after a merge patch (RFC 7396 §2): members of the patch replace members, and null removes them.
  package func merging(_ patch: JSONValue) -> JSONValue {
    guard case .object(let patch) = patch else { return patch }
    var result = JSONObject()
    if case .object(let object) = self { result = object }
    var removed = Set<Int>()
    for member in patch.members {
      if member.value == .null {
        if let position = result.position(of: member.name) { removed.insert(position) }
      } else {
        result.set(member.name, to: (result[member.name] ?? .null).merging(member.value))
      }
    }
    if !removed.isEmpty {
      var position = -1
      result.removeAll { _ in
        position += 1
        return removed.contains(position)
      }
    }
    return .object(result)
  }
}
