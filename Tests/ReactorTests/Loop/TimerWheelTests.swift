import Testing

@testable import Reactor

private final class Target: TimerTarget {
  func timerFired(_ timer: TimerID, on reactor: Reactor) {}
}

/// The wheel against a sorted list, which is what it has to behave like.
@Suite struct TimerWheelTests {
  private func drain(_ wheel: TimerWheel, at now: Milliseconds) -> Int {
    var count = 0
    while wheel.popExpired(now: now) != nil { count += 1 }
    return count
  }

  @Test func `a timer fires at its deadline and not before`() {
    let wheel = TimerWheel(now: 1000)
    _ = wheel.set(at: 1005, Target())
    #expect(drain(wheel, at: 1004) == 0)
    #expect(drain(wheel, at: 1005) == 1)
    #expect(drain(wheel, at: 9000) == 0)
  }

  @Test func `a deadline in the past fires with the next millisecond`() {
    let wheel = TimerWheel(now: 1000)
    _ = wheel.set(at: 10, Target())
    #expect(drain(wheel, at: 1001) == 1)
  }

  @Test func `a cancelled timer does not fire, and cancelling it again is harmless`() {
    let wheel = TimerWheel(now: 0)
    let first = wheel.set(at: 50, Target())
    wheel.cancel(first)
    let second = wheel.set(at: 60, Target())
    wheel.cancel(first)
    #expect(drain(wheel, at: 100) == 1)
    wheel.cancel(second)
    wheel.cancel(.none)
    #expect(wheel.delay(from: 100) == nil)
  }

  @Test func `the delay never oversleeps a deadline`() {
    for deadline: Milliseconds in [63, 64, 65, 4095, 4096, 262_143, 262_144, 1 << 30] {
      let wheel = TimerWheel(now: 0)
      let timer = wheel.set(at: deadline, Target())
      var now: Milliseconds = 0
      while let delay = wheel.delay(from: now), now + delay < deadline {
        now += delay
        #expect(drain(wheel, at: now) == 0)
      }
      #expect(wheel.delay(from: now).map { now + $0 } == deadline)
      wheel.cancel(timer)
    }
  }

  @Test(arguments: [0, 1, 9, 63, 64, 4096, 1 << 20, 1 << 34] as [Milliseconds])
  func `a timer fires on the other side of the top level's end`(delay: Milliseconds) {
    // 2^36 milliseconds, 795 days of uptime, is where the sixth level begins again.
    let now: Milliseconds = (1 << 36) - 10
    let wheel = TimerWheel(now: now)
    let deadline = now + 10 + delay
    _ = wheel.set(at: deadline, Target())
    _ = wheel.set(at: now + 3, Target())
    #expect(drain(wheel, at: deadline - 1) == 1)
    #expect(drain(wheel, at: deadline) == 1)
    #expect(wheel.delay(from: deadline) == nil)
  }

  @Test func `random timers fire in the order of their deadlines`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      // Half of the wheels begin shortly before the end of a ring.
      let start =
        Bool.random(using: &generator)
        ? Milliseconds.random(in: 0...1 << 40, using: &generator) : (1 << 36) - Milliseconds.random(in: 0...1 << 20, using: &generator)
      let wheel = TimerWheel(now: start)
      var expected: [Milliseconds] = []
      for _ in 0..<500 {
        let span: Milliseconds = [10, 100, 5000, 300_000, 100_000_000].randomElement(using: &generator) ?? 10
        let deadline = start + Milliseconds.random(in: 1...span, using: &generator)
        let timer = wheel.set(at: deadline, Target())
        if Bool.random(using: &generator) { wheel.cancel(timer) } else { expected.append(deadline) }
      }
      expected.sort()
      var now = start
      var fired = 0
      while let delay = wheel.delay(from: now) {
        now += max(1, delay)
        let due = expected.prefix { $0 <= now }.count
        fired += drain(wheel, at: now)
        #expect(fired == due)
      }
      #expect(fired == expected.count)
    }
  }

  @Test func `ten thousand timers need no more room once they have fired`() {
    let wheel = TimerWheel(now: 0)
    for round in 0..<10 {
      let base = Milliseconds(round) * 100_000
      for offset in 1...10_000 { _ = wheel.set(at: base + Milliseconds(offset), Target()) }
      #expect(drain(wheel, at: base + 10_000) == 10_000)
    }
    #expect(wheel.capacity == 10_000)
  }
}
