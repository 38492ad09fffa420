// One thing that is wrong or doubtful in a configuration, and the way it is shown:
//
//     config/asynchttpd.yaml:14:5: error: unknown key "methdo" in a route (did you mean "method"?)
//        14 |     methdo: POST
//           |     ^~~~~~
//
// An error shows its line with a caret under the characters meant; a warning is one line, since it stands among others
// in a log.

/// A problem of a configuration, at a position.
public struct Diagnostic: Equatable, Sendable {
  /// How much a diagnostic weighs.
  public enum Severity: String, Equatable, Sendable {
    /// The configuration cannot be used.
    case error
    /// The configuration can be used and probably does not do what was meant.
    case warning
  }

  /// A second position that explains the first.
  public struct Note: Equatable, Sendable {
    /// The file as it was named.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in characters.
    public let column: Int
    /// One line without a final period.
    public let message: String

    package init(file: String, line: Int, column: Int, message: String) {
      self.file = file
      self.line = line
      self.column = column
      self.message = message
    }
  }

  /// Problems beyond those that are kept.
  package struct HiddenProblems: Equatable, Sendable {
    package var errors = 0
    package var warnings = 0
  }

  /// Whether the configuration can be used all the same.
  public let severity: Severity
  /// The file as its user or an `include` named it.
  public let file: String
  /// The line, from 1; 0 if the problem is the file as a whole.
  public let line: Int
  /// The column, from 1, in characters (Unicode scalars).
  public let column: Int
  /// How many characters are meant, from `column` on; at least 1.
  public let length: Int
  /// One line without a final period.
  public let message: String
  /// Further positions that help to understand this one.
  public let notes: [Note]
  /// The text of the line, for the caret; nil if there is none to show.
  public let sourceLine: String?
  /// The errors and warnings that this one stands for, where it says how many are not shown; 0 and 0 for a problem of
  /// its own.
  package let hidden: HiddenProblems

  package init(
    _ severity: Severity, file: String, line: Int, column: Int, length: Int = 1, message: String, notes: [Note] = [],
    sourceLine: String? = nil, hidden: HiddenProblems = HiddenProblems()
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.length = length
    self.message = message
    self.notes = notes
    self.sourceLine = sourceLine
    self.hidden = hidden
  }

  /// The diagnostic as text, without a final line break.
  public func render() -> String { entry().text }

  /// All of `diagnostics` as text, each on lines of its own.
  public static func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { $0.render() }.joined(separator: "\n")
  }
}

extension Diagnostic: CustomStringConvertible {
  /// The diagnostic as it is shown to people.
  public var description: String { render() }
}

/// Why a configuration cannot be used: at least one of the diagnostics is an error.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// Everything there is to say about the configuration, warnings included, sorted by position.
  public let diagnostics: [Diagnostic]

  package init(diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics
  }

  /// The diagnostics as they are shown to people.
  public var description: String { Diagnostic.render(diagnostics) }
}
