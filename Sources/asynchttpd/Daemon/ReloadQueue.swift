// One reload at a time. Who asks during one is answered by a further one, which has seen the files as they were when it
// was asked; however many ask, it is one.

import Synchronization

final class ReloadQueue<Outcome: Sendable>: Sendable {
  private struct State {
    var waiting: [@Sendable (Outcome) -> Void] = []
    var isRunning = false
  }

  private let state = Mutex(State())
  private let start: @Sendable (@escaping @Sendable () async -> Void) -> Void
  private let reload: @Sendable () async -> Outcome

  /// - Parameters:
  ///   - start: runs async work where reloads belong.
  ///   - reload: one reload.
  init(start: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void, reload: @escaping @Sendable () async -> Outcome) {
    self.start = start
    self.reload = reload
  }

  /// Asks for a reload that begins after this call; `completion` is told what came of it. From any thread.
  func request(_ completion: @escaping @Sendable (Outcome) -> Void = { _ in }) {
    let isFirst = state.withLock { state in
      state.waiting.append(completion)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if isFirst { start { await self.run() } }
  }

  private func run() async {
    while true {
      let batch = state.withLock { state in
        defer { state.waiting = [] }
        if state.waiting.isEmpty { state.isRunning = false }
        return state.waiting
      }
      if batch.isEmpty { return }
      let outcome = await reload()
      for completion in batch { completion(outcome) }
    }
  }
}
