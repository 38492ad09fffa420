// Nodes that come from no text: what a program writes rather than reads.

extension YAMLNode {
  /// Where a node stands that no text has.
  private static let nowhere = SourceSpan(line: 0, column: 0)

  /// A scalar of kind string, whatever the core schema would take the text for.
  package static func string(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text: text, style: .quoted, kind: .string)), span: nowhere)
  }

  /// A plain scalar: a number, a truth value or a word, as the core schema reads it.
  package static func plain(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text: text, style: .plain, kind: CoreSchema.kind(ofPlain: text))), span: nowhere)
  }

  package static func sequence(_ items: [YAMLNode]) -> YAMLNode { YAMLNode(.sequence(items), span: nowhere) }

  /// A mapping with its keys in this order, each of them a string. No key is given twice.
  package static func mapping(_ pairs: [(key: String, value: YAMLNode)]) -> YAMLNode {
    YAMLNode(.mapping(pairs.map { YAMLPair($0.key, $0.value) }), span: nowhere)
  }
}

extension YAMLPair {
  /// A pair that no text has, its key a string.
  package init(_ key: String, _ value: YAMLNode) {
    self.init(key: YAMLScalar(text: key, style: .quoted, kind: .string), keySpan: SourceSpan(line: 0, column: 0), value: value)
  }
}
