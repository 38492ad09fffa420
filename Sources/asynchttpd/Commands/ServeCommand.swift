import ArgumentParser
import HTTPRoutes
import Reactor

/// `asynchttpd serve`, and `asynchttpd` alone.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve a configuration or a directory (the default).",
    discussion: """
      A directory is served with its index files and listings, and the configuration that it stands for is printed.

      Exits 0 after a drain, 1 where the configuration is bad, 69 where an address cannot be listened on, and 128 and the number of the \
      signal when a second TERM or INT cuts the drain short.
      """)

  @Argument(help: "A configuration (.yaml, .yml) or a directory.", completion: .file())
  var site: String?

  @OptionGroup var configuration: ConfigurationOption

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Listen here, and not where the configuration says. May be given several times.",
      discussion: "127.0.0.1:8080, '[::1]:8080', '*:8080', unix:PATH or systemd:NAME.", valueName: "address"))
  var listen: [String] = []

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Listen on this port of 127.0.0.1, and not where the configuration says.", valueName: "port"))
  var port: UInt16?

  @Flag(help: "With a directory: answer paths that have no file with its index.html, for a single-page application.")
  var spa = false

  @Flag(help: "With a directory: let pages of any origin read the answers.")
  var cors = false

  @Flag(help: "Reload by itself when a file of the configuration is saved.")
  var watch = false

  @Flag(help: "Open the address in a browser.")
  var open = false

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
    let served = site.map { ServedSite($0) }
    if site != nil, configuration.config != nil { throw ValidationError("give a configuration once: as the argument or with --config") }
    // What was meant is for CommandLineAdvice to say.
    if served == .unclear { throw ValidationError("\"\(site ?? "")\" is neither a directory nor a configuration") }
    if case .directory = served { return }
    for (flag, isGiven) in [("--spa", spa), ("--cors", cors)] where isGiven {
      throw ValidationError("\(flag) goes with a directory: asynchttpd DIRECTORY \(flag)")
    }
  }

  private func address(_ text: String, of option: String = "--listen") throws -> ListenAddress {
    do throws(Refusal) {
      return try ListenAddress(parsing: text)
    } catch {
      throw ValidationError("\(option): \(error.message)")
    }
  }

  /// What the daemon loads, and loads again.
  private func source(_ addresses: [ListenAddress]?) -> ConfigurationSource {
    switch site.map({ ServedSite($0) }) {
    case .configuration(let path): return .file(path)
    case .directory(let path):
      var directory = DirectorySite(directory: path, isSinglePage: spa, allowsAnyOrigin: cors)
      if let addresses { directory.addresses = addresses }
      return .text(directory.configuration, name: DirectorySite.name)
    case .unclear, nil: return configuration.source
    }
  }

  private func addresses() throws -> [ListenAddress]? {
    let addresses = try listen.map { try address($0) } + (port.map { [.tcp(host: "127.0.0.1", port: $0)] } ?? [])
    return addresses.isEmpty ? nil : addresses
  }

  func run() throws {
    // What systemd passed is looked at before this process opens anything of its own.
    let service = ServiceManager.fromEnvironment()
    ProcessDescriptors.raiseSoftLimit()
    let addresses = try addresses()
    let source = source(addresses)
    if case .text(let text, _) = source { StandardStream.output.write(text) }
    try Daemon.start(
      DaemonOptions(
        source: source, addresses: addresses, admin: try admin.map { try address($0, of: "--admin") },
        addressWarnings: listen.compactMap { ListenAddress.warning(of: $0) }.map { "--listen: \($0)" }, pidFile: pidFile, service: service,
        environment: ProcessEnvironment.variables, opensBrowser: open, watchesFiles: watch, color: configuration.color.color))
    Daemon.park()
  }
}
