// What a process does about callbacks when it ends.

package import Reactor

extension RouteTable {
  /// Callbacks that wait or are under way, of this table and of those that it replaced. From any thread.
  package var waitingCallbacks: Int { states.callbacks.waiting }

  /// Waits until all callbacks are sent or given up, for as long as `milliseconds` at most: for a process that is about
  /// to end. How many are left, and are dropped with the process.
  package func settleCallbacks(atMost milliseconds: Milliseconds, on reactor: Reactor) async -> Int {
    let callbacks = states.callbacks
    await withTaskGroup { group in
      group.addTask(executorPreference: reactor) { await callbacks.settle() }
      group.addTask(executorPreference: reactor) { try? await reactor.sleep(milliseconds: milliseconds) }
      await group.next()
      group.cancelAll()
    }
    return callbacks.waiting
  }
}
