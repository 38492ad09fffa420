// A key of the configuration as a value. Each mapping has one table of its keys. Its decoder, the editor schema, and
// the test that the reference file is complete read that table, so none of them can know a key that another does not.

import YAMLDocument

/// One key of a mapping. An object that never changes, since a reference is cheap to pass for each key of ten thousand
/// routes.
package final class Key: Sendable {
  package let name: String
  package let shape: Shape
  /// The value of a missing key as an operator would write it in YAML; nil where no value says it.
  package let defaultValue: String?
  /// One sentence for the editor.
  package let summary: String

  init(_ name: String, _ shape: Shape, default defaultValue: String? = nil, _ summary: String) {
    self.name = name
    self.shape = shape
    self.defaultValue = defaultValue
    self.summary = summary
  }
}

extension Key {
  /// The default as a node.
  var defaultNode: YAMLNode? {
    guard let defaultValue else { return nil }
    guard let node = YAMLComposer.compose(SourceText(file: name, bytes: Array(defaultValue.utf8))).root else {
      preconditionFailure("the default of \(name) is not YAML")
    }
    return node
  }
}
