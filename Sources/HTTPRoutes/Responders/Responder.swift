// What answers the requests of a route.

package import AsyncHTTPServer
package import HTTPCore
import Logging
import Reactor

/// Answers the requests of one route. One value serves all threads at once; what a thread needs of its own it finds at
/// the reactor.
package protocol Responder: Sendable {
  /// Decides on the answer. Runs on the connection's thread and must not block it for longer than a file in the page
  /// cache takes: what needs the network, the request's body or a slow disk is an `Answer.task`.
  func answer(_ request: borrowing RequestValues) -> Answer

  /// The same for a route with several answers, one of which it was the request's turn to get.
  func answer(_ request: borrowing RequestValues, in turn: Turn) -> Answer

  /// How that answer travels, where its route leaves it to the answer; nil: at once, and as fast as it can.
  func travel(in turn: Turn) -> AnswerTravel?

  /// Whether the answer to a request without a body is never a task, and travels at once.
  var answersAtOnce: Bool { get }

  /// The answer, where it is the same whatever the request says: `answer` is not asked then.
  var constantAnswer: PreparedResponse? { get }

  /// Whether the answer depends on the request's body: then `answer` is asked when that has been read.
  var needsBody: Bool { get }

  /// How long the upstream took for the recording that answers the request; nil where none does, or it does not say.
  func recordedDuration(_ request: borrowing RequestValues) -> Duration?
}

extension Responder {
  package var constantAnswer: PreparedResponse? { nil }
  package var answersAtOnce: Bool { constantAnswer != nil }
  package func answer(_ request: borrowing RequestValues, in turn: Turn) -> Answer { answer(request) }
  package func travel(in turn: Turn) -> AnswerTravel? { nil }
  package var needsBody: Bool { false }
  package func recordedDuration(_ request: borrowing RequestValues) -> Duration? { nil }
}

/// What a responder knows of the route it answers for.
package struct ResponderContext: Sendable {
  package let id: String
  package let pattern: PathPattern
  /// Fields that every answer of the route carries.
  package let headers: [HeaderLine]
  /// Whether a request has a say in some of them.
  package let hasTemplates: Bool
  /// The route's rule for pages of other origins, whose fields every answer is given when it is sent.
  private let crossOrigin: CrossOrigin?
  /// Where the route keeps what outlives its table.
  package let states: RouteStates
  /// What the templates of the table share.
  private let templates: TemplateSurroundings
  /// What the table draws from at random.
  let numbers: any NumberSource
  /// Where callbacks may go.
  let callbacks: CallbackPolicy

  init(
    id: String, pattern: PathPattern, headers: [HeaderLine], crossOrigin: CrossOrigin?, states: RouteStates,
    templates: TemplateSurroundings, numbers: any NumberSource, callbacks: CallbackPolicy
  ) {
    self.callbacks = callbacks
    self.numbers = numbers
    self.states = states
    self.templates = templates
    self.id = id
    self.pattern = pattern
    self.headers = crossOrigin == nil ? headers : headers.filter { !CrossOrigin.isRuled($0.name) }
    hasTemplates = self.headers.contains { $0.template != nil }
    self.crossOrigin = crossOrigin
  }

  /// The same for one of several answers of the route, which has fields of its own.
  func with(headers: [HeaderLine]) -> ResponderContext {
    ResponderContext(
      id: id, pattern: pattern, headers: headers, crossOrigin: crossOrigin, states: states, templates: templates, numbers: numbers,
      callbacks: callbacks)
  }

  /// `own` fields and then the route's; one that the route names again is the route's, and so is what its rule for
  /// other origins says.
  package func fields(_ own: [FieldLine]) -> [FieldLine] {
    let own = crossOrigin?.withoutRuled(own) ?? own
    return own.filter { field in !headers.contains { FieldSyntax.equalIgnoringCase($0.name, field.name) } }
      + headers.map(\.line)
  }

  /// Whether a value of `headers` depends on the request's body.
  var needsBody: Bool { headers.contains { $0.template?.needsBody ?? false } }

  /// Begins to render the templates of one answer.
  func makeRun() -> TemplateRun { TemplateRun(templates, route: id, pattern: pattern) }

  /// As `fields`, for one request, which has a say in some values. Blanks around a value are left out.
  func fields(
    _ own: [FieldLine], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> [FieldLine] {
    var result = fields(own)
    if !hasTemplates { return result }
    result.removeLast(headers.count)
    for line in headers {
      guard let template = line.template else {
        result.append(line.line)
        continue
      }
      guard let text = try template.text(for: request, &run) else { continue }
      var value = String(FieldSyntax.trimmed(text[...]))
      guard FieldSyntax.isValidValue(value) else {
        throw TemplateFailure(reason: .unsendable("the value of \(line.name) would have a control character"), place: template.place)
      }
      // A path of this host stays one, whatever a client has in it.
      if HeaderLine.leadsElsewhere(FieldSyntax.lowercased(line.name)), value.hasPrefix("/") {
        value = URIReference.onThisHost(URIReference.withoutTricks(value))
      }
      result.append(FieldLine(line.name, value))
    }
    return result
  }

  /// The answer where a template makes none: 400 for what the request lacks, else 500 and a line in the log.
  func answer(_ failure: TemplateFailure, for request: borrowing RequestValues) -> Answer {
    TemplateFailureAnswer.answer(failure, route: id, for: request)
  }
}
