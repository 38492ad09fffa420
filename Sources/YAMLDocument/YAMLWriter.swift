// A tree into text that reads as the same tree again: same order, same texts, same kinds. Collections are written in
// block style, a list of short scalars and an empty collection in flow style. There are no anchors, aliases or merge
// keys: a node that several places share is written at each of them.

/// Writes a tree as one document of YAML 1.2.
package struct YAMLWriter {
  /// Columns that a list of scalars may take to be written on one line.
  private static let maxFlowWidth = 100
  /// libyaml reads a key without a question mark only within 1,024 characters of one line.
  private static let maxSimpleKey = 900

  private var text = ""

  /// The document that has `root`, ending in a line break.
  ///
  /// Recurses once a level: a tree that the composer made has a few hundred at most.
  package static func text(of root: YAMLNode) -> String {
    var writer = YAMLWriter()
    if let line = inline(root) {
      writer.text = line + "\n"
    } else {
      writer.writeBlock(root, indent: 0)
    }
    return writer.text
  }

  // MARK: Collections

  /// Writes a collection that is not empty, each line indented and the first one too.
  private mutating func writeBlock(_ node: YAMLNode, indent: Int) {
    switch node.content {
    case .scalar(let scalar): text += Self.spaces(indent) + YAMLScalarText.block(scalar, indent: indent) + "\n"
    case .sequence(let items):
      for item in items {
        text += Self.spaces(indent) + "-"
        writeItem(item, indent: indent)
      }
    case .mapping(let pairs):
      for pair in pairs {
        text += Self.spaces(indent)
        write(pair, indent: indent)
      }
    }
  }

  /// What stands behind the hyphen: a collection begins on the same line.
  private mutating func writeItem(_ item: YAMLNode, indent: Int) {
    if case .mapping(let pairs) = item.content, !pairs.isEmpty {
      for (index, pair) in pairs.enumerated() {
        text += index == 0 ? " " : Self.spaces(indent + 2)
        write(pair, indent: indent + 2)
      }
    } else {
      writeValue(item, indent: indent)
    }
  }

  private mutating func write(_ pair: YAMLPair, indent: Int) {
    // A key is its text, also where that is empty.
    let key = pair.key.text.isEmpty ? "\"\"" : YAMLScalarText.line(pair.key, isFlow: false)
    if key.utf8.count > Self.maxSimpleKey {
      text += "? \(key)\n\(Self.spaces(indent)):"
    } else {
      text += "\(key):"
    }
    writeValue(pair.value, indent: indent)
  }

  /// What stands behind a colon or a hyphen, up to the end of the line or below it.
  private mutating func writeValue(_ value: YAMLNode, indent: Int) {
    if let line = Self.inline(value) {
      text += " \(line)\n"
    } else if case .scalar(let scalar) = value.content {
      text += " \(YAMLScalarText.block(scalar, indent: indent + 2))\n"
    } else {
      text += "\n"
      writeBlock(value, indent: indent + 2)
    }
  }

  // MARK: One line

  /// The node on one line: a scalar without line breaks to show, an empty collection, a short list of scalars.
  private static func inline(_ node: YAMLNode) -> String? {
    switch node.content {
    case .scalar(let scalar): return YAMLScalarText.isBlock(scalar) ? nil : YAMLScalarText.line(scalar, isFlow: false)
    case .mapping(let pairs): return pairs.isEmpty ? "{}" : nil
    case .sequence(let items):
      var parts: [String] = []
      var width = 2
      for item in items {
        guard case .scalar(let scalar) = item.content, !YAMLScalarText.isBlock(scalar) else { return nil }
        let part = YAMLScalarText.line(scalar, isFlow: true)
        width += part.utf8.count + 2
        if width > maxFlowWidth { return nil }
        parts.append(part)
      }
      return "[" + parts.joined(separator: ", ") + "]"
    }
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
