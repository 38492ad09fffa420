// What decoding made of the texts of a file, by where they stand: the file itself does not say which of them are paths,
// or have variables that count.

import YAMLDocument

/// Texts of one file that mean something else than they say.
struct TextResolutions {
  /// Where variables were replaced.
  var expanded: Set<SourceSpan> = []
  /// What stands for a whole text: an absolute path, or an address with one in it.
  var resolved: [SourceSpan: String] = [:]
}
