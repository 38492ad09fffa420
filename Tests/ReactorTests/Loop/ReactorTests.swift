import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Reactor

/// Gives a test a running reactor, and takes it away again.
private func withReactor<R: Sendable>(_ body: @Sendable (Reactor) async throws -> R) async throws -> R {
  let reactor = try Reactor(name: "test")
  reactor.start()
  defer { reactor.stop() }
  return try await body(reactor)
}

@Suite struct ReactorTests {
  @Test func `a task that prefers the reactor runs on its thread`() async throws {
    try await withReactor { reactor in
      let here = await Task(executorPreference: reactor) { reactor.isCurrent }.value
      #expect(here)
      #expect(!reactor.isCurrent)
      #expect(await reactor.run { Reactor.current === reactor })
    }
  }

  @Test func `sleepers wake in the order of their delays`() async throws {
    try await withReactor { reactor in
      // Begun on the reactor's thread, all sleep from one time of its clock, however long the machine keeps them from beginning.
      let order = try await Task(executorPreference: reactor) {
        try await withThrowingTaskGroup(of: Int.self) { group in
          for delay in [30, 10, 20] {
            group.addTask {
              try await reactor.sleep(milliseconds: Milliseconds(delay))
              return delay
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
      }.value
      #expect(order == [10, 20, 30])
    }
  }

  @Test func `cancellation ends a sleep at once`() async throws {
    try await withReactor { reactor in
      let sleeper = Task { try await reactor.sleep(milliseconds: 3_600_000) }
      sleeper.cancel()
      await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
  }

  @Test func `a reactor that has ended is not kept by those who still wait for a timer`() async throws {
    final class Waiter: TimerTarget {
      let reactor: Reactor
      init(_ reactor: Reactor) { self.reactor = reactor }
      func timerFired(_ timer: TimerID, on reactor: Reactor) {}
    }
    weak var ended: Reactor?
    do {
      let reactor = try Reactor(name: "test")
      ended = reactor
      reactor.start()
      await reactor.run { _ = reactor.setTimer(after: 3_600_000, Waiter(reactor)) }
      reactor.stop()
    }
    // Its thread lets go of it a moment after.
    let deadline = ContinuousClock.now + .seconds(30)
    while ended != nil, ContinuousClock.now < deadline { await Task.yield() }
    #expect(ended == nil)
  }

  @Test func `work handed over from many threads is all done, in each thread's order`() async throws {
    try await withReactor { reactor in
      // Written on the reactor's thread only.
      nonisolated(unsafe) var seen: [Int: [Int]] = [:]
      await withTaskGroup { group in
        for thread in 0..<4 {
          group.addTask {
            for number in 0..<1000 { reactor.execute { seen[thread, default: []].append(number) } }
          }
        }
      }
      let complete = await reactor.run { (0..<4).allSatisfy { seen[$0] == Array(0..<1000) } }
      #expect(complete)
    }
  }

  @Test func `an event for a descriptor that was closed does not reach its successor`() async throws {
    // Touched on the reactor's thread only.
    final class Recorder: EventHandler, @unchecked Sendable {
      var count = 0
      var onEvent: (() -> Void)?
      func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
        count += 1
        onEvent?()
      }
    }
    try await withReactor { reactor in
      let successorEvents = try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Int, any Error>) in
        reactor.execute {
          do {
            // Two bells ring in one turn; whoever hears first replaces the other by a silent descriptor of the same number.
            let bells = [try Syscalls.eventDescriptor().release(), try Syscalls.eventDescriptor().release()]
            let recorders = [Recorder(), Recorder()]
            let successor = Recorder()
            for (index, recorder) in recorders.enumerated() {
              let other = bells[1 - index]
              recorder.onEvent = {
                for bell in bells { reactor.deregister(bell) }
                // In one step, dup2(2): between a close and an open another test could be given the number.
                guard let silent = try? Syscalls.eventDescriptor(), dup2(silent.rawValue, other) == other else {
                  return continuation.resume(throwing: Errno(rawValue: errno))
                }
                silent.close()
                try? reactor.register(other, .readable, successor)
                reactor.execute {
                  reactor.deregister(other)
                  _ = OwnedDescriptor(other)
                  _ = OwnedDescriptor(bells[index])
                  continuation.resume(returning: successor.count)
                }
              }
              try reactor.register(bells[index], .readable, recorder)
              var one: UInt64 = 1
              _ = try withUnsafeBytes(of: &one) { try Syscalls.write(bells[index], $0) }
            }
          } catch {
            continuation.resume(throwing: error)
          }
        }
      }
      #expect(successorEvents == 0)
    }
  }
}

@Suite struct DescriptorTests {
  @Test func `the count follows what is opened and closed`() async {
    // In a process of its own: other tests open descriptors too.
    await #expect(processExitsWith: .success) {
      // The test runner opens descriptors of its own, at moments of its own and a bounded number of times: a round that it disturbs
      // is done again.
      let isExact = try (0..<100).contains { _ in
        let before = try #require(ProcessDescriptors.openCount())
        let descriptor = try Syscalls.open("/dev/null", flags: O_RDONLY)
        let withOne = ProcessDescriptors.openCount()
        // One that this code knows nothing of counts as well.
        let foreign = dup(0)
        let withTwo = ProcessDescriptors.openCount()
        Glibc.close(foreign)
        descriptor.close()
        return withOne == before + 1 && withTwo == before + 2 && ProcessDescriptors.openCount() == before
      }
      #expect(isExact)
    }
  }

