// What has been fetched and is not on the disk yet, counted for a process that is about to end.

import Reactor

/// The recordings that have begun, and are neither published nor given up: of all stores that a table has had, and that
/// those before it had, since a fetch outlives its table.
final class RecordingsUnderWay: Sendable {
  private let count = WaitingRoom(0)

  /// A recording has begun; `end` when it is published or given up.
  func begin() { count.change { $0 += 1 } }

  func end() { count.change { $0 -= 1 } }

  /// Waits until every recording that has begun is published or given up, or until the task is cancelled. A fetch
  /// without one does not count.
  func settle() async { await count.wait { $0 == 0 } }
}
