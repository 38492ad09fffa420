// `events`: a list of server-sent events.

import Reactor
import YAMLDocument

enum EventsDecoder {
  static let key = Key(
    EventsOptions.kind, .sequence(of: .mapping(keys)),
    "Server-sent events, one after the other, with placeholders and {{index}}, the number of the repetition from 0.")

  private static let keys = KeyTable(
    "events", noun: "an event",
    [
      Key("data", .anything, "What the event says: a text, each of its lines a line of data, or anything else as JSON."),
      Key("event", .text, "The type by which a page listens for it; message where it has none."),
      Key("id", .text, "What a client that comes again says it had last, and the stream goes on behind it."),
      Key("retry", .duration(allowsZero: true), "How long a client waits before it comes again."),
      Key(
        "after", .any([DelayDecoder.duration, .mapping(DelayDecoder.keys), .null]), default: "0s", "How long to wait before it, each time."),
      Key("times", .any([.integer(1...StreamedEvent.maxTimes), .words(["forever"])]), default: "1", "How often it is sent, or forever."),
    ])

  static func decode(_ responder: ResponderDecoding) -> EventsOptions? {
    let value = responder.value
    guard let items = value.node.sequence else {
      value.errorExpected("a list of events", write: "put \"- \" before it: - {data: {n: 1}, after: 200ms}")
      return nil
    }
    if items.isEmpty {
      value.error("expected at least one event, such as - {data: {n: \"{{index}}\"}, after: 200ms, times: 10}")
      return nil
    }
    let events = items.map { event(SettingsDecoder(node: $0, context: value.context), responder.scope) }
    for (position, event) in events.dropLast().enumerated() where event?.times == nil && event != nil {
      value.context.error(
        "this event is sent forever, so those behind it never are; give it a number of times", at: items[position].span)
    }
    let good = events.compactMap { $0 }
    return good.count == items.count ? EventsOptions(events: good) : nil
  }

  private static func event(_ value: SettingsDecoder, _ scope: TemplateScope) -> StreamedEvent? {
    guard let mapping = value.mapping(keys, "a mapping such as {data: {n: 1}, after: 200ms}") else { return nil }
    let dataValue = mapping.take("data")
    let data = dataValue.flatMap { self.data($0, scope) }
    var event = StreamedEvent(data: data)
    let eventValue = mapping.take("event")
    event.event = eventValue.flatMap { text($0, scope) }
    let idValue = mapping.take("id")
    event.id = idValue.flatMap { text($0, scope) }
    let retryValue = mapping.take("retry")
    event.retry = retryValue.flatMap { $0.duration(allowsZero: true) }.map { Int64($0.inMilliseconds) }
    let afterValue = mapping.take("after")
    event.after = afterValue.flatMap { after($0) }
    if let times = mapping.take("times") {
      event.times = times.isWord("forever") ? nil : times.integer(in: 1...StreamedEvent.maxTimes, "forever or a number")
      if times.isWord("forever"), afterValue == nil || event.after == nil {
        times.error("an event without end needs a wait before each: after: 1s")
      }
    }
    if dataValue == nil, idValue == nil, retryValue == nil { mapping.reportMissing(["data"], "an event needs \"data\"") }
    mapping.finish()
    let isComplete =
      (data != nil) == (dataValue != nil) && (event.event != nil) == (eventValue != nil) && (event.id != nil) == (idValue != nil)
    return isComplete ? event : nil
  }

  /// The request has no say in when it comes.
  private static func after(_ value: SettingsDecoder) -> AnswerDelay? {
    guard let delay = DelayDecoder.decode(value, scope: nil) else { return nil }
    if delay != .recorded { return delay }
    value.error("\"recorded\" is for the delay of a route with proxy_to_file; write after: 200ms")
    return nil
  }

  /// A text is sent as it is, and anything else as JSON.
  private static func data(_ value: SettingsDecoder, _ scope: TemplateScope) -> BodyTemplate? {
    if let scalar = value.node.scalar, scalar.kind == .string { return text(value, scope).map { BodyTemplate($0) } }
    return scope.within(.repeating) {
      JSONBodyEncoder.encode(value.node, scope: scope, context: value.context).map { BodyTemplate($0) }
    }
  }

  private static func text(_ value: SettingsDecoder, _ scope: TemplateScope) -> Template? {
    guard let scalar = value.node.scalar, scalar.kind != .null else {
      value.errorExpected("a text")
      return nil
    }
    return scope.within(.repeating) { value.template(of: scalar.text, scope: scope) }
  }
}
