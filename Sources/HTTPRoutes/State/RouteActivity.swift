// What routes have done besides answering, counted since the start for those who look at a running server.

import Synchronization

/// Counts of a table and of those it replaced. From any thread.
package final class RouteActivity: Sendable {
  private let evictions = Atomic<Int>(0)
  private let recordedSize = Atomic<Int>(0)
  private let sent = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)
  private let dropped = Atomic<Int>(0)

  /// Recordings that were removed to keep to `max_size`.
  package var evictedRecordings: Int { evictions.load(ordering: .relaxed) }
  /// Bytes of the disk by which stores grew with their recordings; one that is smaller than what it replaces adds none.
  package var recordedBytes: Int { recordedSize.load(ordering: .relaxed) }
  package var sentCallbacks: Int { sent.load(ordering: .relaxed) }
  /// Callbacks whose last attempt failed.
  package var failedCallbacks: Int { failed.load(ordering: .relaxed) }
  /// Callbacks that were dropped because as many waited as may.
  package var droppedCallbacks: Int { dropped.load(ordering: .relaxed) }

  func recorded(bytes: Int64, evicting count: Int) {
    recordedSize.add(max(0, Int(clamping: bytes)), ordering: .relaxed)
    evictions.add(count, ordering: .relaxed)
  }

  func callbackWasSent() { sent.add(1, ordering: .relaxed) }
  func callbackFailed() { failed.add(1, ordering: .relaxed) }
  func callbackWasDropped() { dropped.add(1, ordering: .relaxed) }
}

extension RouteTable {
  /// What the routes of this table and of those it replaced have done besides answering.
  package var activity: RouteActivity { states.activity }
}
