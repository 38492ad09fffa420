import Reactor
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct WaitingRoomTests {
  private let room = WaitingRoom(0)

  /// A task that waits for a value, once it does.
  private func waiting(for value: Int) async -> Task<Int, Never> {
    let (looks, continuation) = AsyncStream<Void>.makeStream()
    let task = Task { [room] in
      await room.wait { now in
        // Asked under the lock: the task waits by the time another change gets in.
        continuation.finish()
        return now >= value
      }
      return room.value
    }
    for await _ in looks {}
    return task
  }

  @Test func `what holds already is not waited for`() async {
    await room.wait { $0 == 0 }
    #expect(room.value == 0)
  }

  @Test func `a change resumes those whose wait is over, and no others`() async {
    let (one, two, three) = (await waiting(for: 1), await waiting(for: 1), await waiting(for: 3))
    room.change { $0 = 1 }
    #expect(await one.value == 1)
    #expect(await two.value == 1)
    room.change { $0 += 2 }
    #expect(await three.value == 3)
  }

  @Test func `a cancelled task stops waiting, and the others wait on`() async {
    let (gone, stays) = (await waiting(for: 1), await waiting(for: 1))
    gone.cancel()
    #expect(await gone.value == 0)
    room.change { $0 = 2 }
    #expect(await stays.value == 2)
  }

  @Test func `a task that is cancelled already does not wait`() async {
    let task = Task { [room] in
      withUnsafeCurrentTask { $0?.cancel() }
      await room.wait { $0 == 1 }
    }
    await task.value
  }
}
