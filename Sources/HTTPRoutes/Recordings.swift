// What a process does about all stores of its routes: it cleans them up at the start, and waits for them at the end.

package import Reactor

/// The recordings of all routes of the process.
package enum Recordings {
  /// Removes, in the background, what processes that were killed have left in the stores of these routes: once for each
  /// store.
  package static func sweep(_ settings: Settings) {
    for route in settings.routes {
      guard let recordings = route.responder.recordings, recordings.isActive else { continue }
      RecordingStore.shared(root: recordings.root).sweepOnce()
    }
  }

  /// Waits until what has been fetched is recorded, for as long as `milliseconds` at most: for a process that is about
  /// to end. False when it took longer.
  package static func settle(atMost milliseconds: Milliseconds, on reactor: Reactor) async -> Bool {
    let stores = RecordingStore.all
    return await withTaskGroup { group in
      group.addTask(executorPreference: reactor) {
        for store in stores { await store.flights.settle() }
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
