import ArgumentParser
import HTTPRoutes

/// `asynchttpd dump`: what a configuration says in effect.
struct DumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump", abstract: "Print the configuration that is in effect, as one file of YAML.",
    discussion: """
      Includes stand in their place, anchors and variables are replaced, routes have their defaults, the server's own settings theirs, and \
      paths are absolute. A variable whose name, or whose key, looks as if it had a secret (token, password, key, authorization, …) shows \
      as ***. Exits 1 where the configuration cannot be used.
      """)

  @OptionGroup var configuration: ConfigurationOption

  @Flag(help: "Print secrets as they are.")
  var showSecrets = false

  func run() throws {
    let (result, text) = configuration.source.dump(environment: ProcessEnvironment.variables, showsSecrets: showSecrets)
    _ = try configuration.report(result)
    guard let text else { throw ExitCode.refused }
    StandardStream.output.write(text)
  }
}
