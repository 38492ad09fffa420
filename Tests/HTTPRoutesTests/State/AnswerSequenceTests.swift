import Foundation
import Synchronization
import Testing

@testable import HTTPRoutes

@Suite struct AnswerSequenceTests {
  private func sequence(_ times: [Int], _ repetition: SequenceDefinition.Repetition) -> AnswerSequence {
    AnswerSequence(SequenceDefinition(times: times, repetition: repetition))
  }

  private func answers(_ sequence: AnswerSequence, _ count: Int, of key: [UInt8]? = nil) -> [Int?] {
    (0..<count).map { _ in sequence.take(key)?.answer }
  }

  @Test(
    arguments: [
      (SequenceDefinition.Repetition.last, [0, 0, 1, 2, 2, 2, 2]), (.cycle, [0, 0, 1, 2, 0, 0, 1]), (.none, [0, 0, 1, 2, nil, nil, nil]),
    ])
  func `answers come in order and as often as they say`(_ repetition: SequenceDefinition.Repetition, _ expected: [Int?]) {
    #expect(answers(sequence([2, 1, 1], repetition), 7) == expected)
  }

  @Test func `keys are counted apart, and from the rest`() {
    let sequence = sequence([1, 1], .none)
    #expect(answers(sequence, 3, of: [1]) == [0, 1, nil])
    #expect(answers(sequence, 1, of: [2]) == [0])
    #expect(answers(sequence, 1) == [0])
  }

  @Test func `a look takes nothing, and neither does a request that is refused`() {
    let sequence = sequence([1, 1], .last)
    #expect(sequence.peek(nil)?.answer == 0)
    #expect(sequence.take(nil, if: { false })?.answer == 0)
    #expect(sequence.take(nil)?.answer == 0)
    #expect(sequence.peek(nil) == .init(answer: 1, position: 1))
  }

  @Test func `a reset begins with the first answer again`() {
    let sequence = sequence([1, 1], .none)
    _ = answers(sequence, 2)
    _ = answers(sequence, 2, of: [1])
    sequence.reset()
    #expect(answers(sequence, 1) == [0])
    #expect(answers(sequence, 1, of: [1]) == [0])
  }

  @Test(.timeLimit(.minutes(2))) func `threads that take at once get each answer once`() async {
    let count = 8000
    let sequence = sequence([Int](repeating: 1, count: count), .none)
    let taken = await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          await onOwnThread { () -> [Int] in
            var own: [Int] = []
            while let next = sequence.take(nil) { own.append(next.answer) }
            return own
          }
        }
      }
      return await group.reduce(into: [[Int]]()) { $0.append($1) }
    }
    #expect(taken.flatMap { $0 }.sorted() == Array(0..<count))
    // No thread sees an answer that comes before one which it has had.
    for own in taken { #expect(own == own.sorted()) }
  }

  @Test func `a definition is that of times, repetition and contents`() {
    let definition = SequenceDefinition(times: [1, 2], repetition: .last, contents: "a")
    #expect(definition == SequenceDefinition(times: [1, 2], repetition: .last, contents: "a"))
    #expect(definition != SequenceDefinition(times: [1, 2], repetition: .last, contents: "b"))
    #expect(definition != SequenceDefinition(times: [1, 2], repetition: .last, contents: 1))
    #expect(definition != SequenceDefinition(times: [1, 3], repetition: .last, contents: "a"))
    #expect(definition != SequenceDefinition(times: [1, 2], repetition: .cycle, contents: "a"))
  }
}
