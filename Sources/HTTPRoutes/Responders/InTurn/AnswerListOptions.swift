// `sequence` and `weighted`: several answers, of which each request gets one.

/// `sequence`: answers in turn.
package struct SequenceOptions: ResponderOptions {
  package static let kind = "sequence"

  /// In order; at least one.
  package var answers: [AnswerSettings]
  /// How often each is given, at least 1.
  package var times: [Int]
  package var repetition: SequenceDefinition.Repetition
  package var per: StatePer?

  package init(
    answers: [AnswerSettings], times: [Int], repetition: SequenceDefinition.Repetition = .last, per: StatePer? = nil
  ) {
    precondition(!answers.isEmpty && answers.count == times.count, "each answer has its times")
    self.answers = answers
    self.times = times
    self.repetition = repetition
    self.per = per
  }

  private var definition: SequenceDefinition {
    SequenceDefinition(times: times, repetition: repetition, per: per, contents: AnswerContents(answers.map(\.responder)))
  }

  package var choice: AnswerChoice? { .sequence(definition) }
  package var listedAnswers: [AnswerSettings] { answers }

  package func changes(from old: Self) -> [String] {
    if definition != old.definition { return ["sequence began anew"] }
    return self == old ? [] : ["sequence"]
  }
}

/// `weighted`: answers by chance.
package struct WeightedOptions: ResponderOptions {
  package static let kind = "weighted"

  /// At least one.
  package var answers: [AnswerSettings]
  /// How often each is drawn in proportion to the others, at least 1.
  package var weights: [Int]

  package init(answers: [AnswerSettings], weights: [Int]) {
    precondition(!answers.isEmpty && answers.count == weights.count, "each answer has its weight")
    self.answers = answers
    self.weights = weights
  }

  package var choice: AnswerChoice? { .weighted(weights) }
  package var listedAnswers: [AnswerSettings] { answers }
}

/// The responders of a list as one value: an edit of a body changes it, one of the headers does not.
private struct AnswerContents: Hashable, Sendable {
  private let responders: [any ResponderOptions]

  init(_ responders: [any ResponderOptions]) { self.responders = responders }

  static func == (left: Self, right: Self) -> Bool {
    left.responders.count == right.responders.count && zip(left.responders, right.responders).allSatisfy { $0.isEqual(to: $1) }
  }

  func hash(into hasher: inout Hasher) { hasher.combine(responders.count) }
}

extension SequenceOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { AnswerList(answers, context) }

  package var defaultMethods: [String]? { AnswerList.methods(of: answers) }
}

extension WeightedOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { AnswerList(answers, context) }

  package var defaultMethods: [String]? { AnswerList.methods(of: answers) }
}
