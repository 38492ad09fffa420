// Where the configuration comes from: a file that is named, the usual one, or the site that is built in.

import ArgumentParser
import Glibc
import HTTPRoutes
import Reactor

/// The option that every command has which reads a configuration.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: [.short, .customLong("config")],
    help: ArgumentHelp(
      "The configuration file.",
      discussion:
        "Without it \(ConfigurationSource.usualPaths.joined(separator: " or ")) is read, and where there is none, a small site is built in.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @OptionGroup var color: ColorOption

  var source: ConfigurationSource { config.map { .file($0) } ?? .usual }

  /// Loads what is meant, tells standard error all there is to say about it, and exits 1 where it cannot be used.
  func load(isStrict: Bool = false) throws -> Settings {
    try report(source.load(environment: ProcessEnvironment.variables), isStrict: isStrict)
  }

  /// The same for what was loaded.
  func report(_ result: LoadResult, isStrict: Bool = false) throws -> Settings {
    guard !result.diagnostics.isEmpty, let file = result.files.first else { return try accepted(result.settings) }
    let report = DiagnosticReport(result.diagnostics)
    let strict = isStrict && !result.hasErrors ? "; --strict takes warnings for errors" : ""
    var text = color.text(for: .error)
    text.append(report)
    text.append(summaryOf: report, of: file, note: strict)
    StandardStream.error.write(text)
    return try accepted(isStrict ? nil : result.settings)
  }

  private func accepted(_ settings: Settings?) throws -> Settings {
    guard let settings else { throw ExitCode.refused }
    return settings
  }
}

enum ConfigurationSource: Equatable, Sendable {
  case file(String)
  /// The first of `usualPaths` that exists, or what is built in where none does.
  case usual
  /// A text that no file has, such as what a directory on the command line stands for.
  case text(String, name: String)

  /// In this order: the project that one stands in, then the machine.
  static let usualPaths = ["asynchttpd.yaml", "/etc/asynchttpd/asynchttpd.yaml"]

  /// Looked up anew at every call: a file may have been made since.
  var path: String? {
    switch self {
    case .file(let path): path
    case .usual: Self.usualPaths.first { (try? Syscalls.checkAccess($0, F_OK)) != nil }
    case .text: nil
    }
  }

  /// Files that decide which one it is.
  var paths: [String] { self == .usual ? Self.usualPaths : [] }

  /// What messages call it.
  var name: String {
    if case .text(_, let name) = self { return name }
    return path ?? BuiltInSite.name
  }

  func load(environment: [String: String]) -> LoadResult {
    if let path { return SettingsLoader.load(path: path, environment: environment) }
    return SettingsLoader.load(text: text, fileName: name, environment: environment)
  }

  /// What it says in effect, as YAML.
  func dump(environment: [String: String], showsSecrets: Bool) -> (result: LoadResult, text: String?) {
    if let path { return SettingsLoader.dump(path: path, environment: environment, showsSecrets: showsSecrets) }
    return SettingsLoader.dump(text: text, fileName: name, environment: environment, showsSecrets: showsSecrets)
  }

  /// The text where no file has it.
  private var text: String {
    if case .text(let text, _) = self { return text }
    return BuiltInSite.configuration
  }
}
