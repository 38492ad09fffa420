// `delay`: a duration, a template, a distribution, or `recorded`.

import YAMLDocument

enum DelayDecoder {
  static let key = Key("delay", shape, default: "0s", "How long to wait before the answer: always as long, at random, or as recorded.")

  private static let shape = Shape.any([duration, .words(["recorded"]), .template, .mapping(keys), .null])
  static let duration = Shape.duration(atMost: AnswerDelay.longest, allowsZero: true)

  static let keys = KeyTable(
    "delay", noun: "a delay",
    [
      Key("between", .sequence(of: duration), "The shortest and the longest wait, each one in between as likely as any other."),
      Key(
        "median", .duration(atMost: AnswerDelay.longest), "The wait that half of all answers stay below, log-normal as real servers are."),
      Key("p99", .duration(atMost: AnswerDelay.longest), "The wait that 99 of 100 answers stay below; goes with median."),
    ])

  private static let ways = "a duration such as 80ms, {between: [50ms, 200ms]} or {median: 80ms, p99: 2s}"

  /// Nil for no delay, and after an error.
  ///
  /// - Parameter scope: what templates may name; nil where no request has a say.
  static func decode(_ value: SettingsDecoder, scope: TemplateScope?) -> AnswerDelay? {
    if value.isNull { return nil }
    if value.node.mapping != nil { return distribution(value) }
    guard let scalar = value.node.scalar else {
      value.errorExpected(ways, write: "a range is {between: [50ms, 200ms]}")
      return nil
    }
    if value.isWord("recorded") { return .recorded }
    if value.hasPlaceholder {
      if let scope { return value.template(of: scalar.text, scope: scope).map { .template($0) } }
      value.error("a delay that depends on the request belongs to a route; here it is a duration or a distribution")
      return nil
    }
    guard let duration = value.duration(atMost: AnswerDelay.longest, allowsZero: true) else { return nil }
    return duration == .zero ? nil : .fixed(duration)
  }

  private static func distribution(_ value: SettingsDecoder) -> AnswerDelay? {
    guard let mapping = value.mapping(keys, ways) else { return nil }
    let between = mapping.takeEntry("between")
    let medianEntry = mapping.takeEntry("median")
    let p99Entry = mapping.takeEntry("p99")
    let median = medianEntry.flatMap { $0.value.duration(atMost: AnswerDelay.longest) }
    let p99 = p99Entry.flatMap { $0.value.duration(atMost: AnswerDelay.longest) }
    if between == nil, medianEntry == nil, p99Entry == nil {
      mapping.reportMissing(["between", "median"], "a delay is \(ways)")
    }
    mapping.finish()
    if let (range, _) = between {
      for (name, entry) in [("median", medianEntry), ("p99", p99Entry)] {
        if let entry {
          mapping.context.error("a delay has \"between\", or \"median\" and \"p99\"; \"\(name)\" is too much", at: entry.keyMark)
        }
      }
      return self.range(range)
    }
    switch (medianEntry, p99Entry) {
    case (let entry?, nil): mapping.context.error("\"median\" goes with \"p99\": {median: 80ms, p99: 2s}", at: entry.keyMark)
    case (nil, let entry?): mapping.context.error("\"p99\" goes with \"median\": {median: 80ms, p99: 2s}", at: entry.keyMark)
    case (_?, let entry?):
      guard let median, let p99 else { return nil }
      if p99 >= median { return .logNormal(median: median, p99: p99) }
      entry.value.error("p99 is not below the median, which is \(median.spelling)")
    case (nil, nil): break
    }
    return nil
  }

  private static func range(_ value: SettingsDecoder) -> AnswerDelay? {
    let expected = "the shortest and the longest wait, such as [50ms, 200ms]"
    guard let items = value.node.sequence, items.count == 2 else {
      if let items = value.node.sequence {
        value.error("expected \(expected), found \(items.count == 1 ? "1 item" : "\(items.count) items")")
      } else {
        value.errorExpected(expected)
      }
      return nil
    }
    let ends = items.map { SettingsDecoder(node: $0, context: value.context).duration(atMost: AnswerDelay.longest, allowsZero: true) }
    guard let first = ends[0], let last = ends[1] else { return nil }
    guard first <= last else {
      value.error("the shortest wait comes first: [\(last.spelling), \(first.spelling)]")
      return nil
    }
    return first == last ? (first == .zero ? nil : .fixed(first)) : .between(first...last)
  }
}
