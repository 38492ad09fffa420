// A value behind a lock, and the tasks that wait until something holds of it. A task that is cancelled stops waiting.

import Synchronization

/// A value that many threads change, and that tasks wait on.
///
/// Each change looks at every task that waits, so it suits few waiters, or changes that concern most of them. Where
/// tasks wait for places that are given one by one, `WaitingLine` keeps their order.
package final class WaitingRoom<Value: Sendable>: Sendable {
  private struct Waiter {
    let id: UInt64
    let isOver: @Sendable (Value) -> Bool
    let continuation: UnsafeContinuation<Void, Never>
  }

  private struct State {
    var value: Value
    var waiters: [Waiter] = []
    var nextID: UInt64 = 0
  }

  private let state: Mutex<State>

  package init(_ value: Value) { state = Mutex(State(value: value)) }

  /// The value now.
  package var value: Value { state.withLock { $0.value } }

  /// Changes the value, and resumes the tasks for which the wait is over by then. `body` runs under the lock, and so do
  /// the conditions of those that wait.
  @discardableResult
  package func change<R: Sendable>(_ body: (inout Value) -> R) -> R {
    let (result, resumed) = state.withLock { state -> (R, [Waiter]) in
      let result = body(&state.value)
      // Most changes find no waiter.
      guard !state.waiters.isEmpty else { return (result, []) }
      let resumed = state.waiters.filter { $0.isOver(state.value) }
      if !resumed.isEmpty { state.waiters.removeAll { waiter in resumed.contains { $0.id == waiter.id } } }
      return (result, resumed)
    }
    for waiter in resumed { waiter.continuation.resume() }
    return result
  }

  /// Waits until a condition holds, or the task is cancelled. The value may have changed again when this returns.
  package func wait(until isOver: @escaping @Sendable (Value) -> Bool) async {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isDone = state.withLock { state in
          // Under the lock that the handler below takes: a cancellation comes before this or finds the waiter.
          if isOver(state.value) || Task.isCancelled { return true }
          state.waiters.append(Waiter(id: id, isOver: isOver, continuation: continuation))
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
      }
      waiter?.continuation.resume()
    }
  }
}
