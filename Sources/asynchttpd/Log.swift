// The daemon's log: one event, one write to standard error.
//
//     2026-11-22T18:34:00.123Z warning no room for further connections open=1019 limit=1024
//     <4>no room for further connections open=1019 limit=1024                                  in the journal, sd-daemon(3)
//     {"time":"2026-11-22T18:34:00.123Z","level":"warning","message":"no room …","open":"1019","limit":"1024"}
//
// Whatever came over the wire or out of a file is escaped, so that no line can be forged and no terminal be driven by it. A line break
// in a message stays one in text, since diagnostics have several lines; what follows it is indented and so never looks like an event.

import Glibc
import HTTPRoutes
import Logging
import Synchronization

/// Where events go, and how: shared by all loggers, changed by a reload.
final class LogOutput: Sendable {
  private struct State {
    var settings = LogSettings()
    var threshold = Logger.Level.info
  }

  private let state = Mutex(State())
  private let logsToJournal: Bool
  private let descriptor: Int32

  /// - Parameter logsToJournal: each line begins with its priority and has no time, which the journal knows better.
  init(logsToJournal: Bool, descriptor: Int32 = STDERR_FILENO) {
    self.logsToJournal = logsToJournal
    self.descriptor = descriptor
  }

  /// Level and format of events from now on.
  func use(_ settings: LogSettings) {
    state.withLock { $0 = State(settings: settings, threshold: Logger.Level(settings.level)) }
  }

  var threshold: Logger.Level { state.withLock { $0.threshold } }

  func logger(label: String) -> Logger {
    Logger(label: label) { _ in EventHandler(output: self) }
  }

  /// Writes an event. Waits for standard error to take it: events are few, and one that is lost would be the one that is missed.
  fileprivate func write(_ event: LogEvent, _ metadata: Logger.Metadata) {
    let format = state.withLock { $0.settings.format }
    var fields = metadata.map { (key: $0.key, value: $0.value.description) }.sorted { $0.key < $1.key }
    if let error = event.error { fields.append((key: "error", value: "\(error)")) }
    let line = LogLine(level: event.level, message: event.message.description, fields: fields)
    let text =
      switch format {
      case .json: (logsToJournal ? line.priority : "") + line.json(at: .now)
      case .text: logsToJournal ? line.journal : line.text(at: .now)
      }
    // One lock around one write: lines of two threads never mix.
    state.withLock { _ in
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written < 0 && errno == EINTR { continue }
        if written <= 0 { return }
        rest = rest.dropFirst(written)
      }
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
