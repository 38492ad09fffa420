// What a process does about the recordings of its routes: it cleans the stores up at the start, and waits for what is
// fetched at the end.

package import Reactor
import Recordings

extension RouteTable {
  /// Removes, in the background, what processes that were killed have left in the stores of the table's routes: once
  /// for each store, however often tables replace one another.
  package func sweepRecordings() {
    for route in routes {
      for recordings in route.settings.answer.recordings where recordings.isActive {
        states.proxiedStore(root: recordings.root).recordings.sweepOnce()
      }
    }
  }

  /// Waits until what has been fetched is recorded, for this table and those that it replaced, for as long as
  /// `milliseconds` at most: for a process that is about to end. False when it took longer.
  package func settleRecordings(atMost milliseconds: Milliseconds, on reactor: Reactor) async -> Bool {
    let recordings = states.recordings
    return await withTaskGroup { group in
      group.addTask(executorPreference: reactor) {
        await recordings.settle()
        return true
      }
      group.addTask(executorPreference: reactor) {
        try? await reactor.sleep(milliseconds: milliseconds)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? true
    }
  }
}
