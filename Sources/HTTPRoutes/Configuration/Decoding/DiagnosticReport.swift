// Diagnostics as a whole: all of them where they are few; of many as many as can be read, how many there are, and how
// many were left out. Forty errors are one or two causes, so the later ones do without their source lines.

import YAMLDocument

/// What is shown of a list of diagnostics.
package struct DiagnosticReport {
  /// Errors that show their line and a caret.
  private static let excerpts = 20
  /// Diagnostics shown; errors go before warnings where there are more.
  private static let limit = 100

  /// One diagnostic in its parts, each of which may be shown in its own way.
  package struct Entry: Equatable, Sendable {
    package let severity: Diagnostic.Severity
    /// `file:line:column`, or the file alone.
    package let place: String
    package let message: String
    /// The source line and the line with the caret below it.
    package let excerpt: Excerpt?
    package let notes: [Note]

    package struct Excerpt: Equatable, Sendable {
      package let source: String
      package let caret: String
    }

    package struct Note: Equatable, Sendable {
      package let place: String
      package let message: String
    }

    /// The entry without colours, without a final line break.
    package var text: String {
      var text = "\(place): \(severity.rawValue): \(message)"
      if let excerpt { text += "\n\(excerpt.source)\n\(excerpt.caret)" }
      for note in notes { text += "\n\(note.place): note: \(note.message)" }
      return text
    }
  }

  /// Each diagnostic that is shown, in order.
  package let entries: [Entry]
  package let hasErrors: Bool
  /// `40 errors, 2 warnings`, and how many are not shown.
  package let summary: String

  package init(_ diagnostics: [Diagnostic]) {
    // What stands for others is in the summary.
    let single = diagnostics.filter { $0.hidden == Diagnostic.HiddenProblems() }
    let errors = single.count { $0.severity == .error }
    var left = [Diagnostic.Severity.error: min(errors, Self.limit), .warning: max(0, Self.limit - errors)]
    var excerpts = Self.excerpts
    var entries: [Entry] = []
    for diagnostic in single {
      guard let room = left[diagnostic.severity], room > 0 else { continue }
      left[diagnostic.severity] = room - 1
      entries.append(diagnostic.entry(isBrief: excerpts <= 0))
      if diagnostic.severity == .error { excerpts -= 1 }
    }
    self.entries = entries
    hasErrors = errors > 0
    let counts = [
      ("error", errors + diagnostics.reduce(0) { $0 + $1.hidden.errors }),
      ("warning", single.count - errors + diagnostics.reduce(0) { $0 + $1.hidden.warnings }),
    ]
    let hidden = counts[0].1 + counts[1].1 - entries.count
    let count = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)\($0.1 == 1 ? "" : "s")" }.joined(separator: ", ")
    summary = count + (hidden > 0 ? "; \(hidden) of them \(hidden == 1 ? "is" : "are") not shown" : "")
  }

  /// The entries on lines of their own, without a final line break.
  package var text: String { entries.map(\.text).joined(separator: "\n") }
}

extension Diagnostic {
  /// The diagnostic in its parts.
  ///
  /// - Parameter isBrief: without its source line and its notes.
  func entry(isBrief: Bool = false) -> DiagnosticReport.Entry {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    var excerpt: DiagnosticReport.Entry.Excerpt?
    if !isBrief, severity == .error, line > 0, let sourceLine {
      let lines = SourceExcerpt(sourceLine, column: column, length: length).lines(line: line)
      excerpt = DiagnosticReport.Entry.Excerpt(source: lines.source, caret: lines.caret)
    }
    let notes = isBrief ? [] : notes.map { DiagnosticReport.Entry.Note(place: "\($0.file):\($0.line):\($0.column)", message: $0.message) }
    return DiagnosticReport.Entry(severity: severity, place: place, message: message, excerpt: excerpt, notes: notes)
  }

  /// The same with its source line, read from the file now where it is not known: for what is found only after loading.
  package var withSourceLine: Diagnostic {
    guard severity == .error, line > 0, sourceLine == nil, case .success(let bytes) = ConfiguredFiles.read(file, limit: YAMLLimits().bytes)
    else { return self }
    return Diagnostic(
      severity, file: file, line: line, column: column, length: length, message: message, notes: notes,
      sourceLine: SourceText(file: file, bytes: bytes).line(line), hidden: hidden)
  }

  /// The diagnostic without its source line and its notes.
  package var headline: String { entry(isBrief: true).text }
}
