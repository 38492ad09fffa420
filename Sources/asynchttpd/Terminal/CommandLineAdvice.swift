// What was meant by a command line that is none: `asynchttpd chekc`, `asynchttpd ./dits`, `asynchttpd 8080`. Asked only
// after the parser has refused the arguments.

import ArgumentParser
import Glibc
import HTTPCore
import HTTPRoutes
import Reactor

struct CommandLineAdvice {
  private let commands: [any ParsableCommand.Type]
  private let name: String

  init(of command: any ParsableCommand.Type, name: String = "asynchttpd") {
    commands = command.configuration.subcommands
    self.name = name
  }

  /// Options whose value is the next argument.
  private static let optionsWithValue: Set<String> = [
    "-c", "--config", "-l", "--listen", "-p", "--port", "--pid-file", "--pid", "-H", "--header", "-d", "--data", "--older-than", "--admin",
    "--color",
  ]
  /// What other programs call our commands.
  private static let synonyms = [
    "start": "serve", "run": "serve", "server": "serve", "validate": "check", "test": "check", "lint": "check", "configtest": "check",
    "restart": "reload", "match": "explain", "records": "recordings", "new": "init", "create": "init", "config": "dump", "print": "dump",
  ]

  /// One sentence, or nil where the parser's own says it all.
  func text(for arguments: [String]) -> String? {
    let words = Self.words(of: arguments)
    if let command = words.first, arguments.first != command, commands.contains(where: { Self.name(of: $0) == command }) {
      return "the command comes first: \(name) \(command), and then its options"
    }
    if let site = words.first, ServedSite(site) != .unclear, !commands.contains(where: { Self.name(of: $0) == site }) {
      guard let command = words.dropFirst().first, commands.contains(where: { Self.name(of: $0) == command }) else { return nil }
      return "the command comes first: \(name) \(command) --config \(Self.shown(site))"
    }
    return text(ofWords: words)
  }

  private func text(ofWords words: [String]) -> String? {
    guard let word = words.first else { return nil }
    guard let command = commands.first(where: { Self.name(of: $0) == word }) else { return meaning(of: word) }
    if !command.configuration.subcommands.isEmpty {
      return CommandLineAdvice(of: command, name: "\(name) \(word)").text(ofWords: Array(words.dropFirst()))
    }
    if word == Self.name(of: ReloadCommand.self) {
      guard let id = words.dropFirst().first.flatMap({ Int32($0) }), id > 0 else { return nil }
      return "the process is named by an option: \(name) \(word) --pid \(id)"
    }
    let others: [any ParsableCommand.Type] = [ServeCommand.self, InitCommand.self, SchemaCommand.self, ResetCommand.self]
    if others.contains(where: { Self.name(of: $0) == word }) {
      return word == Self.name(of: ServeCommand.self) ? words.dropFirst().first.flatMap(missing) : nil
    }
    guard let file = words.dropFirst().first(where: ServedSite.isConfigurationName) else { return nil }
    return "the configuration is named by an option: \(name) \(word) --config \(Self.shown(file))"
  }

  /// What is said of the argument of `serve` where there is no such file.
  private func missing(_ path: String) -> String? {
    (try? Syscalls.status(path)) == nil ? "there is no file or directory \"\(Self.shown(path))\"" : nil
  }

  /// What was meant by a word where a command is expected.
  private func meaning(of word: String) -> String {
    let shown = Self.shown(word)
    let isSubcommand = name.contains(" ")
    if !isSubcommand, (try? Syscalls.status(word)) != nil {
      return "\"\(shown)\" is no directory, and a configuration ends in .yaml; it is read by \(name) --config \(shown)"
    }
    if !isSubcommand, Self.isPath(word) {
      let hint = Self.nearestFile(to: word).map { "; did you mean \(name) \($0)?" } ?? ""
      return "there is no file or directory \"\(shown)\"\(hint)"
    }
    if let port = UInt16(word) { return "a port is given by an option: \(name) --port \(port)" }
    if (try? ListenAddress(parsing: word)) != nil { return "an address is given by an option: \(name) --listen '\(shown)'" }
    if word.lowercased() == "version" { return "unknown command \"\(shown)\"; did you mean \(name) --version?" }
    let names = commands.map(Self.name)
    let unknown = "unknown command \"\(shown)\""
    if let meant = Self.synonyms[word.lowercased()].flatMap({ names.contains($0) ? $0 : nil }) ?? Suggestion.nearest(to: word, among: names)
    {
      return "\(unknown); did you mean \(name) \(meant)?"
    }
    let list = "there are \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
    if isSubcommand { return "\(unknown); \(list)" }
    if let file = Self.nearestFile(to: word) { return "\"\(shown)\" is neither a command nor a file; did you mean \(name) \(file)?" }
    return "\"\(shown)\" is neither a command nor a file or directory; \(list)"
  }

  /// Whether a word is spelled as a path and not as a command.
  private static func isPath(_ word: String) -> Bool {
    word.contains("/") || word.hasPrefix(".") || word.hasPrefix("~") || ServedSite.isConfigurationName(word)
  }

  /// Names of a directory that are looked at for the one that was meant.
  private static let maxEntries = 10_000

  /// The directory or configuration beside a path that is not there whose name is nearest to it, spelled as the path is.
  private static func nearestFile(to path: String) -> String? {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard let opened = try? Syscalls.openDirectory(directory.isEmpty ? "." : directory), let entries = try? Syscalls.entries(of: opened)
    else { return nil }
    let names = entries.prefix(maxEntries).map(\.name).sorted().filter { ServedSite(directory + $0) != .unclear }
    return Suggestion.nearest(to: name, among: names).map { shown(directory + $0) }
  }

  /// The arguments that are neither options nor their values.
  private static func words(of arguments: [String]) -> [String] {
    var words: [String] = []
    var isValue = false
    for argument in arguments {
      if isValue {
        isValue = false
      } else if argument.hasPrefix("-"), argument.utf8.count > 1 {
        isValue = optionsWithValue.contains(argument)
      } else {
        words.append(argument)
      }
    }
    return words
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? "\(command)".lowercased()
  }

  private static func shown(_ word: String) -> String {
    let text = word.escapingControlCharacters
    return text.count <= 120 ? text : String(text.prefix(120)) + "…"
  }
}
