import ArgumentParser
import HTTPRoutes

/// `asynchttpd routes`: the compiled table.
struct RoutesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes", abstract: "Print the routes in the order in which they are tried, with their positions.",
    discussion: "The first that matches a request answers it.")

  @OptionGroup var configuration: ConfigurationOption

  func run() throws {
    let table = RouteTable(settings: try configuration.load())
    var text = configuration.color.text(for: .output)
    Self.append(table.routes.map(\.settings), to: &text)
    StandardStream.output.write(text)
  }

  /// Columns: number, id, methods, path, kind, position.
  static func append(_ routes: [RouteSettings], to text: inout PaintedText) {
    let rows =
      [["#", "ID", "METHODS", "PATH", "KIND", "AT"]]
      + routes.enumerated().map { number, route in
        ["\(number + 1)", route.id, route.methods?.joined(separator: ",") ?? "any", route.pattern.text, route.kind, route.position]
      }
    TextTable.append(rows, to: &text) { row, column in
      switch (row, column) {
      case (0, _), (_, 0), (_, 5): .faint
      case (_, 3): .strong
      case (_, 4): .link
      default: nil
      }
    }
  }
}
