// Where the configuration comes from: a file that is named, the usual one, or the site that is built in.

import ArgumentParser
import Glibc
import HTTPCore
import HTTPRoutes
import Reactor

/// The option that every command has which reads a configuration.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: [.short, .customLong("config")],
    help: ArgumentHelp(
      "The configuration file.",
      discussion: "Without it \(ConfigurationSource.usualPath) is read, and where there is none, a small site is built in.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  var source: ConfigurationSource { config.map { .file($0) } ?? .usual }

  /// Loads what is meant, tells standard error all there is to say about it, and exits 1 where it cannot be used.
  func load(isStrict: Bool = false) throws -> Settings {
    let result = source.load(environment: ProcessEnvironment.variables)
    guard !result.diagnostics.isEmpty, let file = result.files.first else { return try accepted(result.settings) }
    let report = DiagnosticReport(result.diagnostics)
    let strict = isStrict && !result.hasErrors ? "; --strict takes warnings for errors" : ""
    StandardStream.error.write("\(report.text)\n\(file.escapingControlCharacters): \(report.summary)\(strict)\n")
    return try accepted(isStrict ? nil : result.settings)
  }

  private func accepted(_ settings: Settings?) throws -> Settings {
    guard let settings else { throw ExitCode.refused }
    return settings
  }
}

enum ConfigurationSource: Equatable, Sendable {
  case file(String)
  /// `usualPath`, or what is built in where that does not exist.
  case usual

  static let usualPath = "/etc/asynchttpd/asynchttpd.yaml"

  /// Looked up anew at every load: the file may have been made since.
  var path: String? {
    switch self {
    case .file(let path): path
    case .usual: (try? Syscalls.checkAccess(Self.usualPath, F_OK)) != nil ? Self.usualPath : nil
    }
  }

  func load(environment: [String: String]) -> LoadResult {
    guard let path else {
      return SettingsLoader.load(text: BuiltInSite.configuration, fileName: BuiltInSite.name, environment: environment)
    }
    return SettingsLoader.load(path: path, environment: environment)
  }
}

/// Standard output and error, written to without the buffer of stdio.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Writes all of the text. What comes from files and arguments may be in it, so what would move the cursor or reorder
  /// text is shown as an escape. What a closed pipe does not take is lost: there is no one left to tell.
  func write(_ text: String) {
    let bytes = Array(text.escapingControlCharacters(but: ["\n", "\t"]).utf8)
    bytes.withUnsafeBytes { try? Syscalls.writeAll(rawValue, $0) }
  }
}
