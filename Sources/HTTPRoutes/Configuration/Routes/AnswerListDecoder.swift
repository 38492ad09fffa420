// `sequence` and `weighted`: lists of answers. Each item has what the answer of a route has, over what stands beside
// the list in the route.

import YAMLDocument

/// What a list of answers takes from the route around it.
struct AnswerListSurroundings {
  /// What each answer has unless it says otherwise.
  var defaults: RouteDefaults
  var repetition: SequenceDefinition.Repetition?
  var per: StatePer?
}

enum AnswerListDecoder {
  static let sequenceKey = Key(
    "sequence", .sequence(of: .mapping(stepKeys)), "Answers in turn, each with what the answer of a route has, and times.")
  static let weightedKey = Key(
    "weighted", .sequence(of: .mapping(choiceKeys)), "Answers by chance, each with what the answer of a route has, and weight.")
  static let repeatKey = Key(
    "repeat", .choice(of: SequenceDefinition.Repetition.self),
    "What follows the last answer of a sequence: that answer again (last, the default), the first (cycle), or no answer, so that the next route is asked (none)."
  )
  static let perKey = Key(
    "per", .text, "What a sequence counts apart, such as \"{{path.id}}\"; all requests of the route together by default.")

  private static let stepKeys = KeyTable(
    "step", noun: "an answer of a sequence",
    [Key("times", .integer(1...1_000_000), default: "1", "How many requests in a row get this answer.")]
      + AnswerDecoder.keys(ResponderKind.single), alternatives: ResponderKind.single.map(\.key.name), substitutes: ["status", "fault"])

  private static let choiceKeys = KeyTable(
    "choice", noun: "an answer of \"weighted\"",
    [Key("weight", .integer(1...1_000_000), "How often the answer is drawn, in proportion to the other weights.")]
      + AnswerDecoder.keys(ResponderKind.single), required: ["weight"], alternatives: ResponderKind.single.map(\.key.name),
    substitutes: ["status", "fault"])

  /// Answers of one list.
  private static let maxCount = 10_000

  static func decodeSequence(_ responder: ResponderDecoding) -> SequenceOptions? {
    let items = items(responder, stepKeys) { mapping in mapping.integer("times") ?? 1 }
    guard let items, let list = responder.list else { return nil }
    return SequenceOptions(
      answers: items.map(\.answer), times: items.map(\.number), repetition: list.repetition ?? .last, per: list.per)
  }

  static func decodeWeighted(_ responder: ResponderDecoding) -> WeightedOptions? {
    let items = items(responder, choiceKeys) { mapping in
      _ = mapping.require("weight")
      return mapping.integer("weight")
    }
    return items.map { WeightedOptions(answers: $0.map(\.answer), weights: $0.map(\.number)) }
  }

  /// The answers of a list, each with a number of its own; nil after an error.
  private static func items(
    _ responder: ResponderDecoding, _ table: KeyTable, number: (MappingDecoder) -> Int?
  ) -> [(answer: AnswerSettings, number: Int)]? {
    let value = responder.value
    guard let nodes = value.node.sequence else {
      value.errorExpected("a list of answers, such as [{status: 503}, {json: {ok: true}}]")
      return nil
    }
    guard !nodes.isEmpty else {
      value.error("a list of answers has at least one, such as [{json: {ok: true}}]")
      return nil
    }
    guard nodes.count <= maxCount else {
      value.error("a list has at most \(maxCount) answers, and this one has \(nodes.count)")
      return nil
    }
    let defaults = responder.list?.defaults ?? RouteDefaults()
    let items = nodes.map { node -> (answer: AnswerSettings, number: Int)? in
      guard let mapping = SettingsDecoder(node: node, context: value.context).mapping(table, "an answer such as {status: 503}") else {
        return nil
      }
      let number = number(mapping)
      let answer = AnswerDecoder.decode(mapping, scope: responder.scope, defaults: defaults, kinds: ResponderKind.single)
      mapping.finish()
      guard let answer, let number else { return nil }
      return (answer, number)
    }
    return items.contains { $0 == nil } ? nil : items.compactMap { $0 }
  }
}
