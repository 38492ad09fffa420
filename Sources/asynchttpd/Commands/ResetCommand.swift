import ArgumentParser
import HTTPCore

/// `asynchttpd reset`: has a running daemon begin anew with what its routes remember.
struct ResetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset", abstract: "Bring what the routes of a running daemon remember back to the start.",
    discussion: """
      Sequences begin with their first answer, states have their initial value, rate limits their full number. Names are ids of routes and \
      names of states; without any, all is reset. Exits 1 when a name is unknown, and nothing is reset then. With no option it is the \
      daemon that \(PidFile.usualPath) names.
      """)

  @Argument(help: ArgumentHelp("Ids of routes, and names of states.", valueName: "id"))
  var ids: [String] = []

  @OptionGroup var target: DaemonTarget

  func validate() throws {
    for id in ids where id.unicodeScalars.contains(where: { $0.value < 0x20 }) {
      throw ValidationError("\"\(id.escapingControlCharacters)\" is no id: it has a control character")
    }
    guard ControlRequest.reset(ids).line.utf8.count <= ControlRequest.longest else { throw ValidationError("too many ids") }
  }

  func run() throws {
    do throws(ControlClient.Unreachable) {
      switch try target.ask(.reset(ids)) {
      case .done(let summary):
        StandardStream.output.write("reset: \(summary.escapingControlCharacters)\n")
        return
      case .refused(_, let details):
        for line in details.split(separator: "\n") {
          StandardStream.error.write("asynchttpd: \(String(line).escapingControlCharacters)\n")
        }
      case .failed(let reason): StandardStream.error.write("asynchttpd: no reset: \(reason.escapingControlCharacters)\n")
      case .report: StandardStream.error.write("asynchttpd: no reset: the answer is to another question\n")
      }
    } catch {
      StandardStream.error.write("asynchttpd: no reset: \(error.reason)\n")
    }
    throw ExitCode.refused
  }
}
