// `states`: values that routes share, by name.

import JSONText
import YAMLDocument

enum StatesDecoder {
  static let key = Key(
    "states", .entries(names: namePattern, .any([.mapping(keys), .null])).orNull,
    "Values that routes test with when.state and change with set_state, by name.")

  private static let namePattern = "^[A-Za-z_][A-Za-z0-9_-]{0,99}$"

  private static let keys = KeyTable(
    "state", noun: "a state",
    [
      Key("initial", .anything, "The value until a route sets another; null by default."),
      Key("per", .text, "What the value is kept apart for, such as \"{{path.id}}\"; one for all requests by default."),
    ])

  static func decode(_ value: SettingsDecoder) -> [StateSettings] {
    if value.isNull { return [] }
    guard let pairs = value.node.mapping else {
      value.errorExpected("states and their values at the start, such as {order: {initial: open}}")
      return []
    }
    // Also those with a mistake in them: what names one is not a second mistake.
    value.context.states = pairs.map(\.key.text)
    return pairs.compactMap { pair in
      guard isName(pair.key.text) else {
        value.context.error(
          "\"\(pair.key.text.excerpt)\" cannot be the name of a state: at most 100 letters, digits, hyphens and underscores, of which a letter or an underscore is the first",
          at: pair.keySpan)
        return nil
      }
      return state(pair.key.text, SettingsDecoder(node: pair.value, context: value.context)).map {
        StateSettings($0, mark: pair.keySpan.inFile(value.context.file))
      }
    }
  }

  private static func state(_ name: String, _ value: SettingsDecoder) -> StateDefinition? {
    if value.isNull { return StateDefinition(name: name, initial: .null) }
    guard let mapping = value.mapping(keys, "a mapping such as {initial: open}", hint: { "write {initial: \($0.excerpt)}" }) else {
      return nil
    }
    let per = mapping.take("per")
    let decodedPer = per.flatMap { PerDecoder.decode($0, scope: $0.context.makeScope(nil)) }
    let initial = mapping.take("initial").map { JSONLiteral.value(of: $0.node, context: $0.context) } ?? .some(.null)
    mapping.finish()
    guard let initial, per == nil || decodedPer != nil else { return nil }
    return StateDefinition(name: name, initial: initial, per: decodedPer)
  }

  /// What stands behind `state.` in a template as it is.
  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 100 else { return false }
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F }
    return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }
}
