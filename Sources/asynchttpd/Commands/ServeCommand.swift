import ArgumentParser
import HTTPRoutes
import Reactor

/// `asynchttpd serve`, and `asynchttpd` alone.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve what the configuration says (the default).",
    discussion: """
      Exits 0 after a drain, 1 where the configuration is bad, 69 where an address cannot be listened on, and 128 and the number of the \
      signal when a second TERM or INT cuts the drain short.
      """)

  @OptionGroup var configuration: ConfigurationOption

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Listen here, and not where the configuration says. May be given several times.",
      discussion: "127.0.0.1:8080, '[::1]:8080', '*:8080', unix:PATH or systemd:NAME.", valueName: "address"))
  var listen: [String] = []

  @Option(
    help: ArgumentHelp(
      "Have the admin listener here: metrics, the journal, reloads, and a page that shows them.",
      discussion: "127.0.0.1:8081 or unix:PATH; another address than loopback needs admin.token in the configuration.",
      valueName: "address"))
  var admin: String?

  @Option(
    help: ArgumentHelp(
      "Write the process id here while running; with systemd's RUNTIME_DIRECTORY it is asynchttpd.pid in there by itself.",
      valueName: "file"),
    completion: .file())
  var pidFile: String?

  func validate() throws {
    for text in listen { _ = try address(text) }
    if let admin, case .systemd = try address(admin, of: "--admin") {
      throw ValidationError("--admin: the admin listener opens its own socket: unix:PATH, or 127.0.0.1:8081")
    }
  }

  private func address(_ text: String, of option: String = "--listen") throws -> ListenAddress {
    do throws(Refusal) {
      return try ListenAddress(parsing: text)
    } catch {
      throw ValidationError("\(option): \(error.message)")
    }
  }

  func run() throws {
    // What systemd passed is looked at before this process opens anything of its own.
    let service = ServiceManager.fromEnvironment()
    ProcessDescriptors.raiseSoftLimit()
    try Daemon.start(
      DaemonOptions(
        source: configuration.source, addresses: try listen.isEmpty ? nil : listen.map { try address($0) },
        admin: try admin.map { try address($0, of: "--admin") },
        addressWarnings: listen.compactMap { ListenAddress.warning(of: $0) }.map { "--listen: \($0)" }, pidFile: pidFile, service: service,
        environment: ProcessEnvironment.variables))
    Daemon.park()
  }
}
