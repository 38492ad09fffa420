// The callbacks that wait or are under way, counted for their bound, and for a process that is about to end.

import Reactor

/// Of all routes that a table has, and of those before it: a callback outlives its table.
final class CallbackQueue: Sendable {
  private let count = WaitingRoom(0)

  /// Takes a place, unless all are taken; `leave` gives it back.
  func enter(max: Int) -> Bool {
    count.change { count in
      if count >= max { return false }
      count += 1
      return true
    }
  }

  func leave() { count.change { $0 -= 1 } }

  /// Those that are not sent yet.
  var waiting: Int { count.value }

  /// Waits until all are sent or given up, or until the task is cancelled.
  func settle() async { await count.wait { $0 == 0 } }
}
