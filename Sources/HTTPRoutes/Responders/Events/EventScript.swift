// Where a stream of events stands: which event is next, and the how manieth time. What a client had last tells where
// its stream goes on.

import HTTPCore

/// The events of one stream, one by one.
struct EventScript: Sendable {
  private let events: [StreamedEvent]
  private var position = 0
  private var index = 0

  init(_ events: [StreamedEvent]) { self.events = events }

  /// The next event and the number of its repetition; nil at the end.
  mutating func next() -> (event: StreamedEvent, index: Int)? {
    while position < events.count {
      let event = events[position]
      guard event.times.map({ index < $0 }) ?? true else {
        (position, index) = (position + 1, 0)
        continue
      }
      defer { index += 1 }
      return (event, index)
    }
    return nil
  }

  // MARK: The event that a client had last

  /// Repetitions that are looked through for an id that does not tell its number.
  private static let maxSearch = 10_000

  /// Goes on behind the event with this id. One that no event has begins the stream anew.
  mutating func resume(
    behind id: String, for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) {
    if id.isEmpty { return }
    for candidate in events.indices {
      guard let template = events[candidate].id,
        let next = try Self.repetition(behind: Array(id.utf8), of: template, times: events[candidate].times, for: request, &run)
      else { continue }
      (position, index) = (candidate, next)
      return
    }
  }

  /// The repetition behind the one with this id; nil if none has it.
  private static func repetition(
    behind id: [UInt8], of template: Template, times: Int?, for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> Int? {
    // All repetitions have the one id: the client has had them all. One without an end begins anew.
    guard template.saysIndex else { return try ServerSentEvent.id(template, 0, for: request, &run) == id ? times ?? 0 : nil }
    if let place = template.placeOfIndex {
      let before = try ServerSentEvent.id(Template(parts: Array(template.parts[..<place])), 0, for: request, &run)
      let after = try ServerSentEvent.id(Template(parts: Array(template.parts[(place + 1)...])), 0, for: request, &run)
      guard id.count > before.count + after.count, id.starts(with: before), id.suffix(after.count) == after[...] else { return nil }
      return number(id[before.count..<id.count - after.count], below: times).map { $0 + 1 }
    }
    for index in 0..<min(times ?? maxSearch, maxSearch) where try ServerSentEvent.id(template, index, for: request, &run) == id {
      return index + 1
    }
    return nil
  }

  /// A number spelled as `{{index}}` spells it.
  private static func number(_ digits: ArraySlice<UInt8>, below times: Int?) -> Int? {
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(String(decoding: digits, as: UTF8.self)),
      String(number).utf8.count == digits.count, number < times ?? .max
    else { return nil }
    return number
  }
}

extension Template {
  /// Whether the text is another one for each repetition.
  fileprivate var saysIndex: Bool {
    parts.contains { if case .expression(let expression, _) = $0 { expression.text.contains("index") } else { false } }
  }

  /// The part that is `{{index}}`, where no other part depends on it.
  fileprivate var placeOfIndex: Int? {
    let places = parts.indices.filter {
      if case .expression(let expression, _) = parts[$0] { expression.text.contains("index") } else { false }
    }
    guard places.count == 1, case .expression(let expression, _) = parts[places[0]], expression.source == .index,
      expression.filters.isEmpty
    else { return nil }
    return places[0]
  }
}
