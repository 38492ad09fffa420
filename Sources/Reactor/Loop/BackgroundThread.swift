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
  package static func run(_ work: @escaping @Sendable () -> Void) { enqueue(work) }

  private static func enqueue(_ work: @escaping @Sendable () -> Void) {
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

  /// Starts a thread of `body`'s own, for work that may block for ever. False where none can be had (EAGAIN of
  /// pthread_create(3)).
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(name, body))
    let code = pthread_create(
      &thread, nil,
      { context in
        // pthread_create passes what it was given, which is the retained body.
        let body = Unmanaged<Body>.fromOpaque(context!).takeRetainedValue()
        _ = clinux_name_thread(String(body.name.prefix(15)))
        body.run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  /// Runs `body` on a thread of its own and answers its result, or nil where that has not come in so many milliseconds:
  /// the thread goes on until it does.
  package static func run<R: Sendable>(
    atMost milliseconds: Milliseconds, on reactor: Reactor, _ body: @escaping @Sendable () -> R
  ) async -> R? {
    let outcome = Outcome<R>()
    // Without a thread of its own it waits its turn among others.
    if !start("blocking", { outcome.settle(body()) }) { enqueue { outcome.settle(body()) } }
    let watch = Task(executorPreference: reactor) {
      try await reactor.sleep(milliseconds: milliseconds)
      outcome.settle(nil)
    }
    defer { watch.cancel() }
    return await withUnsafeContinuation { outcome.await($0) }
  }

  /// What a thread begins with.
  private final class Body {
    let name: String
    let run: @Sendable () -> Void
    init(_ name: String, _ run: @escaping @Sendable () -> Void) { (self.name, self.run) = (name, run) }
  }

  /// The first of two results, for the one who waits.
  private final class Outcome<R: Sendable>: Sendable {
    private enum State {
      case open, awaited(UnsafeContinuation<R?, Never>), settled(R?)
    }

    private let state = Mutex(State.open)

    func settle(_ result: R?) {
      let waiting = state.withLock { state -> UnsafeContinuation<R?, Never>? in
        switch state {
        case .settled: return nil
        case .open:
          state = .settled(result)
          return nil
        case .awaited(let continuation):
          state = .settled(result)
          return continuation
        }
      }
      waiting?.resume(returning: result)
    }

    func await(_ continuation: UnsafeContinuation<R?, Never>) {
      let result = state.withLock { state -> R?? in
        if case .settled(let result) = state { return result }
        state = .awaited(continuation)
        return nil
      }
      if let result { continuation.resume(returning: result) }
    }
  }

  private static func start() {
    guard !start("blocking", work) else { return }
    // If none of ours runs, the work is done here rather than never.
    let isOnly = state.withLock { state -> Bool in
      state.running -= 1
      return state.running == 0
    }
    if isOnly { drain() }
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
