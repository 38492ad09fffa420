// Who hears of answered requests: the access log, and whatever else is to know of each.
//
//   Connection.report ──▶ RequestObserver: AccessLogBuffer, and those of the configuration

package import HTTPCore
package import Reactor

/// Hears of each request once it is answered, on the thread of its connection, which waits meanwhile.
package protocol RequestObserver: AnyObject, Sendable {
  /// A request was answered, by a handler or by the server itself. The offsets of `head` point into `bytes`, which live
  /// as long as the call.
  func requestAnswered(_ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>)

  /// Octets that are not a request were answered. `bytes` are what was read of them, and live as long as the call.
  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>)
}

/// The name of a route, by which observers tell the requests of one from those of another. A reference, so that a
/// request that belongs to the route copies nothing.
package final class RouteName: Sendable {
  /// Unique within its table, and the same after a reload.
  package let id: String

  package init(id: String) { self.id = id }
}

/// How an answer came about, in one word of the handler's choice, such as `fetched`.
package struct AnswerOutcome: Equatable, Sendable, CustomStringConvertible {
  private let word: StaticString

  package init(_ word: StaticString) { self.word = word }

  package var description: String { word.description }

  package static func == (one: AnswerOutcome, other: AnswerOutcome) -> Bool { one.description == other.description }

  /// The answer was spoilt on purpose (`Delivery.Fault`).
  package static let fault = AnswerOutcome("fault")
}

/// What is to be known of an answer, apart from its request.
package struct AnsweredRequest: Sendable {
  /// The status that was sent.
  package var status: Int
  /// Octets of the answer's body, without its framing.
  package var sentBytes: Int64 = 0
  /// Octets of the request's body, without its framing.
  package var receivedBytes: Int64 = 0
  /// From the request's head to the end of its answer; 0 for one that was given at once.
  package var milliseconds: Milliseconds = 0
  /// The route that answered; nil where none did.
  package var route: RouteName?
  /// How the answer came about; nil where the handler did not say.
  package var outcome: AnswerOutcome?
  /// The peer of the connection: the client, or the proxy in front.
  package let peer: SocketAddress
  /// Where the connection was accepted.
  package let listener: SocketAddress
  private let trustedProxies: TrustedProxies

  init(status: Int, on connection: Connection) {
    self.status = status
    peer = connection.peer
    listener = connection.listener.address
    trustedProxies = connection.worker.settings.trustedProxies
  }

  /// The client through the proxies that the configuration trusts, as `Request.clientAddress`.
  package func clientAddress(_ head: borrowing RequestHead, bytes: Span<UInt8>) -> SocketAddress {
    guard trustedProxies.trusts(peer) else { return peer }
    var fields: [KnownField: String] = [:]
    for field in [KnownField.forwarded, .xForwardedFor, .xRealIP] { fields[field] = head.combinedValue(of: field, in: bytes) }
    return trustedProxies.clientAddress(peer: peer) { fields[$0] }
  }
}

extension Connection {
  /// The one place from which observers hear of a request. Call it where `worker.isObserved`.
  @inline(never)
  func report(_ answer: AnsweredRequest, _ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer) {
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    for observer in worker.observers { observer.requestAnswered(answer, head, bytes: span) }
  }

  /// The same for octets that are not a request.
  func reportMalformed(_ answer: AnsweredRequest, read bytes: UnsafeRawBufferPointer) {
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    for observer in worker.observers { observer.malformedRequestAnswered(answer, read: span) }
  }
}
