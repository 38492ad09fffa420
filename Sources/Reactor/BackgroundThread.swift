// Work that may block, kept off the reactors' threads: writing logs, syncing files.

import CLinux
import Glibc
import Synchronization

/// A few threads for blocking work, started when first needed and gone when idle.
package enum BackgroundThread {
  private struct State {
    var queue: [@Sendable () -> Void] = []
    var running = 0
  }

  private static let state = Mutex(State())
  /// Enough that one stalled disk does not hold up the log on another; few enough that memory stays small.
  private static let maxThreads = 4

  /// Runs `work` on a thread that may block.
  package static func run(_ work: @escaping @Sendable () -> Void) {
    let needsThread = state.withLock { state -> Bool in
      state.queue.append(work)
      guard state.running < maxThreads else { return false }
      state.running += 1
      return true
    }
    if needsThread { start() }
  }

  /// Runs `body` on such a thread and answers its result.
  package static func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await withUnsafeContinuation { continuation in
      run { continuation.resume(returning: body()) }
    }
  }

  private static func start() {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { _ in
        _ = clinux_name_thread("blocking")
        BackgroundThread.work()
        return nil
      }, nil)
    guard code == 0 else {
      // EAGAIN: no further thread can be had. If none of ours runs, the work is done here rather than never.
      let isOnly = state.withLock { state -> Bool in
        state.running -= 1
        return state.running == 0
      }
      if isOnly { drain() }
      return
    }
    pthread_detach(thread)
  }

  private static func work() {
    while true {
      drain()
      let isDone = state.withLock { state -> Bool in
        guard state.queue.isEmpty else { return false }
        state.running -= 1
        return true
      }
      if isDone { return }
    }
  }

  private static func drain() {
    while let next = state.withLock({ state in state.queue.isEmpty ? nil : state.queue.removeFirst() }) { next() }
  }
}
