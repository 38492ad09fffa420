// What decoding shares besides the nodes themselves: the environment, where diagnostics go, and the directory that
// relative paths are relative to. A reference, because decoders nest and all of them report to the one place.

import YAMLDocument

/// The surroundings of decoding one file.
final class DecodingContext {
  let file: String
  /// The directory of the file, `""` for the current one.
  let directory: String
  let environment: [String: String]
  /// The names of the states that the main file declares.
  var states: [String] = []
  /// The time zones that templates of this file have asked for.
  private let zones = TimeZones()
  /// Where callbacks may go, once that is known.
  var callbacks = CallbackPolicy()
  /// Files whose content becomes part of the settings.
  private(set) var readPaths: [String] = []
  /// What became of texts, for a dump; nil without one.
  private(set) var resolutions: TextResolutions?
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var errorCount = 0
  var hasErrors: Bool { errorCount > 0 }

  /// - Parameter keepsResolutions: whether `resolutions` are wanted.
  init(file: String, environment: [String: String], keepsResolutions: Bool = false) {
    self.file = file
    if keepsResolutions { resolutions = TextResolutions() }
    directory = ConfiguredFiles.directory(of: file)
    self.environment = environment
  }

  func error(_ message: String, at mark: SourceMark, notes: [Diagnostic.Note] = []) {
    errorCount += 1
    diagnostics.append(Diagnostic(.error, at: mark, message: message, notes: notes))
  }

  func warning(_ message: String, at mark: SourceMark) {
    diagnostics.append(Diagnostic(.warning, at: mark, message: message))
  }

  func error(_ message: String, at span: SourceSpan) { error(message, at: span.inFile(file)) }

  func warning(_ message: String, at span: SourceSpan) { warning(message, at: span.inFile(file)) }

  func report(_ error: YAMLError) {
    let notes = error.note.map { [Diagnostic.Note(at: $0.mark, message: $0.message)] } ?? []
    self.error(error.message, at: error.mark, notes: notes)
  }

  /// What the templates of a route may name.
  ///
  /// - Parameter pattern: nil for a path that could not be understood.
  func makeScope(_ pattern: PathPattern?) -> TemplateScope { TemplateScope(pattern: pattern, zones: zones, states: states) }

  /// Notes that the content of a file, or of those that a pattern matches, is part of the settings.
  func noteRead(_ path: String) { readPaths.append(path) }

  /// Notes that variables were replaced in the text at `span`.
  func noteExpansion(at span: SourceSpan) { resolutions?.expanded.insert(span) }

  /// Notes what the whole text at `span` stands for: a path, or an address with one in it, from any directory.
  func noteResolution(_ text: @autoclosure () -> String, at span: SourceSpan) {
    if resolutions != nil { resolutions?.resolved[span] = text() }
  }

  /// A path of this file: relative ones are relative to the file's directory.
  func resolve(_ path: String) -> String { ConfiguredFiles.join(directory, path) }
}

extension Diagnostic {
  init(_ severity: Severity, at mark: SourceMark, message: String, notes: [Note] = []) {
    self.init(severity, file: mark.file, line: mark.line, column: mark.column, length: mark.length, message: message, notes: notes)
  }
}

extension Diagnostic.Note {
  init(at mark: SourceMark, message: String) {
    self.init(file: mark.file, line: mark.line, column: mark.column, message: message)
  }
}
