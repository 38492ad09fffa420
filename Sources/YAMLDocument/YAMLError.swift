// What can be wrong with a YAML text, as a value: a position, a sentence, and where it helps a second position.

/// One problem of a YAML text.
package struct YAMLError: Error, Equatable, Sendable {
  /// A second place that explains the first, such as the key that a duplicate repeats.
  package struct Note: Equatable, Sendable {
    package let mark: SourceMark
    package let message: String

    package init(mark: SourceMark, message: String) {
      self.mark = mark
      self.message = message
    }
  }

  package let mark: SourceMark
  /// One line without a final period, ready to stand behind `error: `.
  package let message: String
  package let note: Note?

  package init(mark: SourceMark, message: String, note: Note? = nil) {
    self.mark = mark
    self.message = message
    self.note = note
  }
}
