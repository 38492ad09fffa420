// One reload of the history that the admin listener shows.

/// What came of a reload.
package struct ReloadRecord: Sendable {
  package enum Outcome: String, Sendable {
    case reloaded, refused
  }

  /// Reloads that are kept.
  package static let maxKept = 50
  /// Changes and diagnostics that are kept of one, each.
  package static let maxLines = 100

  /// When it was over, milliseconds since 1970.
  package let milliseconds: Int64
  package let durationMilliseconds: Int
  /// Of the table that serves since.
  package let generation: Int
  package let outcome: Outcome
  /// One line.
  package let summary: String
  /// What is different now, a line each; empty where it was refused.
  package let changes: [String]
  /// Errors and warnings, each with its position, as `check` shows them.
  package let diagnostics: [String]

  package init(
    milliseconds: Int64, durationMilliseconds: Int, generation: Int, outcome: Outcome, summary: String, changes: [String],
    diagnostics: [String]
  ) {
    self.milliseconds = milliseconds
    self.durationMilliseconds = durationMilliseconds
    self.generation = generation
    self.outcome = outcome
    self.summary = summary
    self.changes = Self.bounded(changes)
    self.diagnostics = Self.bounded(diagnostics)
  }

  private static func bounded(_ lines: [String]) -> [String] {
    lines.count <= maxLines ? lines : lines.prefix(maxLines - 1) + ["and \(lines.count - maxLines + 1) more"]
  }
}
