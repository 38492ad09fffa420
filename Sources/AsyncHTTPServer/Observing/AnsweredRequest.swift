// What observers hear of an answer, apart from its request.

package import HTTPCore
package import Reactor

/// What is to be known of an answer, apart from its request.
package struct AnsweredRequest: Sendable {
  /// The status that was sent; 0 where a fault took the answer's place.
  package var status: Int
  /// Octets of the answer's body, without its framing.
  package var sentBytes: Int64 = 0
  /// Octets of the request's body, without its framing.
  package var receivedBytes: Int64 = 0
  /// From the request's head to the end of its answer, microseconds. Where several requests are answered in one turn of
  /// the loop, each begins where the one before it ended.
  package let microseconds: Int64
  /// When the answer ended: microseconds since 1970.
  package let time: Int64
  /// The route that answered; nil where none did.
  package var route: RouteName?
  /// How the answer came about; nil where the handler did not say.
  package var outcome: AnswerOutcome?
  /// What the configuration calls the fault that befell the answer; nil for none, or one without a name.
  package var fault: String?
  /// Nil where no observer wants ids, or none did when the request began.
  package let requestID: RequestID?
  /// The peer of the connection: the client, or the proxy in front.
  package let peer: SocketAddress
  /// Where the connection was accepted.
  package let listener: SocketAddress
  private let trustedProxies: TrustedProxies

  /// Reads the clock: the answer ends now.
  ///
  /// - Parameter began: when the request began, on the clock of `Worker.requestStart`.
  init(status: Int, on connection: Connection, began: Int64, _ requestID: RequestID?) {
    self.status = status
    self.requestID = requestID
    let worker = connection.worker
    (microseconds, time) = worker.endRequest(began: began)
    peer = connection.peer
    listener = connection.listener.address
    trustedProxies = worker.settings.trustedProxies
  }

  /// Whether routes were asked and none fitted, by path, method or condition.
  package var isUnmatched: Bool { outcome == .unmatched }

  /// The client through the proxies that the configuration trusts, as `Request.clientAddress`.
  package func clientAddress(_ head: borrowing RequestHead, bytes: Span<UInt8>) -> SocketAddress {
    guard trustedProxies.trusts(peer) else { return peer }
    var fields: [KnownField: String] = [:]
    for field in [KnownField.forwarded, .xForwardedFor, .xRealIP] { fields[field] = head.combinedValue(of: field, in: bytes) }
    return trustedProxies.clientAddress(peer: peer) { fields[$0] }
  }
}
