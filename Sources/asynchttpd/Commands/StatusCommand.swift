import ArgumentParser
import HTTPCore
import JSONText

/// `asynchttpd status`: asks a running daemon how it is doing.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Ask a running daemon how it is doing.",
    discussion: """
      Prints uptime, the last reload and its outcome, connections, descriptors and their limit, and how often each route was asked for. It \
      needs no admin listener, and is answered while there is no room for clients. Exits 1 without an answer. With no option it is the \
      daemon that \(PidFile.usualPath) names.
      """)

  @Flag(help: "Print JSON, one object.")
  var json = false

  @OptionGroup var target: DaemonTarget

  func run() throws {
    do throws(ControlClient.Unreachable) {
      switch try target.ask(.status) {
      case .report(let text):
        if let status = try? JSONValue(parsing: text) {
          StandardStream.output.write(json ? JSONWriter.text(of: status, layout: .pretty) + "\n" : StatusText(status).text)
          return
        }
        StandardStream.error.write("asynchttpd: no status: the answer broke off\n")
      case .failed(let reason):
        StandardStream.error.write("asynchttpd: no status: \(reason.escapingControlCharacters)\n")
      case .done, .refused: StandardStream.error.write("asynchttpd: no status: the answer is to another question\n")
      }
    } catch {
      StandardStream.error.write("asynchttpd: no status: \(error.reason)\n")
    }
    throw ExitCode.refused
  }
}
