// A change of mind while serving (DESIGN: reload): everything that can fail comes first and changes nothing; what
// follows cannot fail.
//
//   load → validate → build the routes → open new sockets and logs  |  publish → close what is gone → tell the difference

import AsyncHTTPServer
import Glibc
import HTTPRoutes
import Logging
import Reactor
import RouteAdmin
import Synchronization
import SystemPackage

/// What came of a reload.
enum ReloadOutcome: Sendable {
  case done(SettingsDifference, warnings: [Diagnostic])
  case refused([Diagnostic])
  /// The process is about to end.
  case tooLate

  var reply: ControlReply {
    switch self {
    case .done(let difference, let warnings):
      .done(summary: difference.summary + (warnings.isEmpty ? "" : " (\(counted(warnings.count, "warning")), see the log)"))
    case .refused(let diagnostics):
      .refused(headline: DiagnosticReport(diagnostics).summary, details: DiagnosticReport(diagnostics).text)
    case .tooLate: .failed(reason: "the daemon is draining")
    }
  }
}

extension DaemonOptions {
  /// Loads the configuration anew. One that has gone, or that says nothing, is refused: it is a file that an operator
  /// is in the midst of writing far more often than the wish to serve nothing.
  func reload(from current: Settings) -> LoadedConfiguration {
    func refusal(_ file: String, _ message: String, _ loaded: LoadedConfiguration? = nil) -> LoadedConfiguration {
      LoadedConfiguration(
        settings: nil, diagnostics: [Diagnostic(.error, file: file, line: 0, column: 0, message: message)], paths: loaded?.paths ?? [file],
        began: loaded?.began ?? WallClock.microseconds() * 1000)
    }
    var source = source
    // The file that serves stays the one, whichever others there are by now.
    if source == .usual, let file = current.files.first, file != BuiltInSite.name {
      guard (try? Syscalls.checkAccess(file, F_OK)) != nil else {
        return refusal(file, "this file is gone; put it back, or restart to serve without it")
      }
      source = .file(file)
    }
    let loaded = load(source)
    if let settings = loaded.settings, settings.saysNothing, let file = settings.files.first {
      let message = "this file has no routes, and a reload would end what is served; write \"routes: []\" to serve nothing"
      return refusal(file, message, loaded)
    }
    return loaded
  }
}

/// What a reload has opened, and is not in use yet.
private struct Prepared {
  let settings: Settings
  let table: RouteTable
  let difference: SettingsDifference
  let warnings: [Diagnostic]
  let listeners: [OpenedListener]
  let accessLog: AccessLog?
  /// The admin listener's, where it has another address now.
  let admin: OpenedListener?
}

extension Daemon {
  /// Reloads once, and tells the log and the service manager. On the control thread; one at a time.
  func reload() async -> ReloadOutcome {
    if state.withLock({ $0.isStopping }) { return .tooLate }
    options.service.notify(.reloadingNow())
    let began = WallClock.milliseconds()
    let outcome: ReloadOutcome
    switch await prepare() {
    case .success(let prepared):
      await publish(prepared)
      outcome = .done(prepared.difference, warnings: prepared.warnings)
    case .failure(let refusal):
      outcome = .refused(refusal.diagnostics)
    }
    state.withLock { state in
      if let record = ReloadRecord(outcome, generation: state.reloads, began: began) { state.history.add(record) }
    }
    watchFiles()
    report(outcome)
    return outcome
  }

  /// Paths of earlier attempts that are watched on while one after the other is refused.
  private static let maxKeptPaths = 10_000

  private struct Refusal: Error {
    let diagnostics: [Diagnostic]
  }

  /// Everything that can fail.
  private func prepare() async -> Result<Prepared, Refusal> {
    let (current, currentTable, addresses, currentLog, inherited) = state.withLock {
      ($0.settings, $0.table, $0.listeners.flatMap(\.addresses), $0.accessLog, $0.inherited)
    }
    // Off this thread: ten thousand routes take a while, and the watchdog and the signals are here.
    let options = options
    let (loaded, table) = await BackgroundThread.run { () -> (LoadedConfiguration, RouteTable?) in
      let loaded = options.reload(from: current)
      return (loaded, loaded.settings.map { RouteTable(settings: $0, replacing: currentTable) })
    }
    let diagnostics = loaded.diagnostics
    state.withLock { state in
      // A file that is named by mistake may be the mistake: what serves is watched on.
      state.watchedPaths =
        loaded.paths + (loaded.settings == nil ? state.settings.files + state.watchedPaths.prefix(Self.maxKeptPaths) : [])
      state.loadedAt = loaded.began
    }
    guard let settings = loaded.settings, let table else { return .failure(Refusal(diagnostics: diagnostics)) }

    let difference = SettingsDifference(from: current, to: settings)
    let opener = ListenerOpener(
      inherited: inherited, current: addresses, origin: options.addressOrigin, handoverProblem: options.service.handoverProblem)
    let listeners: [OpenedListener]
    switch opener.open(difference.addedListeners) {
    case .success(let opened): listeners = opened
    case .failure(let failure): return .failure(Refusal(diagnostics: failure.diagnostics))
    }
    var admin: OpenedListener?
    if settings.admin?.listen.address != current.admin?.listen.address {
      switch Self.openAdmin(settings, options, beside: addresses) {
      case .success(let opened): admin = opened
      case .failure(let failure): return .failure(Refusal(diagnostics: failure.diagnostics))
      }
    }
    var accessLog = currentLog
    if settings.accessLog != current.accessLog {
      switch await open(settings) {
      case .success(let log): accessLog = log
      case .failure(let refusal): return .failure(refusal)
      }
    }
    return .success(
      Prepared(
        settings: settings, table: table, difference: difference, warnings: diagnostics, listeners: listeners, accessLog: accessLog,
        admin: admin))
  }

