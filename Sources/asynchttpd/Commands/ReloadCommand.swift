import ArgumentParser
import HTTPCore

/// `asynchttpd reload`: asks a running daemon to reload, and waits for what comes of it.
struct ReloadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Reload a running daemon and wait for the outcome.",
    discussion: """
      Exits 0 when the daemon serves what its configuration says now; 1 when it refused, with the diagnostics, and goes on serving what it \
      did. With no option it is the daemon that \(PidFile.usualPath) names.
      """)

  @OptionGroup var target: DaemonTarget

  func run() throws {
    do throws(ControlClient.Unreachable) {
      switch try target.ask(.reload) {
      case .done(let summary):
        StandardStream.output.write("reloaded: \(summary.escapingControlCharacters)\n")
        return
      case .refused(let headline, let details):
        // The diagnostics come as the daemon shows them itself, lines and tabs included.
        StandardStream.error.write(details.escapingControlCharacters(but: ["\n", "\t"]))
        StandardStream.error.write("asynchttpd: reload refused (\(headline.escapingControlCharacters)); what was served is served on\n")
      case .failed(let reason):
        StandardStream.error.write("asynchttpd: no reload: \(reason.escapingControlCharacters)\n")
      case .report: StandardStream.error.write("asynchttpd: no reload: the answer is to another question\n")
      }
    } catch {
      StandardStream.error.write("asynchttpd: no reload: \(error.reason)\n")
    }
    throw ExitCode.refused
  }
}
