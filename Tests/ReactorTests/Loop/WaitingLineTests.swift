import Reactor
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct WaitingLineTests {
  /// A line with two places.
  private let line = WaitingLine<Int> { taken, _ in taken < 2 }

  /// A task that waits, once it does.
  private func waiting(_ wish: Int, _ done: @escaping @Sendable (Int, Bool) -> Void) async -> Task<Void, Never> {
    let (waits, continuation) = AsyncStream<Void>.makeStream()
    let task = Task {
      let hasPlace = await line.enter(wish) { continuation.finish() }
      done(wish, hasPlace)
    }
    for await _ in waits {}
    return task
  }

  @Test func `places are given in the order of the line`() async {
    let order = Mutex<[Int]>([])
    for _ in 0..<2 { #expect(await line.enter(0)) }
    var tasks: [Task<Void, Never>] = []
    for wish in 1...3 { tasks.append(await waiting(wish) { wish, _ in order.withLock { $0.append(wish) } }) }
    #expect(line.isWaitedFor)
    for task in tasks {
      line.leave()
      await task.value
    }
    #expect(order.withLock { $0 } == [1, 2, 3])
    #expect(!line.isWaitedFor)
  }

  @Test func `a cancelled task leaves the line, and its place in it goes to the next`() async {
    for _ in 0..<2 { #expect(await line.enter(0)) }
    let outcomes = Mutex<[Int: Bool]>([:])
    let gone = await waiting(1) { wish, hasPlace in outcomes.withLock { $0[wish] = hasPlace } }
    let next = await waiting(2) { wish, hasPlace in outcomes.withLock { $0[wish] = hasPlace } }
    gone.cancel()
    await gone.value
    line.leave()
    await next.value
    #expect(outcomes.withLock { $0 } == [1: false, 2: true])
    line.leave()
    line.leave()
    // Both are free again: none was lost with the task that went.
    for _ in 0..<2 { #expect(await line.enter(0)) }
  }

  @Test func `a task that is cancelled already does not enter`() async {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await line.enter(0)
    }
    #expect(await task.value == false)
    for _ in 0..<2 { #expect(await line.enter(0)) }
  }
}
