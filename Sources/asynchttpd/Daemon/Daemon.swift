// The life of the process.
//
//   start     settings → routes → logs → sockets → READY=1; anything wrong ends the process with a sentence and the exit code for it
//   serve     the server's own threads do; the control thread has the signals, from the first moment on, the control socket and the watchdog
//   reload    HUP or `asynchttpd reload`: Daemon+Reload
//   end       TERM or INT drains for as long as `timeouts.drain` says, a second one ends at once

import ArgumentParser
import AsyncHTTPServer
import Glibc
import HTTPRoutes
import Logging
import Reactor
import RouteAdmin
import Synchronization
import SystemPackage

/// What an attempt to load came to.
struct LoadedConfiguration: Sendable {
  /// Nil after an error.
  let settings: Settings?
  var diagnostics: [Diagnostic] = []
  /// The files that it depends on, some of them patterns.
  var paths: [String] = []
  /// When it began, nanoseconds since 1970.
  var began: Int64 = 0
}

/// What the command line and the environment say.
struct DaemonOptions: Sendable {
  let source: ConfigurationSource
  /// Stands in for `listen` of the file.
  let addresses: [ListenAddress]?
  /// Stands in for `admin.listen` of the file.
  let admin: ListenAddress?
  /// What is doubtful about them.
  let addressWarnings: [String]
  let pidFile: String?
  let service: ServiceManager
  let environment: [String: String]
  /// Whether a browser is asked to show what is served.
  let opensBrowser: Bool
  /// Whether a saved file is a reload.
  let watchesFiles: Bool
  let color: ColorChoice

  /// Loads the configuration, or another in its place, with the addresses of the command line in the place of the file's.
  func load(_ source: ConfigurationSource? = nil) -> LoadedConfiguration {
    let began = WallClock.microseconds() * 1000
    let source = source ?? self.source
    let result = source.load(environment: environment)
    var settings = result.settings
    if let addresses { settings?.listen = addresses.map { ListenSettings($0) } }
    if let admin {
      let listen = ListenSettings(admin)
      if settings?.admin == nil { settings?.admin = AdminSettings(listen: listen) } else { settings?.admin?.listen = listen }
    }
    // The file by itself is checked already; here are the addresses of the command line beside it.
    var diagnostics = result.diagnostics
    if let loaded = settings, let reason = loaded.admin?.refusal(beside: loaded.listen) {
      settings = nil
      diagnostics.append(Diagnostic(.error, file: admin == nil ? "--listen" : "--admin", line: 0, column: 0, message: reason))
    }
    return LoadedConfiguration(
      settings: settings, diagnostics: diagnostics, paths: source.paths + result.files + result.namedPaths, began: began)
  }

  /// Who names an address that has no position: the command line, or a file by not having `listen`.
  var addressOrigin: String { addresses == nil ? source.name : "--listen" }
}

final class Daemon: Sendable {
  struct State {
    var settings: Settings
    var table: RouteTable
    var accessLog: AccessLog?
    var listeners: [(settings: ListenSettings, addresses: [SocketAddress])]
    var inherited: [ServiceManager.InheritedSocket]
    var reloads = 0
    var history = ReloadHistory()
    var admin: AdminListener?
    var journal: Journal?
    /// What the settings depend on, and those of a later attempt that failed.
    var watchedPaths: [String] = []
    /// When the last attempt began, nanoseconds since 1970.
    var loadedAt: Int64 = 0
    /// When the drain is over, once it has begun.
    var drainEnd: Milliseconds?
    var isStopping: Bool { drainEnd != nil }
  }

