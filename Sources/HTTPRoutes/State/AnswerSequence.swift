// Answers in turn: how far a route has come in its list, for each key apart.

import Synchronization

/// What a sequence goes through. A position is kept over a reload as long as this is the same.
package struct SequenceDefinition: Hashable, Sendable {
  package enum Repetition: String, CaseIterable, Sendable {
    /// The last answer is given again and again.
    case last
    /// It begins again with the first.
    case cycle
    /// The route no longer answers.
    case none
  }

  /// How often each answer is given, in order; at least one, each at least 1.
  package let times: [Int]
  package let repetition: Repetition
  /// What is counted apart; nil counts all requests of the route together.
  package let per: StatePer?
  /// What is given in turn, as a value that an edit changes.
  private let contents: any Hashable & Sendable

  package init(times: [Int], repetition: Repetition, per: StatePer? = nil, contents: any Hashable & Sendable = 0) {
    self.times = times
    self.repetition = repetition
    self.per = per
    self.contents = contents
  }

  /// Requests from the first answer to the last.
  package var length: Int { times.reduce(0, +) }

  package static func == (left: Self, right: Self) -> Bool {
    left.times == right.times && left.repetition == right.repetition && left.per == right.per
      && isEqual(left.contents, right.contents)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(times)
    hasher.combine(repetition)
    hasher.combine(per)
  }

  private static func isEqual<Contents: Hashable>(_ one: Contents, _ other: any Hashable) -> Bool { other as? Contents == one }
}

/// How far a route has come. Any thread takes the next answer; each is given once, and none out of turn.
final class AnswerSequence: ResettableState {
  private struct Positions {
    /// Of a sequence that counts nothing apart.
    var common = 0
    var byKey = KeyedStore<Int>()
  }

  /// What comes next.
  struct Next: Equatable {
    /// The answer, counted from 0.
    let answer: Int
    /// How many requests were answered before this one, since the start or since it began again.
    let position: Int
  }

  let definition: SequenceDefinition
  /// For each answer, how many requests come before the next answer's first.
  private let ends: [Int]
  private let positions = Mutex(Positions())

  init(_ definition: SequenceDefinition) {
    self.definition = definition
    var end = 0
    ends = definition.times.map { times in
      end += times
      return end
    }
  }

  /// Takes the next answer; nil where there is none any more.
  ///
  /// - Parameters:
  ///   - key: what is counted apart; nil counts all requests together.
  ///   - isTaken: is asked where there is an answer; false leaves it to the next request.
  func take(_ key: [UInt8]?, if isTaken: () -> Bool = { true }) -> Next? {
    positions.withLock { positions in
      let position = key.map { positions.byKey.value(of: $0) ?? 0 } ?? positions.common
      guard let next = next(at: position) else { return nil }
      guard isTaken() else { return next }
      let after = following(position)
      if let key { positions.byKey.set(after, of: key, octets: 8) } else { positions.common = after }
      return next
    }
  }

  /// What the next request would get; nil where the sequence has come to its end.
  func peek(_ key: [UInt8]?) -> Next? {
    positions.withLock { positions in next(at: key.map { positions.byKey.peek($0) ?? 0 } ?? positions.common) }
  }

  func reset() { positions.withLock { $0 = Positions() } }

  private var length: Int { ends.last ?? 0 }

  private func next(at position: Int) -> Next? {
    if position >= length { return definition.repetition == .none ? nil : Next(answer: ends.count - 1, position: position) }
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > position { high = middle } else { low = middle + 1 }
    }
    return Next(answer: low, position: position)
  }

  /// Past the end it stays at the end, or begins again.
  private func following(_ position: Int) -> Int {
    let after = min(position + 1, length)
    return after == length && definition.repetition == .cycle ? 0 : after
  }
}
