import ArgumentParser
import HTTPRoutes

/// `asynchttpd schema`: what an editor has to know of the configuration.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the configuration, for editors.",
    discussion: "A file names its schema in its first line: # yaml-language-server: $schema=PATH")

  func run() throws {
    StandardStream.output.write(ConfigurationSchema.text)
  }
}
