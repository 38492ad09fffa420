// Text from elsewhere (the wire, a file, another process) on its way to a terminal or a log.

extension Unicode.Scalar {
  /// Whether this moves the cursor, ends a line or reorders text instead of showing: C0, DEL and C1, line and paragraph separators, and
  /// the marks of bidirectional text.
  var isUnsafeToShow: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}

extension String {
  /// The text with every unsafe character as an escape, `\n`, `\u{1B}`: one line whatever is in it.
  var escapingControlCharacters: String { escapingControlCharacters(but: []) }

  /// The same, but for those that are `kept`.
  func escapingControlCharacters(but kept: Set<Unicode.Scalar>) -> String {
    guard unicodeScalars.contains(where: { $0.isUnsafeToShow && !kept.contains($0) }) else { return self }
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.isUnsafeToShow, !kept.contains(scalar) {
        shown.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      } else {
        shown.append(scalar)
      }
    }
    return String(shown)
  }
}