  let options: DaemonOptions
  let log: LogOutput
  let logger: Logger
  let server: AsyncHTTPServer
  /// The thread of everything that is not a request.
  let control: Reactor
  let state: Mutex<State>
  /// Counts every request, whether or not an admin listener shows the counts.
  let traffic: TrafficMetrics
  /// By the wall clock, in milliseconds since 1970.
  let startedMilliseconds = WallClock.milliseconds()
  private let desk: SignalDesk
  private let pidFile: PidFile?
  private let controlAddress: ControlAddress
  private let controlServer = Mutex<ControlServer?>(nil)
  let fileWatch = Mutex<FileWatch?>(nil)
  let screen: Screen

  /// Delivered on the control thread, so blocked everywhere else.
  static let signals = [SIGHUP, SIGUSR1, SIGTERM, SIGINT]

  private init(
    options: DaemonOptions, log: LogOutput, server: AsyncHTTPServer, control: Reactor, desk: SignalDesk, screen: Screen,
    traffic: TrafficMetrics, state: State
  ) {
    self.options = options
    self.screen = screen
    self.traffic = traffic
    self.desk = desk
    self.log = log
    logger = log.logger(label: "asynchttpd")
    self.server = server
    self.control = control
    self.state = Mutex(state)
    let runtimeDirectory = options.environment["RUNTIME_DIRECTORY"]
    let directory = runtimeDirectory?.split(separator: ":").first
    pidFile = (options.pidFile ?? directory.map { "\($0)/\(PidFile.usualName)" }).map(PidFile.init(path:))
    controlAddress = ControlAddress(processID: getpid(), runtimeDirectory: runtimeDirectory)
  }

  // MARK: Start

  /// Starts to serve. Returns once the kernel queues connections and every thread runs; throws the exit code, having
  /// said why.
  static func start(_ options: DaemonOptions) throws(ExitCode) {
    let screen = Screen(options)
    let log = LogOutput(logsToJournal: options.service.logsToJournal, isPainted: screen.paintsErrors)
    let desk = SignalDesk(log: log)
    let control = try makeControl(desk, options, log)
    let loaded = options.load()
    let diagnostics = loaded.diagnostics
    guard let settings = loaded.settings else { throw fail(.refused, diagnostics, options, log) }
    log.use(settings.log)
    let logger = log.logger(label: "asynchttpd")
    for warning in DiagnosticReport(diagnostics).entries { logger.warning("\(warning.text)") }
    for warning in options.addressWarnings { logger.warning("\(warning)") }
    if settings.files == [BuiltInSite.name] {
      let paths = ConfigurationSource.usualPaths.joined(separator: ", no ")
      logger.notice("no --config, no \(paths): serving the small site that is built in")
    }
    let table = RouteTable(settings: settings)
    let accessLog: AccessLog?
    do throws(Errno) {
      accessLog = try settings.accessLog?.open(logger: logger)
    } catch {
      throw fail(.refused, [settings.accessLogError(error)], options, log)
    }

    desk.beginOpening()
    var inherited = options.service.inheritedSockets
    let opener = ListenerOpener(
      inherited: inherited, current: [], origin: options.addressOrigin, handoverProblem: options.service.handoverProblem)
    let opened: [OpenedListener]
    switch opener.open(settings.listen) {
    case .success(let listeners): opened = listeners
    case .failure(let failure): throw fail(.cannotListen, failure.diagnostics, options, log)
    }
    let admin: OpenedListener?
    switch openAdmin(settings, options) {
    case .success(let listener): admin = listener
    case .failure(let failure): throw fail(.cannotListen, failure.diagnostics, options, log)
    }
    for warning in inherited.closeUnnamed(by: settings.listen) { logger.warning("\(warning)") }

    let (traffic, journal) = (TrafficMetrics(), settings.admin?.journal.map(Journal.init))
    let observers = State.observers(traffic, journal) + screen.observers(settings)
    let server = AsyncHTTPServer(
      configuration: ServerConfiguration(settings, accessLog: accessLog, observers: observers, logger: log.logger(label: "http")))
    let daemon: Daemon
    do throws(Errno) {
      let listeners = try opened.listen(on: server)
      daemon = Daemon(
        options: options, log: log, server: server, control: control, desk: desk, screen: screen, traffic: traffic,
        state: State(
          settings: settings, table: table, accessLog: accessLog, listeners: listeners, inherited: inherited, journal: journal,
          watchedPaths: loaded.paths, loadedAt: loaded.began))
      try daemon.beginAdmin(admin, settings)
    } catch {
      throw fail(.cannotListen, [settings.error(noThreads(error))], options, log)
    }
    daemon.begin()
  }

