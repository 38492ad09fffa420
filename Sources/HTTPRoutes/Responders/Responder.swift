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
  func delivery(in turn: Turn) -> Delivery?

  /// Whether the answer to a request without a body is never a task, and travels at once.
  var answersAtOnce: Bool { get }

  /// The answer, where it is the same whatever the request says: `answer` is not asked then.
  var constantAnswer: PreparedResponse? { get }
}

extension Responder {
  package var constantAnswer: PreparedResponse? { nil }
  package var answersAtOnce: Bool { constantAnswer != nil }
  package func answer(_ request: borrowing RequestValues, in turn: Turn) -> Answer { answer(request) }
  package func delivery(in turn: Turn) -> Delivery? { nil }
}

/// What a responder is told of the route it answers for.
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

  init(id: String, pattern: PathPattern, headers: [HeaderLine], crossOrigin: CrossOrigin?, states: RouteStates) {
    self.states = states
    self.id = id
    self.pattern = pattern
    self.headers = crossOrigin == nil ? headers : headers.filter { !CrossOrigin.isRuled($0.name) }
    hasTemplates = self.headers.contains { $0.template != nil }
    self.crossOrigin = crossOrigin
  }

  /// The same for one of several answers of the route, which has fields of its own.
  func with(headers: [HeaderLine]) -> ResponderContext {
    ResponderContext(id: id, pattern: pattern, headers: headers, crossOrigin: crossOrigin, states: states)
  }

  /// `own` fields and then the route's; one that the route names again is the route's, and so is what its rule for
  /// other origins says.
  package func fields(_ own: [FieldLine]) -> [FieldLine] {
    let own = crossOrigin?.withoutRuled(own) ?? own
    return own.filter { field in !headers.contains { FieldSyntax.equalIgnoringCase($0.name, field.name) } }
      + headers.map(\.line)
  }

  /// A value that is none for a field: it has a line end, NUL or another control character (RFC 9110 §5.5).
  struct UnsendableValue: Error {
    let name: String
  }

  /// The same for one request, which has a say in some values. Blanks around a value are left out.
  func fields(_ own: [FieldLine], for request: borrowing RequestValues) throws(UnsendableValue) -> [FieldLine] {
    var result = fields(own)
    let first = result.count - headers.count
    for (index, line) in headers.enumerated() {
      guard let template = line.template else { continue }
      var value = String(FieldSyntax.trimmed(String(decoding: template.render(request, pattern: pattern), as: UTF8.self)[...]))
      guard FieldSyntax.isValidValue(value) else { throw UnsendableValue(name: line.name) }
      // A path of this host stays one, whatever a client has in it.
      if HeaderLine.leadsElsewhere(FieldSyntax.lowercased(line.name)), value.hasPrefix("/") {
        value = URIReference.onThisHost(URIReference.withoutTricks(value))
      }
      result[first + index].value = value
    }
    return result
  }

  /// An answer with the route's fields for one request; 500 where one of them would have no value that can be sent.
  func answer(status: Int, _ own: [FieldLine], body: [UInt8], for request: borrowing RequestValues) -> Answer {
    do throws(UnsendableValue) {
      return .bytes(status: status, fields: hasTemplates ? try fields(own, for: request) : fields(own), body: body)
    } catch {
      let (name, id) = (error.name, id)
      return .task { request in
        request.logger.error("a header value has a control character", metadata: ["header": "\(name)", "route": "\(id)"])
        try await request.send(RouteTable.plain(500, "the value of \(name) would have a control character"))
      }
    }
  }
}
