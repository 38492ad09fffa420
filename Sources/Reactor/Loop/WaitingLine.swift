// Places that are few, and a line of tasks that wait for one, the first to come first. A task that is cancelled leaves
// the line.

import Synchronization

/// `Wish` is what the places are given by; it may tell the one task from the other.
package final class WaitingLine<Wish: Sendable>: Sendable {
  private struct Waiter {
    let id: Int
    let wish: Wish
    let continuation: UnsafeContinuation<Bool, Never>
  }

  private struct State {
    var taken = 0
    var waiting: [Waiter] = []
    var nextID = 0
  }

  private let state = Mutex(State())
  private let hasRoom: @Sendable (_ taken: Int, Wish) -> Bool

  /// - Parameters:
  ///   - hasRoom: whether one more place is free where so many are taken. Called under the line's lock.
  package init(_ hasRoom: @escaping @Sendable (_ taken: Int, Wish) -> Bool) { self.hasRoom = hasRoom }

  /// Whether tasks wait.
  package var isWaitedFor: Bool { state.withLock { !$0.waiting.isEmpty } }

  /// Waits for a place; `leave` gives it back. False, without a place, when the task is cancelled.
  ///
  /// - Parameters:
  ///   - isWaiting: called where there is none at once.
  package func enter(_ wish: Wish, isWaiting: @Sendable () -> Void = {}) async -> Bool {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isCancelled = state.withLock { state in
          // Under the lock that the handler below takes: it comes before this or finds the waiter.
          if Task.isCancelled { return true }
          state.waiting.append(Waiter(id: id, wish: wish, continuation: continuation))
          return false
        }
        if isCancelled { return continuation.resume(returning: false) }
        admit()
        if isWaitedFor { isWaiting() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
      }
      waiter?.continuation.resume(returning: false)
    }
  }

  /// Gives a place back, to the next.
  package func leave() {
    state.withLock { $0.taken -= 1 }
    admit()
  }

  /// Looks whether there is room by now for those that wait.
  package func admit() {
    while let next = state.withLock({ state -> Waiter? in
      guard let first = state.waiting.first, hasRoom(state.taken, first.wish) else { return nil }
      state.taken += 1
      return state.waiting.removeFirst()
    }) {
      next.continuation.resume(returning: true)
    }
  }
}
