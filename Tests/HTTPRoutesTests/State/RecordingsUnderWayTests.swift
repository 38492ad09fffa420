import Reactor
import Testing

@testable import HTTPRoutes

@Suite struct RecordingsUnderWayTests {
  @Test func `the end waits for what has begun, in a table that was replaced too`() async throws {
    let reactor = try Reactor(name: "settling")
    reactor.start()
    defer { reactor.stop() }
    let old = try RouteTable(yaml: "routes: []", environment: [:])
    let new = try RouteTable(yaml: "routes: []", environment: [:], replacing: old)
    #expect(await new.settleRecordings(atMost: 0, on: reactor))
    old.states.recordings.begin()
    old.states.recordings.begin()
    #expect(await !new.settleRecordings(atMost: 1, on: reactor))
    async let isSettled = new.settleRecordings(atMost: 600_000, on: reactor)
    old.states.recordings.end()
    old.states.recordings.end()
    #expect(await isSettled)
  }
}
