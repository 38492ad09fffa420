// asynchttpd, the program.
//
//   ServeCommand    runs the daemon: Daemon is its life, Reload a change of mind, Listeners its sockets
//   InitCommand     writes a first configuration
//   CheckCommand, RoutesCommand, ExplainCommand, DumpCommand    look at a configuration without running it
//   RecordingsCommand    looks into the stores of a configuration, and prunes them
//   SchemaCommand   describes the configuration to an editor
//   ReloadCommand, ResetCommand, StatusCommand    speak with a running daemon over its control socket (Control…)
//   CommandLineAdvice    what was meant by words that are no command
//   Log             lines for people, machines and the journal; ServiceManager speaks with systemd
//   Screen          what a person at a terminal sees: a greeting, lines of requests, colours
//
//   ProcessStart    what comes before all of them
//
// No command is async: an async main starts threads before the first line of it runs, and signals have to be blocked
// before that.

import ArgumentParser
import AsyncHTTPServer

@main
struct AsyncHTTPD: ParsableCommand {
  /// That of the library: both come from one repository.
  static let version = AsyncHTTPServer.version

  static let configuration = CommandConfiguration(
    commandName: "asynchttpd",
    abstract: "HTTP for staging and local testing: static files, recorded upstreams and canned JSON from one YAML file.",
    discussion: """
      asynchttpd DIRECTORY serves a directory, asynchttpd FILE.yaml a configuration. With neither it is asynchttpd.yaml here, then \
      /etc/asynchttpd/asynchttpd.yaml, then a small built-in site on 127.0.0.1:8080.

      Signals: HUP reloads, USR1 reopens the access log, TERM and INT drain and exit; a second one exits at once.
      """,
    version: "asynchttpd \(version)",
    subcommands: [
      ServeCommand.self, InitCommand.self, CheckCommand.self, RoutesCommand.self, ExplainCommand.self, DumpCommand.self,
      StatusCommand.self, ReloadCommand.self, ResetCommand.self, RecordingsCommand.self, SchemaCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)

  static func main() {
    ProcessStart.prepare()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      var command = try parse(arguments)
      if !(command is ServeCommand) { ProcessStart.unblockSignals() }
      try command.run()
    } catch {
      // With an exit code all is said. Other errors are printed, to a standard error that may take its time.
      if !(error is ExitCode) { ProcessStart.unblockSignals() }
      exit(withError: error)
    }
  }

  /// The command that the arguments ask for; of arguments that ask for none, the error says what was meant where that
  /// can be told.
  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    do {
      return try parseAsRoot(arguments)
    } catch {
      guard exitCode(for: error) == .validationFailure, let advice = CommandLineAdvice(of: self).text(for: arguments) else { throw error }
      throw ValidationError(advice)
    }
  }
}

extension ExitCode {
  /// The configuration is bad, a reload was refused, or recordings are not as they should be.
  static let refused = ExitCode(1)
  /// `explain`: no route answers.
  static let unanswered = ExitCode(2)
  /// EX_UNAVAILABLE of sysexits.h: an address cannot be listened on.
  static let cannotListen = ExitCode(69)
}
