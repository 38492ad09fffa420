// What a server logs, kept for a test to look at.

import Logging
import Synchronization

/// Values across threads, in the order they came.
final class KeptLines<Line: Sendable>: Sendable {
  private let kept = Mutex<[Line]>([])

  func append(_ line: Line) { kept.withLock { $0.append(line) } }
  var lines: [Line] { kept.withLock { $0 } }
}

/// The lines that a logger was given.
final class KeptLog: Sendable {
  struct Line: Sendable {
    let level: Logger.Level
    let message: String
    let metadata: [String: String]
  }

  private struct Handler: LogHandler {
    let kept: KeptLines<Line>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let metadata = self.metadata.merging(event.metadata ?? [:]) { _, own in own }
      kept.append(Line(level: event.level, message: event.message.description, metadata: metadata.mapValues { $0.description }))
    }
  }

  private let kept = KeptLines<Line>()

  var lines: [Line] { kept.lines }

  var logger: Logger { Logger(label: "test") { [kept] _ in Handler(kept: kept) } }
}
