import Reactor
import Testing

@testable import AsyncHTTPServer

/// Octets by the clock, without one.
@Suite struct BodyPaceTests {
  @Test func `nothing goes at first, and then what the rate has filled in`() {
    var pace = BodyPace(rate: 4000, now: 100)
    #expect(pace.allowance(now: 100) == 0 && pace.delay == BodyPace.tick)
    #expect(pace.allowance(now: 125) == 100)
    pace.take(60)
    #expect(pace.allowance(now: 125) == 40)
    #expect(pace.allowance(now: 135) == 80)
  }

  @Test func `a loop that was held up makes up for two ticks and no more`() {
    var pace = BodyPace(rate: 4000, now: 0)
    #expect(pace.allowance(now: 60_000) == 200)
    #expect(pace.allowance(now: 120_000) == 200)
  }

  @Test func `an octet a second goes once a second`() {
    var pace = BodyPace(rate: 1, now: 0)
    #expect(pace.allowance(now: 999) == 0)
    #expect(pace.delay == BodyPace.tick)
    #expect(pace.allowance(now: 1000) == 1)
    pace.take(1)
    #expect(pace.delay == 1000)
    #expect(BodyPace(rate: 0, now: 0).rate == 1 && BodyPace(rate: -5, now: 0).rate == 1)
  }

  @Test(arguments: [1, 3, 999, 40_000, 1_000_001, Int.max])
  func `however often it is asked, no more than the rate goes, and hardly less`(rate: Int) {
    var pace = BodyPace(rate: rate, now: 5)
    var now: Milliseconds = 5
    var sent = 0
    for _ in 0..<400 {
      now += pace.delay
      let count = pace.allowance(now: now)
      pace.take(count)
      sent += count
    }
    let (due, overflow) = pace.rate.multipliedReportingOverflow(by: Int(now - 5))
    #expect(!overflow)
    #expect(sent <= due / 1000 && sent >= due / 1000 - 1)
  }

  @Test func `a clock that stands still or goes back fills nothing`() {
    var pace = BodyPace(rate: 1000, now: 50)
    #expect(pace.allowance(now: 20) == 0)
    #expect(pace.allowance(now: 50) == 0)
    #expect(pace.allowance(now: 51) == 1)
  }
}
