import Reactor
import Testing

@testable import HTTPRoutes

@Suite struct RateLimiterTests {
  private let limiter = RateLimiter(RateLimit(requests: 3, window: .seconds(60)))

  private func admit(_ now: Milliseconds, _ key: [UInt8] = []) -> RateStanding { limiter.admit(key, now: now) }

  @Test func `as many requests as the limit are admitted within the window`() {
    #expect(admit(1000) == RateStanding(limit: 3, remaining: 2, resetAfter: 60_000, isExceeded: false))
    #expect(admit(2000).remaining == 1)
    #expect(admit(3000) == RateStanding(limit: 3, remaining: 0, resetAfter: 58_000, isExceeded: false))
    #expect(admit(60_999) == RateStanding(limit: 3, remaining: 0, resetAfter: 1, isExceeded: true))
    #expect(admit(61_000) == RateStanding(limit: 3, remaining: 2, resetAfter: 60_000, isExceeded: false))
  }

  @Test func `requests that are refused do not make the window longer`() {
    for _ in 0..<3 { _ = admit(0) }
    for now in stride(from: Milliseconds(1), to: 60_000, by: 500) { #expect(admit(now).isExceeded) }
    #expect(!admit(60_000).isExceeded)
  }

  @Test func `keys are limited apart`() {
    for _ in 0..<3 { _ = admit(0, [1]) }
    #expect(admit(0, [1]).isExceeded)
    #expect(!admit(0, [2]).isExceeded)
  }

  @Test func `a look counts nothing`() {
    for _ in 0..<10 { #expect(!limiter.peek([], now: 0).isExceeded) }
    #expect(admit(0).remaining == 2)
  }

  @Test func `a thread whose clock is behind counts in the same window`() {
    _ = admit(1000)
    #expect(admit(990) == RateStanding(limit: 3, remaining: 1, resetAfter: 60_000, isExceeded: false))
  }

  @Test func `a reset opens the window`() {
    for _ in 0..<3 { _ = admit(0) }
    limiter.reset()
    #expect(admit(1).remaining == 2)
  }

  @Test(.timeLimit(.minutes(2))) func `threads that ask at once are admitted exactly as often as the limit says`() async {
    let limiter = RateLimiter(RateLimit(requests: 1000, window: .seconds(60)))
    let admitted = await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { await onOwnThread { (0..<500).count { _ in !limiter.admit([], now: 5).isExceeded } } }
      }
      return await group.reduce(0, +)
    }
    #expect(admitted == 1000)
  }
}