  /// The thread of everything that is not a request, with the signals from now on.
  private static func makeControl(_ desk: SignalDesk, _ options: DaemonOptions, _ log: LogOutput) throws(ExitCode) -> Reactor {
    do throws(Errno) {
      let control = try Reactor(name: "control")
      control.start()
      control.execute { desk.open(on: control) }
      return control
    } catch {
      let diagnostic = Diagnostic(.error, file: options.addressOrigin, line: 0, column: 0, message: noThreads(error))
      throw fail(.cannotListen, [diagnostic], options, log)
    }
  }

  private static func noThreads(_ error: Errno) -> String {
    "cannot start the threads: \(error); raise the limit of descriptors (ulimit -n, LimitNOFILE=)"
  }

  /// Tells people and the service manager why there is no start.
  private static func fail(_ code: ExitCode, _ diagnostics: [Diagnostic], _ options: DaemonOptions, _ log: LogOutput) -> ExitCode {
    let report = DiagnosticReport(diagnostics.map(\.withSourceLine))
    if options.service.logsToJournal {
      let logger = log.logger(label: "asynchttpd")
      for entry in report.entries { logger.log(level: entry.severity.logLevel, "\(entry.text)") }
      logger.error("\(report.summary)")
    } else {
      var text = PaintedText(isPainted: Screen(options).paintsErrors)
      text.append(report)
      text.append(summaryOf: report, of: "asynchttpd")
      log.write(text.text)
    }
    if let first = diagnostics.first(where: { $0.severity == .error }) { options.service.notify(.status(first.headline)) }
    log.flush(atMost: diagnosticsMilliseconds)
    return code
  }

  /// How long standard error may take for what is wrong with a configuration.
  private static let diagnosticsMilliseconds: Milliseconds = 2_000

  private func begin() {
    let (perRequest, table) = state.withLock { ($0.settings.limits.descriptorsPerRequest, $0.table) }
    table.sweepRecordings()
    screen.use(table, accessLog: state.withLock { $0.accessLog != nil })
    // A task of its own, so that the table is not kept for as long as the server serves.
    let handedOver = Task(executorPreference: control) { [server] in await server.replaceHandler(table) }
    Task(executorPreference: control) { [self] in
      do {
        await handedOver.value
        try await server.serve(assumedDescriptorsPerRequest: perRequest)
      } catch {
        if !state.withLock({ $0.isStopping }) { logger.critical("cannot serve", error: error) }
      }
      let table = state.withLock { $0.table }
      if await !table.settleRecordings(atMost: lastRecordingsMilliseconds, on: control) {
        logger.warning("some recordings were not written; what is missing is fetched again")
      }
      let callbacks = await table.settleCallbacks(atMost: lastCallbacksMilliseconds, on: control)
      if callbacks > 0 { logger.warning("callbacks are dropped, since the process ends", metadata: ["count": "\(callbacks)"]) }
      await leave()
    }
    if let pidFile {
      do throws(PidFile.Unusable) {
        try pidFile.write()
      } catch {
        logger.warning("cannot write the pid file", metadata: ["path": "\(pidFile.path)", "error": "\(error.reason)"])
      }
    }
    // Ready is who can be told to reload and to stop, too.
    control.execute {
      self.openControl()
      if self.options.watchesFiles { self.startWatching() }
      if !self.greet() {
        self.logger.info("\(self.summary)", metadata: ["pid": "\(getpid())", "version": "\(AsyncHTTPD.version)"])
      }
      self.options.service.notify(.ready, .status(self.summary))
      self.feedWatchdog()
      self.desk.serve { self.receive(signal: $0) }
      if self.options.opensBrowser { self.openBrowser() }
    }
  }

