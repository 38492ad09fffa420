// What is wrong with a JSON text, and the bounds of what is parsed.

/// Why octets are not a JSON text that this process parses.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// In octets from the start of the text.
  package let offset: Int
  package let message: String

  package var description: String { "\(message) (octet \(offset))" }
}

/// Bounds of what is parsed.
package struct JSONLimits: Sendable {
  /// How many arrays and objects may be open at a time.
  package var depth: Int
  /// How many values a text may have, arrays and objects counted with what is in them. With the default, a text of
  /// 8 MiB takes at most 16 times its length in memory.
  package var nodes: Int
  /// How many characters a number may have.
  package var numberLength: Int

  package init(depth: Int = 128, nodes: Int = 1_000_000, numberLength: Int = 4_096) {
    self.depth = depth
    self.nodes = nodes
    self.numberLength = numberLength
  }
}
