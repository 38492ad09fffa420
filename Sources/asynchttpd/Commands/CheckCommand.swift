import ArgumentParser
import HTTPRoutes

/// `asynchttpd check`: all that a start does before it touches anything.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Tell everything that is wrong with a configuration; bind nothing, make nothing.",
    discussion: "Exits 0 where it can be used, 1 where it cannot.")

  @OptionGroup var configuration: ConfigurationOption

  @Flag(help: "Take warnings for errors.")
  var strict = false

  func run() throws {
    let settings = try configuration.load(isStrict: strict)
    let table = RouteTable(settings: settings)
    let files = settings.files.count
    var text = configuration.color.text(for: .output)
    text.append("\(settings.files.first ?? BuiltInSite.name): ", .strong)
    text.append("good", .good)
    text.append(", \(counted(table.routes.count, "route")) from \(counted(files, "file"))\n")
    StandardStream.output.write(text)
  }
}

/// `1 route`, `2 routes`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
