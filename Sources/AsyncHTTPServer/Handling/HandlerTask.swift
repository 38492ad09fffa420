// The tasks in which handlers run. One whose handler has ended takes the next request that needs a task: to make one
// and to end it costs as much as many a handler does.
//
//   begin ──► handler runs ──► parked with the worker ──► begin …
//                    │                  │
//                    │ cancelled        │ the server ends
//                    └────► ends ◄──────┘
//
// A handler sees no trace of the one before it: task-local values end with the closure that binds them, and a task that
// was cancelled, which nothing can take back, is not used again.

import Reactor

/// One task, and the exchange it works on, request after request. Confined to the thread of its worker's reactor, which
/// its task prefers; that is what makes it Sendable.
final class HandlerTask: @unchecked Sendable {
  private let worker: Worker
  @exclusivity(unchecked) private var exchange: Exchange?
  @exclusivity(unchecked) private var handler: HandlerBox?
  private var task: Task<Void, Never>?
  /// Set while it is parked.
  @exclusivity(unchecked) private var whenResumed: UnsafeContinuation<Void, Never>?

  init(worker: Worker) { self.worker = worker }

  /// The exchange for the request that this task, new or parked, is to serve next.
  func exchange(on connection: Connection) -> Exchange {
    if let exchange { return exchange }
    let made = Exchange(connection: connection)
    exchange = made
    return made
  }

  /// Runs `handler` for its exchange, soon.
  func begin(_ handler: HandlerBox) {
    self.handler = handler
    if whenResumed != nil { return resume() }
    // Detached: what follows on a connection may begin inside the handler of the request before it, whose task-local
    // values are not for this one.
    task = Task.detached(executorPreference: worker.reactor) { [self] in await run() }
  }

  /// Goes back, new or parked, without having begun: the request was refused meanwhile.
  func withdraw() {
    exchange = nil
    if whenResumed != nil, !worker.park(self) { end() }
  }

  /// Tells the handler, by the cancellation of its task.
  func cancel() { task?.cancel() }

  /// Ends the task, which is parked.
  func end() { resume() }

  private func resume() {
    let continuation = whenResumed.take()
    continuation?.resume()
  }

  private nonisolated(nonsending) func run() async {
    while handler != nil {
      var failure: (any Error)?
      // The caller has asked for the exchange before. No name is given to it here, which would be one reference
      // more; nor to the handler, which a parked task would keep alive.
      do { try await handler.take()!.handle(Request(exchange: exchange!)) } catch { failure = error }
      // What follows the handler is done within the wait for the next: between two awaits it would cost a look-up of
      // the task's executor more.
      await withUnsafeContinuation { continuation in
        if !finish(failure, continuation) { continuation.resume() }
      }
    }
    exchange = nil
    task = nil
  }

  /// Ends the exchange, and parks the task if it can be used again: `continuation` resumes it then.
  private func finish(_ failure: (any Error)?, _ continuation: UnsafeContinuation<Void, Never>) -> Bool {
    exchange!.handlerDidEnd(failure)
    if isKnownUniquelyReferenced(&exchange) { exchange!.clear() } else { exchange = nil }
    guard let task, !task.isCancelled, worker.park(self) else { return false }
    whenResumed = continuation
    return true
  }
}
