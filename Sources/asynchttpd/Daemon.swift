// The life of the process.
//
//   start     settings → logs → sockets → routes → READY=1; anything wrong ends the process with a sentence and the exit code for it
//   serve     the server's own threads do; the control thread has the signals, the control socket and the watchdog
//   reload    HUP or `asynchttpd reload`: Daemon+Reload
//   end       TERM or INT drains for as long as `timeouts.drain` says, a second one ends at once

import ArgumentParser
import AsyncHTTPServer
import Glibc
import HTTPRoutes
import Logging
import Reactor
import Synchronization
import SystemPackage

/// What the command line and the environment say.
struct DaemonOptions: Sendable {
  let source: ConfigurationSource
  /// Stands in for `listen` of the file.
  let addresses: [ListenAddress]?
  /// What is doubtful about them.
  let addressWarnings: [String]
  let pidFile: String?
  let service: ServiceManager
  let environment: [String: String]

  /// Loads the configuration, with the addresses of the command line in the place of the file's.
  func load() -> (settings: Settings?, diagnostics: [Diagnostic]) {
    let result = source.load(environment: environment)
    var settings = result.settings
    if let addresses { settings?.listen = addresses.map { ListenSettings($0) } }
    return (settings, result.diagnostics)
  }

  /// Who names an address that has no position: the command line, or a file by not having `listen`.
  var addressOrigin: String { addresses == nil ? source.path ?? BuiltInSite.name : "--listen" }
}

final class Daemon: Sendable {
  struct State {
    var settings: Settings
    var accessLog: AccessLog?
    var listeners: [(settings: ListenSettings, addresses: [SocketAddress])]
    var reloads = 0
    var isStopping = false
  }

  let options: DaemonOptions
  let log: LogOutput
  let logger: Logger
  let server: AsyncHTTPServer
  /// The thread of everything that is not a request.
  let control: Reactor
  let state: Mutex<State>
  private let pidFile: PidFile?
  private let controlAddress: ControlAddress

  /// Delivered on the control thread, so blocked everywhere else.
  static let signals = [SIGHUP, SIGUSR1, SIGTERM, SIGINT]

  private init(options: DaemonOptions, log: LogOutput, server: AsyncHTTPServer, control: Reactor, state: State) {
    self.options = options
    self.log = log
    logger = log.logger(label: "asynchttpd")
    self.server = server
    self.control = control
    self.state = Mutex(state)
    let runtimeDirectory = options.environment["RUNTIME_DIRECTORY"]
    let directory = runtimeDirectory?.split(separator: ":").first
    pidFile = (options.pidFile ?? directory.map { "\($0)/\(PidFile.usualName)" }).map(PidFile.init)
    controlAddress = ControlAddress(processID: getpid(), runtimeDirectory: runtimeDirectory)
  }

  // MARK: Start

  /// Starts to serve. Returns once the kernel queues connections and every thread runs; throws the exit code, having said why.
  static func start(_ options: DaemonOptions) throws(ExitCode) {
    _ = signal(SIGPIPE, SIG_IGN)
    let log = LogOutput(logsToJournal: options.service.logsToJournal)
    let (loaded, diagnostics) = options.load()
    guard let settings = loaded else { throw fail(.refused, diagnostics, options.service, log) }
    log.use(settings.log)
    let logger = log.logger(label: "asynchttpd")
    for warning in DiagnosticReport(diagnostics).entries { logger.warning("\(warning.text)") }
    for warning in options.addressWarnings { logger.warning("\(warning)") }
    if options.source.path == nil {
      logger.notice("no --config and no \(ConfigurationSource.usualPath): serving the small site that is built in")
    }

    let accessLog: AccessLog?
    do throws(Errno) {
      accessLog = try settings.accessLog?.open()
    } catch {
      throw fail(.refused, [settings.accessLogError(error)], options.service, log)
    }
    let opened: [OpenedListener]
    switch ListenerOpener(inherited: options.service.inheritedSockets, current: [], origin: options.addressOrigin).open(settings.listen) {
    case .success(let listeners): opened = listeners
    case .failure(let failure): throw fail(.cannotListen, failure.diagnostics, options.service, log)
    }

    let server = AsyncHTTPServer(configuration: ServerConfiguration(settings, accessLog: accessLog, logger: log.logger(label: "http")))
    let daemon: Daemon
    do throws(Errno) {
      let listeners = try opened.listen(on: server)
      daemon = Daemon(
        options: options, log: log, server: server, control: try Reactor(name: "control"),
        state: State(settings: settings, accessLog: accessLog, listeners: listeners))
    } catch {
      let sentence = "cannot start the threads: \(error); raise the limit of descriptors (ulimit -n, LimitNOFILE=)"
      throw fail(.cannotListen, [settings.error(sentence)], options.service, log)
    }
    daemon.begin(RouteTable(settings: settings))
  }

  /// Tells people and the service manager why there is no start.
  private static func fail(_ code: ExitCode, _ diagnostics: [Diagnostic], _ service: ServiceManager, _ log: LogOutput) -> ExitCode {
    let report = DiagnosticReport(diagnostics)
    if service.logsToJournal {
      let logger = log.logger(label: "asynchttpd")
      for entry in report.entries { logger.log(level: entry.severity.logLevel, "\(entry.text)") }
      logger.error("\(report.summary)")
    } else {
      StandardStream.error.write("\(report.text)\nasynchttpd: \(report.summary)\n")
    }
    if let first = diagnostics.first(where: { $0.severity == .error }) { service.notify(.status(first.headline)) }
    return code
  }