  /// On the control thread.
  private func openControl() {
    let queue = reloadQueue()
    reloads.withLock { $0 = queue }
    do throws(Errno) {
      let server = try ControlServer(controlAddress, on: control) { request, reply in
        switch request {
        case .reload: queue.request { reply($0.reply) }
        case .reset(let ids): Task(executorPreference: self.control) { reply(ControlReply(await self.reset(ids))) }
        case .status: reply(.report(StatusReport.text(DaemonAdmin(self), self.traffic, self.state.withLock { $0.journal })))
        }
      }
      controlServer.withLock { $0 = server }
    } catch {
      logger.warning(
        "no control socket, so \"asynchttpd reload\" cannot reach this process; SIGHUP can",
        metadata: ["socket": "\(controlAddress)", "error": "\(error)"])
    }
  }

  let reloads = Mutex<ReloadQueue<ReloadOutcome>?>(nil)
  private let reopenings = Mutex<ReloadQueue<Void>?>(nil)

  private func reloadQueue() -> ReloadQueue<ReloadOutcome> {
    ReloadQueue(
      start: { work in Task(executorPreference: self.control) { await work() } }, reload: { await self.reload() })
  }

  /// Pings twice in every interval, each time after all of the server's loops have taken a turn.
  private func feedWatchdog() {
    guard let interval = options.service.watchdogInterval else { return }
    let milliseconds = interval.inMilliseconds
    Task(executorPreference: control) { [self] in
      while true {
        await server.awaitTurn()
        options.service.notify(.watchdog)
        try await control.sleep(milliseconds: max(1, milliseconds / 2))
      }
    }
  }

  // MARK: Serving

  /// `serving 12 routes on 127.0.0.1:8080; reloaded 3 times`.
  var summary: String {
    state.withLock { state in
      let addresses = state.listeners.flatMap(\.addresses).map(\.description).joined(separator: ", ")
      let reloads =
        switch state.reloads {
        case 0: ""
        case 1: "; reloaded once"
        default: "; reloaded \(state.reloads) times"
        }
      return "serving \(counted(state.settings.routes.count, "route")) on \(addresses)\(reloads)"
    }
  }

  /// Asks for a reload that begins after this call. From any thread.
  func requestReload(_ completion: @escaping @Sendable (ReloadOutcome) -> Void) {
    guard let queue = reloads.withLock({ $0 }) else { return completion(.tooLate) }
    queue.request(completion)
  }

  private func receive(signal: Int32) {
    switch signal {
    case SIGHUP: reloads.withLock { $0 }?.request()
    case SIGUSR1: reopenLogs()
    default: stop(signal)
    }
  }

  private func reopenLogs() {
    let queue = reopenings.withLock { queue -> ReloadQueue<Void> in
      // One at a time: each opens a file, and the log may still be busy with the last.
      let existing =
        queue
        ?? ReloadQueue(
          start: { work in Task(executorPreference: self.control) { await work() } }, reload: { await self.reopen() })
      queue = existing
      return existing
    }
    queue.request()
  }

  private func reopen() async {
    guard let accessLog = state.withLock({ $0.accessLog }) else { return logger.info("there is no access log to reopen") }
    // Requests that ended before the signal belong to the old file.
    await server.flushObservers()
    let failure = await BackgroundThread.run(atMost: Self.openingMilliseconds, on: control) { () -> Errno? in
      do throws(Errno) {
        try accessLog.reopen()
        return nil
      } catch {
        return error
      }
    }
    switch failure {
    case nil: logger.error("cannot reopen the access log in time; the old file stays in use until it opens")
    case .some(.some(let error)):
      logger.error("cannot reopen the access log; the old file stays in use", metadata: ["error": "\(error)"])
    case .some(nil):
      await withUnsafeContinuation { continuation in accessLog.whenWritten { continuation.resume() } }
      logger.info("reopened the access log")
    }
  }

