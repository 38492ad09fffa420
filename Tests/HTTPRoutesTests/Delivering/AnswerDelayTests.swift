// How long answers wait, by distributions whose random numbers are known.

import Testing

@testable import HTTPRoutes

@Suite struct AnswerDelayTests {
  private static func draws(_ delay: AnswerDelay, _ count: Int = 20_000) -> [Duration] {
    let numbers = MixedNumbers(seed: 7)
    return (0..<count).compactMap { _ in delay.drawn(from: numbers) }
  }

  private static func share(of draws: [Duration], below limit: Duration) -> Double {
    Double(draws.count { $0 < limit }) / Double(draws.count)
  }

  @Test func `a fixed delay is always as long`() {
    #expect(Set(Self.draws(.fixed(.milliseconds(80)), 100)) == [.milliseconds(80)])
  }

  @Test func `a range is drawn from evenly`() {
    let draws = Self.draws(.between(.milliseconds(50) ... .milliseconds(200)))
    #expect(draws.allSatisfy { (.milliseconds(50) ... .milliseconds(200)).contains($0) })
    #expect(abs(Self.share(of: draws, below: .milliseconds(125)) - 0.5) < 0.02)
    #expect(abs(Self.share(of: draws, below: .milliseconds(65)) - 0.1) < 0.02)
  }

  @Test func `the least number gives the shortest wait of a range, the largest the longest`() throws {
    let range = AnswerDelay.between(.zero ... .milliseconds(100))
    #expect(range.drawn(from: ListedNumbers([0])) == .zero)
    let longest = try #require(range.drawn(from: ListedNumbers([.max])))
    #expect(longest > .milliseconds(99) && longest <= .milliseconds(100))
  }

  @Test func `half of the log-normal waits are below the median and 99 of 100 below p99`() {
    let draws = Self.draws(.logNormal(median: .milliseconds(80), p99: .seconds(2)))
    #expect(abs(Self.share(of: draws, below: .milliseconds(80)) - 0.5) < 0.02)
    #expect(abs(Self.share(of: draws, below: .seconds(2)) - 0.99) < 0.005)
    #expect(draws.allSatisfy { $0 > .zero && $0 <= AnswerDelay.longest })
  }

  @Test(arguments: [[0, 0], [.max, 0], [.max, .max], [0, .max], [.max, .max / 2]] as [[UInt64]])
  func `no wait is longer than an hour, whatever is drawn`(numbers: [UInt64]) throws {
    let delay = AnswerDelay.logNormal(median: .milliseconds(1), p99: .seconds(3600))
    let drawn = try #require(delay.drawn(from: ListedNumbers(numbers)))
    #expect(drawn >= .zero && drawn <= AnswerDelay.longest)
  }

  @Test func `a median that is p99 is always as long`() {
    #expect(AnswerDelay.logNormal(median: .seconds(1), p99: .seconds(1)).drawn(from: MixedNumbers(seed: 1)) == .seconds(1))
  }

  @Test func `what the request or its recording decides is not drawn`() {
    #expect(AnswerDelay.recorded.drawn(from: MixedNumbers(seed: 1)) == nil)
    #expect(AnswerDelay.template(Template(parts: [])).drawn(from: MixedNumbers(seed: 1)) == nil)
  }
}
