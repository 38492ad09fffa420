// The keys of one mapping of the configuration, and the tables of all of them.

/// The keys of one mapping; an object for the reason that a key is one.
package final class KeyTable: Sendable {
  /// What the schema calls the mapping: `route`.
  package let name: String
  /// What diagnostics call the mapping: "a route".
  package let noun: String
  /// In the order in which suggestions prefer them.
  package let keys: [Key]
  /// Keys that have to be there.
  package let required: [String]
  /// Keys of which exactly one has to be there; none for an empty list.
  package let alternatives: [String]
  /// Keys of which one will do where none of them is there.
  package let substitutes: [String]
  /// Whether keys that begin with `x-` are left to the operator, as places for anchors.
  package let allowsExtensions: Bool

  init(
    _ name: String, noun: String? = nil, _ keys: [Key], required: [String] = [], alternatives: [String] = [], substitutes: [String] = [],
    allowsExtensions: Bool = false
  ) {
    self.name = name
    self.noun = noun ?? name
    self.keys = keys
    self.required = required
    self.alternatives = alternatives
    self.substitutes = substitutes
    self.allowsExtensions = allowsExtensions
  }

  package subscript(name: String) -> Key? { keys.first { $0.name == name } }

  func isExtension(_ key: String) -> Bool { allowsExtensions && key.hasPrefix("x-") }

  /// The table of the main file.
  package static var configuration: KeyTable { ConfigurationReader.keys }

  /// This table and those of the mappings in it, each once, in the order of the keys.
  package var withNested: [KeyTable] {
    var tables = [self]
    for table in keys.flatMap({ $0.shape.tables }).flatMap(\.withNested) where !tables.contains(where: { $0.name == table.name }) {
      tables.append(table)
    }
    return tables
  }
}
