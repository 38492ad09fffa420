// Counters with one writer: a plain load and store each, never a locked instruction. Any thread may read them.

import Synchronization

/// A few counters side by side.
struct CounterBlock: ~Copyable {
  private let counters: UnsafeMutablePointer<Atomic<Int>>
  let count: Int

  init(count: Int) {
    counters = .allocate(capacity: count)
    for index in 0..<count { (counters + index).initialize(to: Atomic(0)) }
    self.count = count
  }

  deinit {
    counters.deinitialize(count: count)
    counters.deallocate()
  }

  /// Adds to a counter; on the thread of its writer.
  func add(_ value: Int, to index: Int) {
    precondition(index >= 0 && index < count)
    counters[index].store(counters[index].load(ordering: .relaxed) &+ value, ordering: .relaxed)
  }

  /// Sets a counter; on the thread of its writer.
  func set(_ index: Int, to value: Int) {
    precondition(index >= 0 && index < count)
    counters[index].store(value, ordering: .relaxed)
  }

  /// From any thread.
  func read(_ index: Int) -> Int {
    precondition(index >= 0 && index < count)
    return counters[index].load(ordering: .relaxed)
  }
}
