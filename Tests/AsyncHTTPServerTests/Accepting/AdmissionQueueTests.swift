// Who of those that wait for a connection or for room goes on.

import Testing

@testable import AsyncHTTPServer

@Suite struct AdmissionQueueTests {
  @Test func `those who wait for a connection have it in the order they came`() {
    var queue = AdmissionQueue<String, String>()
    #expect(queue.hasNoPuller && queue.takePuller() == nil)
    for (id, name) in ["first", "second", "third"].enumerated() { queue.append(puller: name, id: UInt64(id)) }
    #expect(queue.takePuller() == "first")
    #expect(queue.takePullers() == ["second", "third"])
    #expect(queue.hasNoPuller)
  }

  @Test func `those who have the room they assume go on, the others wait`() {
    var queue = AdmissionQueue<String, String>()
    #expect(queue.leastAssumption == nil)
    for (id, assumed) in [8, 3, 5].enumerated() { queue.append(roomWaiter: "\(assumed)", id: UInt64(id), assuming: assumed) }
    #expect(queue.leastAssumption == 3)
    #expect(queue.takeAdmitted { $0 <= 5 ? .enough : .promised } == ["3", "5"])
    #expect(queue.leastAssumption == 8)
    #expect(queue.takeAdmitted { _ in .none } == [])
    #expect(queue.takeRoomWaiters() == ["8"])
    #expect(queue.leastAssumption == nil)
  }

  @Test func `one that withdraws is gone, and no other`() {
    var queue = AdmissionQueue<String, String>()
    queue.append(puller: "puller", id: 1)
    queue.append(roomWaiter: "waiter", id: 2, assuming: 5)
    #expect(queue.withdraw(id: 3) == ([], []))
    #expect(queue.withdraw(id: 1) == (["puller"], []))
    #expect(queue.withdraw(id: 2) == ([], ["waiter"]))
    #expect(queue.hasNoPuller && queue.leastAssumption == nil)
  }
}
