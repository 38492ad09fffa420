// Diagnostics as a terminal shows them: those of `check`, of a start that fails and of a reload that is refused.

import HTTPRoutes

extension PaintedText {
  /// Appends every entry of a report on lines of its own.
  mutating func append(_ report: DiagnosticReport) {
    for entry in report.entries { append(entry) }
  }

  /// Appends how many there are, behind what they are of.
  mutating func append(summaryOf report: DiagnosticReport, of name: String, note: String = "") {
    append("\(name): ", .strong)
    append(report.summary, report.hasErrors ? .badHeading : .doubtfulHeading)
    append("\(note)\n")
  }

  private mutating func append(_ entry: DiagnosticReport.Entry) {
    append("\(entry.place): ", .strong)
    append("\(entry.severity.rawValue): ", entry.severity == .error ? .badHeading : .doubtfulHeading)
    append("\(entry.message)\n")
    if let excerpt = entry.excerpt {
      append("\(excerpt.source)\n")
      append("\(excerpt.caret)\n", entry.severity == .error ? .bad : .doubtful)
    }
    for note in entry.notes {
      append("\(note.place): ", .strong)
      append("note: ", .link)
      append("\(note.message)\n")
    }
  }
}
