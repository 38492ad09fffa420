// Where a request came from: what a request's head does not say of itself.

package import AsyncHTTPServer
import HTTPCore
import Logging
package import Reactor

/// Where a request came from, and the thread it is answered on.
package enum RequestOrigin {
  /// A connection, on whose thread the request is decided on at once.
  case connection(ImmediateResponse)
  /// The same in a task.
  case request(Request)
  /// No connection: `asynchttpd explain` asks what would become of such a request of this client. Nothing answers it.
  case explanation(client: SocketAddress, now: Int64)

  /// The thread that the request is answered on.
  package var reactor: Reactor {
    switch self {
    case .connection(let response): response.reactor
    case .request(let request): request.reactor
    case .explanation: preconditionFailure("a request that is explained is not answered")
    }
  }

  /// Whether nothing answers the request, so that nothing is to be remembered of it.
  var isExplanation: Bool { if case .explanation = self { true } else { false } }

  /// Milliseconds of a clock that only goes forward, as the thread has last read it.
  var monotonic: Milliseconds {
    switch self {
    case .connection(let response): response.reactor.now
    case .request(let request): request.reactor.now
    case .explanation: 0
    }
  }

  /// Seconds since 1970.
  package var now: Int64 {
    switch self {
    case .connection(let response): response.now
    case .request(let request): request.reactor.wallClockSeconds
    case .explanation(_, let now): now
    }
  }

  /// Whether the peer is a proxy whose word on its clients is believed.
  var peerIsTrusted: Bool {
    switch self {
    case .connection(let response): response.peerIsTrusted
    case .request(let request): request.peerIsTrusted
    case .explanation: false
    }
  }

  /// The id of the request; nil where requests have none.
  var requestID: RequestID? {
    switch self {
    case .connection(let response): response.requestID
    case .request(let request): request.requestID
    case .explanation: nil
    }
  }

  /// Says how the answer comes about, for observers.
  func attribute(to outcome: AnswerOutcome) {
    switch self {
    case .connection(let response): response.attribute(to: outcome)
    case .request(let request): request.attribute(to: outcome)
    case .explanation: break
    }
  }

  /// The server's log; nil where no server answers.
  var logger: Logger? {
    switch self {
    case .connection(let response): response.logger
    case .request(let request): request.logger
    case .explanation: nil
    }
  }

  /// The client, found through trusted proxies.
  func client(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> SocketAddress {
    switch self {
    case .connection(let response): response.clientAddress(head, bytes)
    case .request(let request): request.clientAddress
    case .explanation(let client, _): client
    }
  }
}
