// Where settings stand, for diagnostics that are found only later: an address that cannot be
// listened on, a log that cannot be opened.

import YAMLDocument

extension ListenSettings {
  /// An error about this address, at its place in the configuration; `origin` stands in for the file where no file
  /// names it.
  package func error(_ message: String, origin: String) -> Diagnostic {
    guard let mark else { return Diagnostic(.error, file: origin, line: 0, column: 0, message: message) }
    return Diagnostic(.error, at: mark, message: message)
  }
}

extension Settings {
  /// An error about the configuration as a whole.
  package func error(_ message: String) -> Diagnostic {
    Diagnostic(.error, file: files.first ?? "", line: 0, column: 0, message: message)
  }
}

extension RouteSettings {
  /// Where the route's path stands, `file:line:column`.
  package var position: String { patternMark.description }

  /// The key that says what answers: `static`, `json`, …
  package var kind: String { answer.responder.routeKey }
}
