// What the log says of a recording once, however often it is replayed.

import Synchronization

/// The notices that a route has logged, up to a bound; a reload begins anew.
final class RecordingNotices: Sendable {
  private static let limit = 1000

  private let logged = Mutex<Set<String>>([])

  /// Whether the notice has yet to be logged.
  func isPending(_ notice: String) -> Bool { logged.withLock { $0.count < Self.limit && !$0.contains(notice) } }

  /// Whether the notice is to be logged now: true once.
  func claim(_ notice: String) -> Bool { logged.withLock { $0.count < Self.limit && $0.insert(notice).inserted } }
}
