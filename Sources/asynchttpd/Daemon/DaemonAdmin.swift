// The daemon as the admin listener and `asynchttpd status` see it.

import AsyncHTTPServer
import Glibc
import HTTPRoutes
import Logging
import Reactor
import RouteAdmin
import Synchronization
import SystemPackage

/// Answers for the daemon. It lives as long as the process.
final class DaemonAdmin: AdminSource {
  private let daemon: Daemon

  init(_ daemon: Daemon) { self.daemon = daemon }

  var program: ProgramFacts {
    ProgramFacts(version: AsyncHTTPD.version, processID: getpid(), startedMilliseconds: daemon.startedMilliseconds)
  }

  var serving: ServingFacts {
    daemon.state.withLock { state in
      ServingFacts(
        settings: state.settings, table: state.table, generation: state.reloads,
        addresses: state.listeners.flatMap(\.addresses).map(\.description),
        configuration: state.settings.files.first ?? BuiltInSite.name, isDraining: state.isStopping)
    }
  }

  var serverMetrics: ServerMetrics { daemon.server.metrics }

  var descriptors: DescriptorFacts {
    let reserved = ServerConfiguration.reservedDescriptors(daemon.state.withLock { $0.settings })
    return DescriptorFacts(open: ProcessDescriptors.openCount(), limit: daemon.server.descriptorLimit, reserved: reserved)
  }

  var droppedLines: DroppedLines {
    DroppedLines(log: daemon.log.droppedLines, accessLog: daemon.state.withLock { $0.accessLog }?.droppedLines ?? 0)
  }

  var reloads: [ReloadRecord] { daemon.state.withLock { $0.history.records } }

  var refusedReloads: Int { daemon.state.withLock { $0.history.refused } }

  func reload() async -> ReloadRecord? {
    await withUnsafeContinuation { continuation in
      daemon.requestReload { [daemon] outcome in
        if case .tooLate = outcome { return continuation.resume(returning: nil) }
        // What was recorded last is this reload: the next one has not begun.
        continuation.resume(returning: daemon.state.withLock { $0.history.records.first })
      }
    }
  }

  func reset(_ ids: [String]) async -> Result<[String], ResetProblems> { await daemon.reset(ids) }
}

/// The reloads since the start, as far as they are kept.
struct ReloadHistory {
  /// Newest first.
  private(set) var records: [ReloadRecord] = []
  private(set) var refused = 0

  mutating func add(_ record: ReloadRecord) {
    if record.outcome == .refused { refused += 1 }
    records.insert(record, at: 0)
    if records.count > ReloadRecord.maxKept { records.removeLast() }
  }
}

extension ReloadRecord {
  /// Nil for a reload that was not tried.
  ///
  /// - Parameters:
  ///   - generation: of what serves now.
  ///   - began: by the wall clock, in milliseconds since 1970.
  init?(_ outcome: ReloadOutcome, generation: Int, began: Int64) {
    let now = WallClock.milliseconds()
    let duration = Int(clamping: max(0, now - began))
    switch outcome {
    case .done(let difference, let warnings):
      self.init(
        milliseconds: now, durationMilliseconds: duration, generation: generation, outcome: .reloaded, summary: difference.summary,
        changes: difference.lines, diagnostics: DiagnosticReport(warnings).entries.map(\.text))
    case .refused(let diagnostics):
      let report = DiagnosticReport(diagnostics)
      self.init(
        milliseconds: now, durationMilliseconds: duration, generation: generation, outcome: .refused, summary: report.summary,
        changes: [], diagnostics: report.entries.map(\.text))
    case .tooLate: return nil
    }
  }
}

extension Daemon {
  /// Opens the socket of the admin listener, where one is configured.
  static func openAdmin(_ settings: Settings, _ options: DaemonOptions, beside current: [SocketAddress] = []) -> Result<
    OpenedListener?, ListenFailure
  > {
    guard let admin = settings.admin else { return .success(nil) }
    var opener = ListenerOpener(inherited: [], current: current, origin: options.admin == nil ? options.addressOrigin : "--admin")
    // Who reaches it may reset and reload: the daemon's own user and root, as with the control socket.
    (opener.key, opener.socketMode) = ("admin", 0o600)
    return opener.open([admin.listen]).map(\.first)
  }

  /// Begins to serve what `openAdmin` has opened. Throws where there is no thread for it.
  func beginAdmin(_ opened: OpenedListener?, _ settings: Settings) throws(Errno) {
    guard let opened, let admin = settings.admin else { return }
    let source = DaemonAdmin(self)
    let journal = state.withLock { $0.journal }
    let context = AdminContext(source: source, traffic: traffic, series: TrafficSeries(of: source, traffic), journal: journal)
    let listener = try AdminListener(opened, admin, context: context, logger: log.logger(label: "admin"), on: control)
    state.withLock { $0.admin = listener }
    logger.info("admin listener on \(listener.address)")
  }

  /// Takes up what a reload has changed of the admin listener.
  ///
  /// - Parameter opened: the socket of another address, if there is another.
  func useAdmin(_ opened: OpenedListener?, from old: AdminSettings?, to new: Settings) async {
    let (current, journal) = state.withLock { ($0.admin, $0.journal) }
    if let admin = new.admin, old?.listen.address == admin.listen.address {
      if old != admin { await current?.use(admin, journal) }
      return
    }
    state.withLock { $0.admin = nil }
    do throws(Errno) {
      try beginAdmin(opened, new)
    } catch {
      logger.error("no admin listener: its thread cannot be started", metadata: ["error": "\(error)"])
    }
    current?.retire(on: control)
  }

  /// Brings what routes remember back to the start.
  func reset(_ ids: [String]) async -> Result<[String], ResetProblems> {
    let table = state.withLock { $0.table }
    do {
      let names = try await table.reset(ids)
      logger.info("reset", metadata: ["count": "\(names.count)"])
      return .success(names)
    } catch let error as UnknownStates {
      return .failure(ResetProblems(hasUnknownNames: true, sentences: error.problems))
    } catch {
      return .failure(ResetProblems(hasUnknownNames: false, sentences: (error as? UnresetStates)?.problems ?? ["\(error)"]))
    }
  }
}

extension Daemon.State {
  /// Hears of every request, whether or not an admin listener shows what it heard.
  static func observers(_ traffic: TrafficMetrics, _ journal: Journal?) -> [any RequestObserverSource] {
    var observers: [any RequestObserverSource] = [traffic]
    if let journal { observers.append(journal) }
    return observers
  }

  /// The journal for new settings: the one that is there, where its bounds are the same.
  func journal(for settings: Settings) -> Journal? {
    settings.admin?.journal.map { journal?.adopting($0) ?? Journal($0) }
  }
}

extension ServerConfiguration {
  /// How many descriptors are kept from clients for the admin listener; 0 without one.
  static func reservedDescriptors(_ settings: Settings) -> Int {
    settings.admin == nil ? 0 : AdminSettings.reservedDescriptors(of: descriptorLimit(settings))
  }

  /// What the process may have, the reserve included.
  private static func descriptorLimit(_ settings: Settings) -> Int {
    min(settings.limits.descriptors ?? Int.max, ProcessDescriptors.softLimit ?? ServerConfiguration().maxDescriptorsFallback)
  }

  /// Descriptors that clients may use; nil leaves it to the process's limit.
  static func clientDescriptors(_ settings: Settings) -> Int? {
    let reserved = reservedDescriptors(settings)
    return reserved == 0 ? settings.limits.descriptors : descriptorLimit(settings) - reserved
  }
}
