// What answers the requests of a route.

package import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor

/// Answers the requests of one route. One value serves all threads at once; what a thread needs of its own it finds at the reactor.
package protocol Responder: Sendable {
  /// Decides on the answer. Runs on the connection's thread and must not block it for longer than a file in the page cache takes: what
  /// needs the network, the request's body or a slow disk is an `Answer.task`.
  func answer(_ request: borrowing RequestValues) -> Answer

  /// The answer, where it is the same whatever the request says: `answer` is not asked then.
  var constantAnswer: PreparedResponse? { get }
}

extension Responder {
  package var constantAnswer: PreparedResponse? { nil }
}

/// What a responder is told of the route it answers for.
package struct ResponderContext: Sendable {
  package let id: String
  package let pattern: PathPattern
  /// Fields that every answer of the route carries.
  package let headers: [HeaderLine]
  /// The route's rule for pages of other origins, whose fields every answer is given when it is sent.
  private let crossOrigin: CrossOrigin?

  init(id: String, pattern: PathPattern, headers: [HeaderLine], crossOrigin: CrossOrigin?) {
    self.id = id
    self.pattern = pattern
    self.headers = crossOrigin == nil ? headers : headers.filter { !CrossOrigin.isRuled($0.name) }
    self.crossOrigin = crossOrigin
  }

  /// `own` fields and then the route's; one that the route names again is the route's, and so is what its rule for other origins says.
  package func fields(_ own: [(name: String, value: String)]) -> [(name: String, value: String)] {
    let own = crossOrigin?.withoutRuled(own) ?? own
    return own.filter { field in !headers.contains { FieldSyntax.equalIgnoringCase($0.name, field.name) } }
      + headers.map { ($0.name, $0.value) }
  }
}