  private func begin(_ table: RouteTable) {
    let perRequest = state.withLock { $0.settings.limits.descriptorsPerRequest }
    Recordings.sweep(state.withLock { $0.settings })
    control.start()
    // A task of its own, so that the table is not kept for as long as the server serves.
    let handedOver = Task(executorPreference: control) { [server] in await server.replaceHandler(table) }
    Task(executorPreference: control) { [self] in
      do {
        await handedOver.value
        try await server.serve(assumedDescriptorsPerRequest: perRequest)
      } catch {
        if !state.withLock({ $0.isStopping }) { logger.critical("cannot serve", error: error) }
      }
      if await !Recordings.settle(atMost: Self.lastRecordingsMilliseconds, on: control) {
        logger.warning("some recordings were not written; what is missing is fetched again")
      }
      leave()
    }
    if let pidFile {
      do throws(Errno) {
        try pidFile.write()
      } catch {
        logger.warning("cannot write the pid file", metadata: ["path": "\(pidFile.path)", "error": "\(error)"])
      }
    }
    // Ready is who can be told to reload and to stop, too.
    control.execute {
      self.openControl()
      self.logger.info("\(self.summary)", metadata: ["pid": "\(getpid())", "version": "\(AsyncHTTPD.version)"])
      self.options.service.notify(.ready, .status(self.summary))
      self.feedWatchdog()
    }
  }

  /// On the control thread.
  private func openControl() {
    do throws(Errno) {
      _ = try SignalSource(Self.signals, on: control) { self.receive(signal: $0) }
    } catch {
      logger.critical("cannot receive signals", metadata: ["error": "\(error)"])
    }
    let queue = reloadQueue()
    reloads.withLock { $0 = queue }
    do throws(Errno) {
      _ = try ControlServer(controlAddress, on: control) { request, reply in
        switch request {
        case .reload: queue.request { reply($0.reply) }
        }
      }
    } catch {
      logger.warning("no control socket, so \"asynchttpd reload\" cannot reach this process; SIGHUP can", metadata: ["error": "\(error)"])
    }
  }

  private let reloads = Mutex<ReloadQueue<ReloadOutcome>?>(nil)

  private func reloadQueue() -> ReloadQueue<ReloadOutcome> {
    ReloadQueue(
      start: { work in Task(executorPreference: self.control) { await work() } }, reload: { await self.reload() })
  }

  /// Pings twice in every interval, each time after all of the server's loops have taken a turn.
  private func feedWatchdog() {
    guard let interval = options.service.watchdogInterval else { return }
    let (seconds, attoseconds) = interval.components
    let milliseconds = UInt64(max(0, seconds)) * 1000 + UInt64(max(0, attoseconds) / 1_000_000_000_000_000)
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

  private func receive(signal: Int32) {
    switch signal {
    case SIGHUP: reloads.withLock { $0 }?.request()
    case SIGUSR1: reopenLogs()
    default: stop(signal)
    }
  }

  private func reopenLogs() {
    guard let accessLog = state.withLock({ $0.accessLog }) else { return logger.info("there is no access log to reopen") }
    Task(executorPreference: control) { [server, logger] in
      // Requests that ended before the signal belong to the old file.
      await server.flushAccessLog()
      await withUnsafeContinuation { continuation in accessLog.whenWritten { continuation.resume() } }
      // A log on a disk that hangs must not keep a TERM from being heard.
      let failure = await BackgroundThread.run { () -> Errno? in
        do throws(Errno) {
          try accessLog.reopen()
          return nil
        } catch {
          return error
        }
      }
      guard let failure else { return logger.info("reopened the access log") }
      logger.error("cannot reopen the access log; the old file stays in use", metadata: ["error": "\(failure)"])
    }
  }

  // MARK: End

  private func stop(_ signal: Int32) {
    let (isSecond, drain) = state.withLock { state in
      defer { state.isStopping = true }
      return (state.isStopping, state.settings.timeouts.drain)
    }
    if isSecond {
      logger.warning("ending at once: a second signal", metadata: ["signal": "\(signal)"])
      removeFiles()
      _exit(128 + signal)
    }
    let text = "draining, for \(drain.spelling) at most"
    logger.info("\(text)", metadata: ["signal": "\(signal)", "cached": "\(RouteTable.cachedFiles)"])
    options.service.notify(.stopping, .status(text))
    // Upstreams need not wait for the end to be rid of connections that nobody uses.
    DescriptorWatch.letGo()
    Task(executorPreference: control) { [server] in await server.shutdown(gracePeriod: drain) }
  }

  /// Ends the process, with all lines of the access log written that the disk takes in time.
  private func leave() {
    let isStopping = state.withLock { $0.isStopping }
    let code = isStopping ? EXIT_SUCCESS : EXIT_FAILURE
    if isStopping { logger.info("drained") }
    removeFiles()
    guard let accessLog = state.withLock({ $0.accessLog }) else { _exit(code) }
    Task(executorPreference: control) { [self] in
      try await control.sleep(milliseconds: Self.lastLinesMilliseconds)
      logger.warning("the access log was not written to its end")
      _exit(code)
    }
    accessLog.whenWritten { _exit(code) }
  }

  /// How long a disk may take for what was fetched last.
  private static let lastRecordingsMilliseconds: Milliseconds = 5_000

  /// How long a disk may take for the last lines of the access log.
  private static let lastLinesMilliseconds: Milliseconds = 5_000

  private func removeFiles() {
    pidFile?.remove()
    if case .path(let path) = controlAddress { unlink(path) }
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
    return self.error("access_log: cannot open \(path): \(error); choose another path, or make this one writable for this user")
  }
}
