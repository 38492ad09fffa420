// The reactor as the executor of the async code it serves (SE-0417): a handler runs on the thread of its connection, so
// that an answer needs no hop, no lock and no other thread's cache.

extension Reactor: TaskExecutor {
  package func enqueue(_ job: consuming ExecutorJob) {
    accept(UnownedJob(job))
  }

  /// Suspends for `delay`. Ends early, with CancellationError, when the task is cancelled.
  package func sleep(milliseconds delay: Milliseconds) async throws {
    let sleeper = Sleeper(reactor: self)
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        if isCurrent {
          sleeper.begin(delay, continuation)
        } else {
          execute { sleeper.begin(delay, continuation) }
        }
      }
    } onCancel: {
      execute { sleeper.cancel() }
    }
  }

  /// Runs `body` on the reactor's thread and answers its result: at once when already there.
  package func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    if isCurrent { return body() }
    return await withUnsafeContinuation { continuation in
      execute { continuation.resume(returning: body()) }
    }
  }
}

/// One suspended `sleep`. Confined to its reactor's thread, hence `@unchecked Sendable`.
private final class Sleeper: TimerTarget, @unchecked Sendable {
  private let reactor: Reactor
  private var continuation: UnsafeContinuation<Void, any Error>?
  private var timer = TimerID.none
  private var cancelled = false

  init(reactor: Reactor) { self.reactor = reactor }

  func begin(_ delay: Milliseconds, _ continuation: UnsafeContinuation<Void, any Error>) {
    if cancelled { return continuation.resume(throwing: CancellationError()) }
    self.continuation = continuation
    timer = reactor.setTimer(after: delay, self)
  }

  func cancel() {
    cancelled = true
    reactor.cancelTimer(timer)
    continuation?.resume(throwing: CancellationError())
    continuation = nil
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    continuation?.resume()
    continuation = nil
  }
}
