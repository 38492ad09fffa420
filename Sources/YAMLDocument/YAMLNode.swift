// The tree that a YAML text becomes: ordered, marked, and faithful to the spelling. A number keeps its characters, for
// a canned body that says 1.0 has to answer 1.0; what the characters mean is a question asked later.

/// A node of a YAML document.
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    /// In the order written, no key twice; merge keys (`<<`) are already resolved.
    case mapping([YAMLPair])
  }

  package let content: Content
  /// A scalar's characters, quotes included; a flow collection with its brackets; the first character of a block
  /// collection.
  package let span: SourceSpan

  package init(_ content: Content, span: SourceSpan) {
    self.content = content
    self.span = span
  }
}

/// A key of a mapping, always a scalar, and its value.
package struct YAMLPair: Sendable {
  package let key: YAMLScalar
  package let keySpan: SourceSpan
  package let value: YAMLNode

  package init(key: YAMLScalar, keySpan: SourceSpan, value: YAMLNode) {
    self.key = key
    self.keySpan = keySpan
    self.value = value
  }
}

/// The text of a scalar and what the YAML 1.2 core schema takes it for.
package struct YAMLScalar: Equatable, Sendable {
  package enum Style: Equatable, Sendable {
    case plain
    /// In single or double quotes.
    case quoted
    /// A literal (`|`) or folded (`>`) block.
    case block
  }

  /// The core schema's reading of a scalar; numbers stay text.
  package enum Kind: Equatable, Sendable {
    case null, bool, int, float, string
  }

  package let text: String
  package let style: Style
  package let kind: Kind

  package init(text: String, style: Style, kind: Kind) {
    self.text = text
    self.style = style
    self.kind = kind
  }

  /// The value of a scalar of kind `bool`.
  package var boolValue: Bool? {
    guard kind == .bool else { return nil }
    return text.utf8.first == UInt8(ascii: "t") || text.utf8.first == UInt8(ascii: "T")
  }
}

extension YAMLNode {
  package var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  package var sequence: [YAMLNode]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  package var mapping: [YAMLPair]? {
    if case .mapping(let pairs) = content { pairs } else { nil }
  }

  /// The value of the key with this text.
  package subscript(key: String) -> YAMLNode? { mapping?.first { $0.key.text == key }?.value }

  /// What a diagnostic calls this node: "a sequence", "null", "the number 5", `"text"`.
  package var nounPhrase: String {
    switch content {
    case .sequence: "a sequence"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.kind {
      case .null: "null"
      case .bool: scalar.text
      case .int, .float: scalar.text
      case .string: "\"\(scalar.text.excerpt)\""
      }
    }
  }

  /// The place of `length` characters at `offset` of a scalar's text, or the whole scalar where escapes or line folding
  /// put the text out of step with the source.
  package func span(ofScalars range: Range<Int>) -> SourceSpan {
    guard let scalar, span.line == span.endLine else { return span }
    let quote = scalar.style == .quoted ? 1 : 0
    guard span.endColumn - span.column == scalar.text.unicodeScalars.count + 2 * quote else { return span }
    return span.part(offset: quote + range.lowerBound, length: max(1, range.count))
  }
}

extension String {
  /// The text as a one-line message can quote it: control characters escaped, at most 60 characters.
  package var excerpt: String {
    let shown = escapingControls
    return shown.unicodeScalars.count <= 60 ? shown : String(shown.unicodeScalars.prefix(60)) + "…"
  }

  /// The whole text on one line: control characters escaped.
  package var escapingControls: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
    return unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
  }
}
