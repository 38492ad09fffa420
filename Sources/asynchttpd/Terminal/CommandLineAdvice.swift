// What was meant by a command line that is none: `asynchttpd site.yaml`, `asynchttpd public`, `asynchttpd chekc`. Asked
// only after the parser has refused the arguments.

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
    "-c", "--config", "-l", "--listen", "--pid-file", "--pid", "-H", "--header", "-d", "--data", "--older-than",
  ]
  /// What other programs call our commands.
  private static let synonyms = [
    "start": "serve", "run": "serve", "server": "serve", "validate": "check", "test": "check", "lint": "check", "configtest": "check",
    "restart": "reload", "match": "explain", "records": "recordings",
  ]

  /// One sentence, or nil where the parser's own says it all.
  func text(for arguments: [String]) -> String? {
    let words = Self.words(of: arguments)
    if let command = words.first, arguments.first != command, commands.contains(where: { Self.name(of: $0) == command }) {
      return "the command comes first: \(name) \(command), and then its options"
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
    if [Self.name(of: SchemaCommand.self), Self.name(of: ResetCommand.self)].contains(word) { return nil }
    guard let file = words.dropFirst().first(where: Self.isConfiguration) else { return nil }
    return "the configuration is named by an option: \(name) \(word) --config \(Self.shown(file))"
  }

  /// What was meant by a word where a command is expected.
  private func meaning(of word: String) -> String {
    let shown = Self.shown(word)
    let status = try? Syscalls.status(word)
    let exists = status != nil
    if status?.kind == .directory {
      return "\"\(shown)\" is a directory; a configuration serves it: write \"routes: [{path: /**, static: \(shown)}]\" into site.yaml and "
        + "run \(name) --config site.yaml"
    }
    if Self.isConfiguration(word) || exists {
      let doubt = exists ? "" : "; but there is no file \"\(shown)\""
      return "the configuration is named by an option: \(name) --config \(shown)\(doubt)"
    }
    if let port = UInt16(word) { return "an address is given by an option: \(name) --listen 127.0.0.1:\(port)" }
    if (try? ListenAddress(parsing: word)) != nil { return "an address is given by an option: \(name) --listen '\(shown)'" }
    if word.lowercased() == "version" { return "unknown command \"\(shown)\"; did you mean \(name) --version?" }
    let names = commands.map(Self.name)
    let unknown = "unknown command \"\(shown)\""
    if let meant = Self.synonyms[word.lowercased()].flatMap({ names.contains($0) ? $0 : nil }) ?? Suggestion.nearest(to: word, among: names)
    {
      return "\(unknown); did you mean \(name) \(meant)?"
    }
    return "\(unknown); there are \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
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

  private static func isConfiguration(_ word: String) -> Bool { word.hasSuffix(".yaml") || word.hasSuffix(".yml") }

  private static func shown(_ word: String) -> String {
    let text = word.escapingControlCharacters
    return text.count <= 120 ? text : String(text.prefix(120)) + "…"
  }
}
