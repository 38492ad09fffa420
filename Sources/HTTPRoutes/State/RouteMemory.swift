// What a route remembers, asked when it is decided whether the route answers: the states that its `when` tests and
// that it sets, its answers in turn or by chance, its rate limit.
//
//   when holds but for its states ──→ take ──→ the states hold?      no: the next route is asked
//                                              an answer is left?    no: the next route is asked
//                                              the limit is kept?    no: 429, and nothing is taken
//                                              ──→ the answer is taken, and the states are set
//
// All of it happens at once for other threads, and once for each request that the route answers. A request that is
// only explained takes nothing.

import HTTPCore
import Reactor

/// How a route chooses among several answers.
package enum AnswerChoice: Sendable {
  case sequence(SequenceDefinition)
  /// By weights, each at least 1.
  case weighted([Int])

  /// Whether the route comes to an end of its answers.
  var runsOut: Bool { if case .sequence(let definition) = self { definition.repetition == .none } else { false } }
}

/// What a route remembers. Shared by all threads.
final class RouteMemory: Sendable {
  /// What becomes of a request that path, method and the rest of `when` lead to the route.
  enum Claim: Sendable {
    /// The route answers.
    case taken(Turn)
    /// It does not; the next one is asked.
    case refused
    /// The request's body has to be read to know. Nothing is taken.
    case needsBody
    /// The answer may take a task, in which this is to be asked again. Nothing is taken.
    case needsTask
  }

  private let id: String
  private let pattern: PathPattern
  private let templates: TemplateSurroundings
  private let stateTests: [RequestPredicate.Part]
  private let sequence: AnswerSequence?
  private let chance: WeightedChoice?
  /// As this table's expressions have it; the definition may be that of the table before.
  private let sequencePer: StatePer?
  private let limiter: RateLimiter?
  private let limitPer: StatePer?
  /// By answer.
  private let writes: [[StateWrite]]
  private let states: NamedStates?
  private let usesStates: Bool
  private let needsBody: Bool
  private let answersAtOnce: Bool

  /// - Parameters:
  ///   - stateTests: the parts of the route's `when` that test states.
  ///   - choice: nil for a route with one answer.
  ///   - writes: what each answer sets.
  ///   - answersAtOnce: whether every answer of the route can be given on the connection's thread.
  ///   - named: the states of the table.
  ///   - templates: what its templates share.
  ///   - routeStates: where what is remembered outlives the table.
  init(
    id: String, pattern: PathPattern, stateTests: [RequestPredicate.Part], choice: AnswerChoice?, writes: [[StateWrite]],
    limit: RateLimit?, answersAtOnce: Bool, seed: UInt64?, named: NamedStates?, templates: TemplateSurroundings,
    in routeStates: RouteStates
  ) {
    self.id = id
    self.pattern = pattern
    self.templates = templates
    self.stateTests = stateTests
    self.writes = writes
    self.answersAtOnce = answersAtOnce
    states = named
    switch choice {
    case .sequence(let definition):
      sequence = routeStates.state(of: id, definition: definition) { AnswerSequence(definition) }
      chance = nil
      sequencePer = definition.per
    case .weighted(let weights):
      (sequence, sequencePer) = (nil, nil)
      // Each route has numbers of its own, whatever the order in which routes are asked.
      let ownSeed = seed.map { id.utf8.reduce($0) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
      chance = routeStates.state(of: id, definition: ChanceDefinition(weights: weights, seed: seed)) {
        WeightedChoice(weights: weights, seed: ownSeed)
      }
    case nil: (sequence, chance, sequencePer) = (nil, nil, nil)
    }
    limiter = limit.map { limit in routeStates.state(of: id, definition: limit) { RateLimiter(limit) } }
    limitPer = limit?.per
    let written = writes.joined()
    usesStates = !stateTests.isEmpty || !written.isEmpty
    let names = Set(written.map(\.name) + stateTests.flatMap(\.stateNames))
    needsBody =
      stateTests.contains(where: \.needsBody) || written.contains(where: \.needsBody)
      || sequence?.definition.per?.needsBody ?? false || limit?.per?.needsBody ?? false
      || names.contains { named?.needsBody($0) ?? false }
  }

  /// Takes what comes next for a request, if the route answers it.
  func take(_ request: borrowing RequestValues) -> Claim {
    if needsBody, case .unread = request.body { return .needsBody }
    if !answersAtOnce, case .connection = request.origin { return .needsTask }
    guard usesStates, let states else { return turn(request).map { .taken($0) } ?? .refused }
    states.lockAll()
    defer { states.unlockAll() }
    for part in stateTests {
      guard part.holds(request, pattern: pattern) else { return .refused }
    }
    guard let turn = turn(request) else { return .refused }
    if !request.origin.isExplanation, !(turn.rate?.isExceeded ?? false) {
      var run = makeRun()
      for write in writes[turn.answer] {
        // A value beyond the bounds of JSON leaves the state as it is.
        if let value = write.value(for: request, &run) { states.set(write.name, to: value, for: request) }
      }
    }
    return .taken(turn)
  }

  /// The next answer and how the limit stands; nil where the sequence has come to its end.
  private func turn(_ request: borrowing RequestValues) -> Turn? {
    let isExplanation = request.origin.isExplanation
    let now = request.origin.monotonic
    var limitKey: [UInt8] = []
    if let limitPer { limitKey = key(limitPer, request) }
    var rate: RateStanding?
    func isAdmitted() -> Bool {
      rate = isExplanation ? limiter?.peek(limitKey, now: now) : limiter?.admit(limitKey, now: now)
      return !(rate?.isExceeded ?? false)
    }
    guard let sequence else {
      let draws = isAdmitted() && !isExplanation
      return Turn(answer: draws ? chance?.draw() ?? 0 : 0, rate: rate)
    }
    let key = sequenceKey(request)
    let next = isExplanation ? sequence.peek(key) : sequence.take(key, if: isAdmitted)
    return next.map { Turn(answer: $0.answer, rate: rate) }
  }

  /// Which answer of the route's sequence a request would get; nil for a route without a sequence.
  func sequencePlace(_ request: borrowing RequestValues) -> SequencePlace? {
    guard let sequence else { return nil }
    let next = sequence.peek(sequenceKey(request))
    return SequencePlace(position: next?.position, length: sequence.definition.length)
  }

  private func makeRun() -> TemplateRun { TemplateRun(templates, route: id, pattern: pattern) }

  private func key(_ per: StatePer, _ request: borrowing RequestValues) -> [UInt8] {
    var run = makeRun()
    return per.key(for: request, &run)
  }

  private func sequenceKey(_ request: borrowing RequestValues) -> [UInt8]? {
    guard let per = sequencePer else { return nil }
    return key(per, request)
  }
}

/// What a choice by chance depends on.
private struct ChanceDefinition: Hashable {
  let weights: [Int]
  let seed: UInt64?
}

/// How far a sequence has come.
struct SequencePlace: Equatable {
  /// How many requests were answered before; nil where it has come to its end. At least `length` where the last answer
  /// is given again and again.
  let position: Int?
  let length: Int
}