  @Test func `the rule is strict at the limit, one below and one above`() {
    func room(open: Int, limit: Int, assuming assumed: Int, reservations: Int = 0) -> DescriptorBudget.Room {
      DescriptorBudget.rule(open: open, limit: limit, assuming: assumed, reservations: reservations).room
    }
    #expect(room(open: 100, limit: 104, assuming: 5) == .none)
    #expect(room(open: 100, limit: 105, assuming: 5) == .none)
    #expect(room(open: 100, limit: 106, assuming: 5) == .enough)
    #expect(room(open: 100, limit: 100, assuming: 0) == .none)
    #expect(room(open: 100, limit: 101, assuming: 0) == .enough)
    // What three others have been promised is not there for a fourth.
    #expect(room(open: 100, limit: 120, assuming: 5, reservations: 3) == .promised)
    #expect(room(open: 100, limit: 121, assuming: 5, reservations: 3) == .enough)
    #expect(room(open: 100, limit: 105, assuming: 5, reservations: 3) == .none)
    #expect(room(open: 100, limit: 106, assuming: 5, reservations: .max) == .promised)
    #expect(room(open: 100, limit: 106, assuming: .max) == .none)
  }

  @Test func `the rule goes by what the process really holds`() async {
    await #expect(processExitsWith: .success) {
      // Far from either side of the limit: the test runner opens descriptors at moments of its own.
      let open = try #require(ProcessDescriptors.openCount())
      let budget = DescriptorBudget(cap: open + 150, fallback: 1)
      #expect(budget.room(assuming: 100, reservations: 0) == .enough)
      let held = (0..<100).map { _ in dup(0) }
      #expect(budget.room(assuming: 100, reservations: 0) == .none)
      #expect(budget.room(assuming: 10, reservations: 20) == .promised)
      // A negative assumption turns the rule off.
      #expect(budget.room(assuming: -1, reservations: 3) == .enough)
      for descriptor in held { Glibc.close(descriptor) }
      #expect(budget.room(assuming: 100, reservations: 0) == .enough)
    }
  }

  @Test func `the limit is the soft limit, a lower cap, or the fallback where it is unlimited`() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 500, rlim_max: 600)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      #expect(DescriptorBudget(cap: nil, fallback: 16_000).limit == 500)
      #expect(DescriptorBudget(cap: 40, fallback: 16_000).limit == 40)
      #expect(ProcessDescriptors.raiseSoftLimit() == 600)
      #expect(DescriptorBudget(cap: nil, fallback: 16_000).limit == 600)
    }
  }

  @Test func `a close wakes whoever waits for one, once`() async {
    await #expect(processExitsWith: .success) {
      let woken = Mutex(0)
      let descriptor = try Syscalls.open("/dev/null", flags: O_RDONLY)
      DescriptorWatch.onNextClose { woken.withLock { $0 += 1 } }
      descriptor.close()
      _ = try Syscalls.open("/dev/null", flags: O_RDONLY).rawValue
      #expect(woken.withLock { $0 } == 1)
    }
  }

  @Test func `the reserve lends its descriptor when all others are in use`() async {
    await #expect(processExitsWith: .success) {
      let reserve = ReserveDescriptor()
      var limit = rlimit(rlim_cur: 64, rlim_max: 64)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      while dup(0) >= 0 {}
      #expect(throws: Errno.tooManyOpenFiles) { _ = try Syscalls.open("/dev/null", flags: O_RDONLY).rawValue }
      try reserve.lend { _ = try Syscalls.open("/dev/null", flags: O_RDONLY).rawValue }
    }
  }
}

#if DEBUG
@Suite struct FaultInjectionTests {
  @Test func `the third open fails as scripted, the others pass`() async {
    await #expect(processExitsWith: .success) {
      var outcomes: [Errno?] = []
      await FaultInjection.with { call, ordinal in
        call == .openat && ordinal == 3 ? .tooManyOpenFilesInSystem : nil
      } _: {
        for _ in 0..<4 {
          do {
            _ = try Syscalls.open("/dev/null", flags: O_RDONLY).rawValue
            outcomes.append(nil)
          } catch { outcomes.append(error as? Errno) }
        }
      }
      #expect(outcomes == [nil, nil, .tooManyOpenFilesInSystem, nil])
    }
  }
}
#endif
