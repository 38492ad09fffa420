import Testing

@testable import HTTPRoutes

@Suite struct WeightedChoiceTests {
  private func draws(_ choice: WeightedChoice, _ count: Int) -> [Int] { (0..<count).map { _ in choice.draw() } }

  @Test func `answers are drawn in the proportion of their weights`() {
    var counts = [0, 0, 0]
    for answer in draws(WeightedChoice(weights: [70, 25, 5], seed: 1), 20_000) { counts[answer] += 1 }
    for (count, share) in zip(counts, [0.70, 0.25, 0.05]) { #expect(abs(Double(count) / 20_000 - share) < 0.015) }
  }

  @Test func `one seed gives one order, from the start and after a reset`() {
    let choice = WeightedChoice(weights: [1, 1, 1], seed: 42)
    let first = draws(choice, 100)
    choice.reset()
    #expect(draws(choice, 100) == first)
    #expect(draws(WeightedChoice(weights: [1, 1, 1], seed: 42), 100) == first)
    #expect(draws(WeightedChoice(weights: [1, 1, 1], seed: 43), 100) != first)
  }

  @Test func `one answer is always drawn`() {
    #expect(Set(draws(WeightedChoice(weights: [3]), 50)) == [0])
  }
}
