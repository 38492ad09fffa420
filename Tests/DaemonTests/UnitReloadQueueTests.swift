import Synchronization
import Testing

@testable import asynchttpd

@Suite struct ReloadQueueTests {
  /// Reloads that end when the test says so, and count themselves.
  final class Gate: Sendable {
    private let state = Mutex<(count: Int, waiting: [CheckedContinuation<Void, Never>], open: Int)>((0, [], 0))

    func pass() async -> Int {
      let number = state.withLock { state -> Int in
        state.count += 1
        return state.count
      }
      await withCheckedContinuation { continuation in
        let isOpen = state.withLock { state -> Bool in
          guard state.open > 0 else {
            state.waiting.append(continuation)
            return false
          }
          state.open -= 1
          return true
        }
        if isOpen { continuation.resume() }
      }
      return number
    }

    func openOnce() {
      let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
        state.open += 1
        return nil
      }
      waiting?.resume()
    }

    var count: Int { state.withLock { $0.count } }
  }

  func outcome(of queue: ReloadQueue<Int>) async -> Int {
    await withCheckedContinuation { continuation in queue.request { continuation.resume(returning: $0) } }
  }

  @Test func `requests during a reload are answered by one further reload`() async {
    let gate = Gate()
    let queue = ReloadQueue<Int>(start: { work in Task { await work() } }, reload: { await gate.pass() })
    let answers = AsyncStream<Int>.makeStream()
    queue.request { answers.continuation.yield($0) }
    while gate.count < 1 { await Task.yield() }
    for _ in 0..<20 { queue.request { answers.continuation.yield($0) } }
    gate.openOnce()
    gate.openOnce()
    var iterator = answers.stream.makeAsyncIterator()
    var received: [Int] = []
    for _ in 0..<21 { await received.append(iterator.next() ?? 0) }
    #expect(received == [1] + Array(repeating: 2, count: 20))
    #expect(gate.count == 2)
  }

  @Test func `the queue reloads again after it was idle`() async {
    let gate = Gate()
    let queue = ReloadQueue<Int>(start: { work in Task { await work() } }, reload: { await gate.pass() })
    gate.openOnce()
    #expect(await outcome(of: queue) == 1)
    gate.openOnce()
    #expect(await outcome(of: queue) == 2)
  }
}