  /// How long a file system may take to open a log.
  static let openingMilliseconds: Milliseconds = 5_000

  // MARK: End

  private func stop(_ signal: Int32) {
    let now = control.now
    let (isSecond, drain) = state.withLock { state in
      let isSecond = state.isStopping
      if !isSecond { state.drainEnd = now + state.settings.timeouts.drain.inMilliseconds }
      return (isSecond, state.settings.timeouts.drain)
    }
    if isSecond {
      logger.warning("ending at once: a second signal", metadata: ["signal": "\(signal)"])
      removeFiles()
      log.flush(atMost: LogOutput.lastWords)
      _exit(128 + signal)
    }
    let text = "draining, for \(drain.spelling) at most"
    logger.info("\(text)", metadata: ["signal": "\(signal)", "cached": "\(state.withLock { $0.table.cachedFiles })"])
    options.service.notify(.stopping, .status(text))
    stopWatching()
    // Upstreams need not wait for the end to be rid of idle connections.
    DescriptorWatch.letGo()
    Task(executorPreference: control) { [server, control] in await server.shutdown(gracePeriod: drain, on: control) }
  }

  /// Ends the process, with all lines of the access log written that the disk takes in time.
  private func leave() async {
    let isStopping = state.withLock { $0.isStopping }
    if isStopping { logger.info("drained") }
    await state.withLock { $0.admin }?.end()
    removeFiles()
    if let accessLog = state.withLock({ $0.accessLog }) {
      if await !accessLog.finish(patience: Self.stalledLogMilliseconds, limit: Self.lastLinesMilliseconds, on: control) {
        logger.warning("the access log was not written to its end")
      }
      accessLog.reportLoss()
    }
    screen.requests?.finish(atMost: LogOutput.lastWords)
    log.flush(atMost: LogOutput.lastWords)
    _exit(isStopping ? EXIT_SUCCESS : EXIT_FAILURE)
  }

  /// How long a disk may take for what was fetched last: what is left of the drain, which is what the operator was
  /// promised, and a moment in any case.
  private var lastRecordingsMilliseconds: Milliseconds {
    let longest: Milliseconds = 5_000
    guard let end = state.withLock({ $0.drainEnd }) else { return longest }
    return min(longest, max(500, end - min(end, control.now)))
  }

  /// How long callbacks may take: what is left of the drain.
  private var lastCallbacksMilliseconds: Milliseconds {
    state.withLock { $0.drainEnd }.map { $0 - min($0, control.now) } ?? 0
  }

  /// How long a disk may take for the last lines of the access log, and how long it may take none of them.
  private static let lastLinesMilliseconds: Milliseconds = 5_000
  private static let stalledLogMilliseconds: Milliseconds = 500

  /// Removes the paths that still are this process's own. On the control thread.
  private func removeFiles() {
    pidFile?.remove()
    controlServer.withLock { $0 }?.close(on: control)
  }

  /// Keeps the main thread out of the way for as long as the process lives.
  static func park() -> Never {
    while true { pause() }
  }
}

extension Diagnostic.Severity {
  var logLevel: Logger.Level { self == .error ? .error : .warning }
}

extension Settings {
  func accessLogError(_ error: Errno) -> Diagnostic {
    let path = accessLog?.path ?? ""
    let wayOut =
      switch error {
      case .noSuchAddressOrDevice:
        "a socket cannot be one, and a FIFO that this user may not read needs a reader; \"-\" is the standard output"
      default: "choose another path, or make this one writable for this user\(Confinement.hint(path, error.rawValue))"
      }
    return self.error("access_log: cannot open \(path): \(error); \(wayOut)")
  }
}