  /// Opens the access log, on a thread that a file system which hangs may keep.
  private func open(_ settings: Settings) async -> Result<AccessLog?, Refusal> {
    guard let wanted = settings.accessLog else { return .success(nil) }
    let opened = await BackgroundThread.run(atMost: Self.openingMilliseconds, on: control) { [logger] () -> Result<AccessLog, Errno> in
      do throws(Errno) { return .success(try wanted.open(logger: logger)) } catch { return .failure(error) }
    }
    switch opened {
    case .success(let log): return .success(log)
    case .failure(let error): return .failure(Refusal(diagnostics: [settings.accessLogError(error)]))
    case nil:
      let sentence = "access_log: \(wanted.path) could not be opened within \(Self.openingMilliseconds / 1000) s; is its file system there?"
      return .failure(Refusal(diagnostics: [settings.error(sentence)]))
    }
  }

  /// Everything else. Connections of new sockets already meet the new routes; those of sockets that go are served on.
  private func publish(_ prepared: Prepared) async {
    let settings = prepared.settings
    log.use(settings.log)
    prepared.table.sweepRecordings()
    screen.use(prepared.table, accessLog: prepared.accessLog != nil)
    await server.replaceHandler(prepared.table)
    let journal = state.withLock { $0.journal(for: settings) }
    await server.reconfigure(
      ServerConfiguration(
        settings, accessLog: prepared.accessLog, observers: State.observers(traffic, journal) + screen.observers(settings),
        logger: log.logger(label: "http")),
      assumedDescriptorsPerRequest: settings.limits.descriptorsPerRequest)
    // The threads are there, so nothing is left that this could throw.
    let added = (try? prepared.listeners.listen(on: server)) ?? []
    let formerAdmin = state.withLock { $0.settings.admin }
    let removed = state.withLock { state -> [SocketAddress] in
      var gone: [SocketAddress] = []
      for listener in prepared.difference.removedListeners {
        guard let index = state.listeners.firstIndex(where: { $0.settings.address == listener.address }) else { continue }
        gone += state.listeners.remove(at: index).addresses
      }
      state.listeners += added
      state.settings = settings
      state.table = prepared.table
      state.accessLog = prepared.accessLog
      state.journal = journal
      state.reloads += 1
      return gone
    }
    for address in removed { server.stopListening(on: address) }
    await useAdmin(prepared.admin, from: formerAdmin, to: settings)
    let warnings = state.withLock { state in state.inherited.closeUnnamed(by: state.settings.listen) }
    for warning in warnings { logger.warning("\(warning)") }
  }

  private func report(_ outcome: ReloadOutcome) {
    switch outcome {
    case .done(let difference, let warnings):
      for warning in DiagnosticReport(warnings).entries { logger.warning("\(warning.text)") }
      logger.info("reloaded: \(difference.summary)", metadata: ["cached": "\(state.withLock { $0.table.cachedFiles })"])
      options.service.notify(.ready, .status(summary))
    case .refused(let diagnostics):
      tell(DiagnosticReport(diagnostics.map(\.withSourceLine)))
      let errors = diagnostics.filter { $0.severity == .error }
      logger.error("reload refused, what was served is served on", metadata: ["errors": "\(errors.count)"])
      let rest = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
      options.service.notify(.ready, .status("reload refused: \(errors.first?.headline ?? "")\(rest); \(summary)"))
    case .tooLate: break
    }
  }
}

extension Daemon {
  /// Diagnostics of a reload: on a terminal as `check` shows them.
  private func tell(_ report: DiagnosticReport) {
    guard screen.showsErrors, state.withLock({ $0.settings.log.format == .text }) else {
      for entry in report.entries { logger.log(level: entry.severity.logLevel, "\(entry.text)") }
      return
    }
    var text = PaintedText(isPainted: screen.paintsErrors)
    text.append(report)
    log.write(text.text)
  }
}

extension [OpenedListener] {
  /// Hands all sockets to the server, and answers where it listens now. Throws where the server has no threads yet and
  /// cannot make them.
  func listen(on server: AsyncHTTPServer) throws(Errno) -> [(settings: ListenSettings, addresses: [SocketAddress])] {
    var listening: [(settings: ListenSettings, addresses: [SocketAddress])] = []
    for listener in self {
      var addresses: [SocketAddress] = []
      for box in listener.sockets {
        if let socket = box.take() { addresses.append(try server.listen(on: socket)) }
      }
      listening.append((listener.settings, addresses))
    }
    return listening
  }
}
