import Reactor
import Synchronization
import Testing

@testable import AsyncHTTPServer

@Suite struct WorkerObserversTests {
  @Test func `an observer stays for as long as its source does, and hands over what it has when it goes`() throws {
    let reactor = try Reactor(name: "test")
    let (kept, gone) = (ExchangeRecorder(maxCapturedBytes: 3), ExchangeRecorder(maxCapturedBytes: 9, wantsRequestIDs: true))
    var observers = WorkerObservers()
    observers.use([kept, gone], on: reactor)
    #expect(observers.all.count == 2 && observers.maxCapturedBytes == 9 && observers.identifiesRequests)
    observers.use([kept], on: reactor)
    #expect(observers.all.count == 1 && observers.maxCapturedBytes == 3 && !observers.identifiesRequests)
    #expect(kept.madeCount == 1 && gone.madeCount == 1)
    #expect(kept.flushCount == 0 && gone.flushCount == 1)
    observers.use([], on: reactor)
    #expect(observers.all.isEmpty && kept.flushCount == 1)
  }

  @Test func `a request begins with the turn or where the one before it ended, and is timed by the clock`() {
    var clock = RequestClock()
    let turn = MonotonicClock.microseconds() - 500
    #expect(clock.start(turn: turn) == turn)
    let (microseconds, time) = clock.end(began: turn, second: 1)
    #expect(microseconds >= 500)
    #expect(abs(time - WallClock.microseconds()) < 60_000_000)
    #expect(clock.start(turn: turn) == turn + microseconds)
    #expect(clock.start(turn: turn + microseconds + 7) == turn + microseconds + 7)
  }

  @Test func `what the handler takes counts, in a task as well`() async throws {
    let recorder = ExchangeRecorder()
    let taken = Atomic<Int64>(0)
    var configuration = ServerConfiguration.forTests
    configuration.observers = [recorder]
    try await withServer(configuration) { request in
      let start = MonotonicClock.microseconds()
      await Task.yield()
      taken.store(MonotonicClock.microseconds() - start, ordering: .relaxed)
      try await request.respond(.ok, "x")
    } _: { _, address in
      _ = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    }
    let entry = try #require(recorder.entries.first)
    #expect(entry.answer.microseconds >= taken.load(ordering: .relaxed))
  }
}
