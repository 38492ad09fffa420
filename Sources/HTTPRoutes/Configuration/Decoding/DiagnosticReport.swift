// Diagnostics as a whole: all of them where they are few; of many as many as can be read, how many there are, and how
// many were left out. Forty errors are one or two causes, so the later ones do without their source lines.

/// What is shown of a list of diagnostics.
package struct DiagnosticReport {
  /// Errors that show their line and a caret.
  private static let excerpts = 20
  /// Diagnostics shown; errors go before warnings where there are more.
  private static let limit = 100

  /// Each diagnostic that is shown, in order, with its text.
  package let entries: [(severity: Diagnostic.Severity, text: String)]
  /// `40 errors, 2 warnings`, and how many are not shown.
  package let summary: String

  package init(_ diagnostics: [Diagnostic]) {
    // What stands for others is in the summary.
    let single = diagnostics.filter { $0.hidden == Diagnostic.HiddenProblems() }
    let errors = single.count { $0.severity == .error }
    var left = [Diagnostic.Severity.error: min(errors, Self.limit), .warning: max(0, Self.limit - errors)]
    var excerpts = Self.excerpts
    var entries: [(severity: Diagnostic.Severity, text: String)] = []
    for diagnostic in single {
      guard let room = left[diagnostic.severity], room > 0 else { continue }
      left[diagnostic.severity] = room - 1
      entries.append((diagnostic.severity, excerpts > 0 ? diagnostic.render() : diagnostic.headline))
      if diagnostic.severity == .error { excerpts -= 1 }
    }
    self.entries = entries
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
  /// The diagnostic without its source line and its notes.
  package var headline: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    return "\(place): \(severity.rawValue): \(message)"
  }
}
