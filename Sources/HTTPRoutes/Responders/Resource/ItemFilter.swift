// Which items of a list are asked for.

import JSONText

/// What a value of an item is compared with: text, and the number that it spells, if it does.
struct FilterOperand: Sendable {
  let text: String
  let number: NumberKey?

  init(_ text: String) {
    self.text = text
    number = NumberKey(text)
  }

  /// Numbers are equal by value, texts by their code points; true, false and null by their names. An array is equal
  /// where an item of it is.
  func equals(_ value: JSONValue, isNested: Bool = false) -> Bool {
    switch value {
    case .null: text == "null"
    case .bool(let value): text == (value ? "true" : "false")
    case .number(let value): number.map { NumberKey(value) == $0 } ?? false
    case .string(let value): JSONString.areEqual(value, text)
    case .array(let items): !isNested && items.contains { equals($0, isNested: true) }
    case .object: false
    }
  }
}

/// One condition that all items of a list meet.
struct ItemFilter: Sendable {
  enum Relation: Sendable {
    case less, atMost, greater, atLeast
  }

  enum Test: Sendable {
    /// The field is one of these.
    case isAny([FilterOperand])
    /// The field is missing or is another.
    case isNot(FilterOperand)
    case compares(Relation, FilterOperand)
    case contains(TextSearch)
  }

  /// Nil: any text of the item, however deep.
  let field: FieldPath?
  var test: Test
  private var hint = 0

  init(_ field: FieldPath?, _ test: Test) {
    self.field = field
    self.test = test
  }

  mutating func passes(_ item: CollectionItem) -> Bool {
    guard let field else {
      guard case .contains(let search) = test else { return true }
      return Self.contains(search, in: .object(item.members))
    }
    guard let value = field.value(in: item.members, hint: &hint) else {
      if case .isNot = test { return true }
      return false
    }
    switch test {
    case .isAny(let operands): return operands.contains { $0.equals(value) }
    case .isNot(let operand): return !operand.equals(value)
    case .compares(let relation, let operand): return Self.compares(value, relation, operand)
    case .contains(let search): return Self.contains(search, in: value)
    }
  }

  /// Numbers by value, texts by their code points.
  private static func compares(_ value: JSONValue, _ relation: Relation, _ operand: FilterOperand) -> Bool {
    switch value {
    case .number(let number):
      guard let other = operand.number else { return false }
      let one = NumberKey(number)
      return switch relation {
      case .less: one < other
      case .atMost: !(other < one)
      case .greater: other < one
      case .atLeast: !(one < other)
      }
    case .string(let text):
      return switch relation {
      case .less: JSONString.precedes(text, operand.text)
      case .atMost: !JSONString.precedes(operand.text, text)
      case .greater: JSONString.precedes(operand.text, text)
      case .atLeast: !JSONString.precedes(text, operand.text)
      }
    default: return false
    }
  }

  /// Goes down the levels by recursion: an item has as many as `JSONLimits.depth` allows.
  private static func contains(_ search: TextSearch, in value: JSONValue) -> Bool {
    switch value {
    case .string(let text): search.isFound(in: text)
    case .array(let items): items.contains { contains(search, in: $0) }
    case .object(let object): object.members.contains { contains(search, in: $0.value) }
    case .null, .bool, .number: false
    }
  }
}
