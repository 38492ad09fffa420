// `events`: server-sent events. Nothing holds a thread: between two events the task of the request is suspended, and
// the client's leaving resumes it, or the drain of the server.

package import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import Logging
import Reactor

/// Answers with a stream of events.
package struct EventStream: Responder {
  private let events: [StreamedEvent]
  private let context: ResponderContext
  package let needsBody: Bool

  package init(_ options: EventsOptions, context: ResponderContext) {
    events = options.events
    self.context = context
    needsBody = context.needsBody || events.contains { $0.needsBody }
  }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    let kept = KeptRequest(request)
    return .task { request in try await send(request, kept) }
  }

  private nonisolated(nonsending) func send(_ request: Request, _ kept: KeptRequest) async throws {
    let body = needsBody && request.head.hasBody ? RequestBodyState.read(try await BodyValues(reading: request)) : .none
    let opening = kept.withValues(of: request, body: body) { values in
      Result { () throws(TemplateFailure) in try open(values) }
    }
    var (fields, script): (HTTPFields, EventScript)
    switch opening {
    case .success(let opened): (fields, script) = opened
    case .failure(let failure):
      return try await request.send(kept.withValues(of: request, body: body) { context.answer(failure, for: $0) })
    }
    let response = try await request.sendHeaders(fields, status: .ok)
    while !request.head.knownMethod.isHEAD, let (event, index) = script.next() {
      let wait = event.after?.drawn(from: context.numbers)?.inMilliseconds ?? 0
      // A client whose stream ends asks again, and says what it had last.
      guard try await request.pause(milliseconds: wait) else { break }
      let rendered = kept.withValues(of: request, body: body) { values in
        Result { () throws(TemplateFailure) in try octets(event, index, values) }
      }
      switch rendered {
      case .success(let octets): try await response.write(octets)
      case .failure(let failure):
        log(failure, request)
        return try await response.finish()
      }
    }
    try await response.finish()
  }

  /// The head, and the events from the one on behind that which the client had last.
  private func open(_ request: borrowing RequestValues) throws(TemplateFailure) -> (HTTPFields, EventScript) {
    var run = context.makeRun()
    let own = [FieldLine("Content-Type", "text/event-stream"), FieldLine("Cache-Control", "no-store")]
    let fields = try context.fields(own, for: request, &run)
    var script = EventScript(events)
    if let last = request.octets(ofField: "last-event-id") {
      try script.resume(behind: String(decoding: last, as: UTF8.self), for: request, &run)
    }
    return (HTTPFields(fields), script)
  }

  private func octets(_ event: StreamedEvent, _ index: Int, _ request: borrowing RequestValues) throws(TemplateFailure) -> [UInt8] {
    var run = context.makeRun()
    return try ServerSentEvent.octets(of: event, index, for: request, &run)
  }

  /// The head is sent: the stream ends, and the log says why.
  private func log(_ failure: TemplateFailure, _ request: Request) {
    let reason =
      switch failure.reason {
      case .missing(let name): "\(name) is missing"
      case .unsendable(let message): message
      }
    request.logger.error(
      "a template makes no event", metadata: ["reason": "\(reason)", "template": "\(failure.place)", "route": "\(context.id)"])
  }
}
