// What the tests of this target share: a text in, a tree or its errors out, and a tree as one line of text to compare with.

import YAMLDocument

func compose(_ text: String, limits: YAMLLimits = YAMLLimits()) -> ComposedDocument {
  compose(bytes: Array(text.utf8), limits: limits)
}

func compose(bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> ComposedDocument {
  YAMLComposer.compose(SourceText(file: "a.yaml", bytes: bytes), limits: limits)
}

/// Every error of a text as `line:column message`, notes behind it.
func errors(of text: String, limits: YAMLLimits = YAMLLimits()) -> [String] {
  errors(ofBytes: Array(text.utf8), limits: limits)
}

func errors(ofBytes bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> [String] {
  compose(bytes: bytes, limits: limits).errors.map { error in
    let note = error.note.map { " (\($0.message) \($0.mark.line):\($0.mark.column))" } ?? ""
    return "\(error.mark.line):\(error.mark.column) \(error.message)\(note)"
  }
}

extension YAMLNode {
  /// The tree in flow form with the kind of each scalar: `{a: [int 1, string x]}`.
  var shape: String {
    switch content {
    case .scalar(let scalar): "\(scalar.kind) \(scalar.text)"
    case .sequence(let items): "[" + items.map(\.shape).joined(separator: ", ") + "]"
    case .mapping(let pairs): "{" + pairs.map { "\($0.key.text): \($0.value.shape)" }.joined(separator: ", ") + "}"
    }
  }

  /// `line:column` and the length to underline.
  var place: String { "\(span.line):\(span.column)+\(span.length)" }
}

func shape(of text: String) -> String? { compose(text).root?.shape }
