// `events`: a stream of server-sent events (WHATWG HTML §9.2), as the configuration has it.

/// The events of a stream, in order.
package struct EventsOptions: ResponderOptions {
  package static let kind = "events"

  package var events: [StreamedEvent]

  package init(events: [StreamedEvent]) { self.events = events }

  /// A stream is read, and an EventSource sends nothing but GET.
  package var defaultMethods: [String]? { ["GET"] }

  package func makeResponder(_ context: ResponderContext) -> any Responder { EventStream(self, context: context) }
}

/// One event, and how often it is sent. A request has a say in its texts, and so has the number of the repetition,
/// `{{index}}`.
package struct StreamedEvent: Equatable, Sendable {
  /// Sent as one line of `data` for each of its lines; nil for an event that only says `retry` or `id`.
  package var data: BodyTemplate?
  package var event: Template?
  package var id: Template?
  /// Milliseconds that a client waits before it asks again once the stream is over.
  package var retry: Int64?
  /// Before each time.
  package var after: AnswerDelay?
  /// Nil: for as long as the client stays.
  package var times: Int? = 1

  var needsBody: Bool { data?.needsBody == true || event?.needsBody == true || id?.needsBody == true }

  package static let maxTimes = 1_000_000

  package init(data: BodyTemplate?) { self.data = data }
}
