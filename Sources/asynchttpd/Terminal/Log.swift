// The daemon's log: one event, one write to standard error, by a thread that may wait for it. Nothing else does: where
// standard error is a pipe without a reader, lines are lost, and a line says how many once it is read again.
//
//     2026-11-22T18:34:00.123Z warning no room for further connections open=1019 limit=1024
//     <4>no room for further connections open=1019 limit=1024                                  in the journal, sd-daemon(3)
//     {"time":"2026-11-22T18:34:00.123Z","level":"warning","message":"no room …","open":"1019","limit":"1024"}
//
// Whatever came over the wire or out of a file is escaped, so that no line can be forged and no terminal be driven by
// it. A line break in a message stays one in text, since diagnostics have several lines; what follows it is indented
// and so never looks like an event.

import Glibc
import HTTPRoutes
import Logging
import Reactor
import Synchronization

/// Where events go, and how: shared by all loggers, changed by a reload.
final class LogOutput: Sendable {
  private struct State {
    var settings = LogSettings()
    var threshold = Logger.Level.info
  }

  /// Behind a reference, since the writer's thread reads it too.
  private final class SharedState: Sendable {
    private let state = Mutex(State())
    func withLock<R: Sendable>(_ body: (inout State) -> R) -> R { state.withLock { body(&$0) } }
    var format: LogSettings.Format { state.withLock { $0.settings.format } }
  }

  private let state: SharedState
  private let logsToJournal: Bool
  private let isPainted: Bool
  private let writer: LogWriter

  /// Bytes that may wait: thousands of lines.
  private static let capacity = 1 << 20
  /// How long a process that ends waits for standard error to take its last lines: a pipe without a reader takes none.
  static let lastWords: Milliseconds = 100

  /// - Parameters:
  ///   - logsToJournal: each line begins with its priority and has no time, which the journal knows better.
  ///   - isPainted: lines for people have colours.
  init(logsToJournal: Bool, isPainted: Bool = false, descriptor: Int32 = STDERR_FILENO) {
    let state = SharedState()
    self.state = state
    self.logsToJournal = logsToJournal
    self.isPainted = isPainted
    writer = LogWriter(name: "log", target: LogTarget(shared: descriptor), capacity: Self.capacity) { loss in
      guard loss.isOver else { return nil }
      let line = LogLine(level: .warning, message: loss.text, fields: [])
      return Array(Self.text(of: line, state.format, logsToJournal: logsToJournal, isPainted: isPainted).utf8)
    }
  }

  /// Level and format of events from now on.
  func use(_ settings: LogSettings) {
    state.withLock { $0 = State(settings: settings, threshold: Logger.Level(settings.level)) }
  }

  var threshold: Logger.Level { state.withLock { $0.threshold } }

  func logger(label: String) -> Logger {
    Logger(label: label) { _ in EventHandler(output: self) }
  }

  /// Writes text that has its form already: diagnostics, as a terminal shows them.
  func write(_ text: String) { writer.append(Array(text.utf8)) }

  /// Lines that standard error did not take in time, or at all.
  var droppedLines: Int { writer.lostLines }

  /// Waits for standard error to take what was written. False where it does not in so many milliseconds: for a process
  /// that ends.
  @discardableResult
  func flush(atMost milliseconds: Milliseconds) -> Bool { writer.flush(atMost: milliseconds) }

  fileprivate func write(_ event: LogEvent, _ metadata: Logger.Metadata) {
    var fields = metadata.map { (key: $0.key, value: $0.value.description) }.sorted { $0.key < $1.key }
    if let error = event.error { fields.append((key: "error", value: "\(error)")) }
    let line = LogLine(level: event.level, message: event.message.description, fields: fields)
    write(Self.text(of: line, state.format, logsToJournal: logsToJournal, isPainted: isPainted))
  }

  private static func text(of line: LogLine, _ format: LogSettings.Format, logsToJournal: Bool, isPainted: Bool) -> String {
    switch format {
    case .json: (logsToJournal ? line.priority : "") + line.json(at: .now)
    case .text: logsToJournal ? line.journal : line.text(at: .now, isPainted: isPainted)
    }
  }

  private struct EventHandler: LogHandler {
    let output: LogOutput
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private var ownLevel: Logger.Level?

    init(output: LogOutput) { self.output = output }

    var logLevel: Logger.Level {
      get { ownLevel ?? output.threshold }
      set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      var all = metadata
      if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
      if let own = event.metadata { all.merge(own) { $1 } }
      output.write(event, all)
    }
  }
}

extension Logger.Level {
  init(_ level: LogSettings.Level) {
    self =
      switch level {
      case .trace: .trace
      case .debug: .debug
      case .info: .info
      case .notice: .notice
      case .warning: .warning
      case .error: .error
      case .critical: .critical
      }
  }
}
