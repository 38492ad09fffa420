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
    StandardStream.output.write(Self.render(table.routes.map(\.settings)))
  }

  /// Columns: number, id, methods, path, kind, position.
  static func render(_ routes: [RouteSettings]) -> String {
    let rows =
      [["#", "ID", "METHODS", "PATH", "KIND", "AT"]]
      + routes.enumerated().map { number, route in
        ["\(number + 1)", route.id, route.methods?.joined(separator: ",") ?? "any", route.pattern.text, route.kind, route.position]
      }
    return TextTable.render(rows)
  }
}

enum TextTable {
  /// Rows of columns, each as wide as its widest cell; the last is not padded.
  static func render(_ rows: [[String]]) -> String {
    guard let columns = rows.first?.count else { return "" }
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == columns - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
