// From a path to settings or to everything that is wrong with them. Files are read and nothing else is touched: loading
// is what `check` does, what a reload does while the old settings serve, and what a start does first.

import YAMLDocument

/// What loading a configuration came to.
package struct LoadResult: Sendable {
  /// Nil if there is any error.
  package let settings: Settings?
  /// Errors and warnings, in the order of the files and sorted by position within each.
  package let diagnostics: [Diagnostic]
  /// The files that were read or should have been, the main file first.
  package let files: [String]
  /// Further paths whose content is part of the settings, as the files name them, patterns of `include` among them: with
  /// `files`, all that a change of may mean another outcome.
  package let namedPaths: [String]

  /// Whether there is anything but warnings.
  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

package enum SettingsLoader {
  /// Loads the configuration file at `path`.
  package static func load(path: String, environment: [String: String]) -> LoadResult {
    switch ConfiguredFiles.read(path, limit: YAMLLimits().bytes) {
    case .success(let bytes):
      return load(SourceText(file: path, bytes: bytes), environment: environment)
    case .failure(let reason):
      let diagnostic = Diagnostic(.error, file: path, line: 0, column: 0, message: "cannot read this file: \(reason.message)")
      return LoadResult(settings: nil, diagnostics: [diagnostic], files: [path], namedPaths: [])
    }
  }

  /// Loads the configuration file at `path`, and writes what it says in effect as one text of YAML: nothing is included,
  /// inherited or left to a variable, and paths are absolute.
  ///
  /// - Parameter showsSecrets: else `***` stands for what variables have that look as if they had a secret.
  package static func dump(
    path: String, environment: [String: String], showsSecrets: Bool
  ) -> (result: LoadResult, text: String?) {
    switch ConfiguredFiles.read(path, limit: YAMLLimits().bytes) {
    case .failure: return (load(path: path, environment: environment), nil)
    case .success(let bytes):
      return dump(SourceText(file: path, bytes: bytes), environment: environment, showsSecrets: showsSecrets)
    }
  }

  /// The same for a configuration in memory.
  package static func dump(
    text: String, fileName: String, environment: [String: String], showsSecrets: Bool
  ) -> (result: LoadResult, text: String?) {
    dump(SourceText(file: fileName, bytes: Array(text.utf8)), environment: environment, showsSecrets: showsSecrets)
  }

  private static func dump(
    _ source: SourceText, environment: [String: String], showsSecrets: Bool
  ) -> (result: LoadResult, text: String?) {
    let reader = ConfigurationReader(environment: environment, isDumped: true)
    reader.readMain(source)
    let result = reader.result()
    guard !result.hasErrors, let tree = reader.effectiveConfiguration(showsSecrets: showsSecrets) else { return (result, nil) }
    return (result, YAMLWriter.text(of: tree))
  }

  /// Loads a configuration from memory; relative paths in it are relative to the directory of `fileName`.
  package static func load(text: String, fileName: String, environment: [String: String]) -> LoadResult {
    load(SourceText(file: fileName, bytes: Array(text.utf8)), environment: environment)
  }

  private static func load(_ source: SourceText, environment: [String: String]) -> LoadResult {
    let reader = ConfigurationReader(environment: environment)
    reader.readMain(source)
    return reader.result()
  }
}
