// Theory of operation.
//
// A server's connection carries exchanges one after another. Within one, the request and the response end
// independently:
//
//                 head of a request            both ends seen, persists
//      idle ───────────────────────▶ exchange ─────────────────────────▶ idle
//        │                              │
//        │ end of input, or told        │ both ends seen, does not persist         ┌────────┐
//        │ to close                     ├─────────────────────────────────────────▶│ closed │
//        │                              │                                          └────────┘
//        │                              │ the same, but the client may send more        ▲
//        │                              └────────────────▶ lingering ───────────────────┤ end of input, or enough
//        └──────────────────────────────────────────────────────────────────────────────┘
//
// A connection persists (RFC 9112 §9.3) while the request allows it, the response does not forbid it, the peer may
// still send, and no drain has begun. Lingering (RFC 9112 §9.6) means: our sending side is shut, and what still
// arrives is read and dropped, so that a reset does not destroy the last answer on its way. Only a client that
// announced the close itself and has sent nothing beyond its request is done: there a plain close is the same, and
// cheaper.
//
// The machine knows no bytes and no clock. The socket's owner reports what happened and asks `next`.

/// Where a connection is in its exchanges. Public so that it is inlined where it is asked.
public struct ConnectionState: Equatable, Sendable {
  /// The boxes of the picture above.
  public enum Phase: Equatable, Sendable { case idle, exchange, lingering, closed }

  /// What the owner of the socket has to do now.
  public enum Next: Equatable, Sendable {
    /// Read, and parse the next head.
    case awaitRequest
    /// Go on with the exchange.
    case proceed
    /// Shut the sending side once everything is sent, then read and drop.
    case linger
    /// Close once everything is sent, unless input turns up unread then (`lingerInstead`).
    case close
  }

  /// The present one.
  public private(set) var phase = Phase.idle
  @usableFromInline private(set) var requestEnded = true
  private var responseEnded = true
  @usableFromInline private(set) var mayPersist = true
  /// The client said that this request is its last.
  private var clientCloses = false
  /// Something arrived after the request in hand.
  private var isFollowed = false
  @usableFromInline private(set) var inputEnded = false

  package init() {}

  /// A whole head was read. `persists` as RFC 9112 §9.3 reads it; `hasBody` when octets of a body follow.
  package mutating func requestBegan(persists: Bool, hasBody: Bool) {
    precondition(phase == .idle, "a request begins when the one before has ended")
    phase = .exchange
    requestEnded = !hasBody
    responseEnded = false
    isFollowed = false
    clientCloses = !persists
    if !persists { mayPersist = false }
  }

  /// The last octet of the request's body was read.
  package mutating func requestDidEnd() { requestEnded = true }

  /// Input came that belongs to no request so far. If the connection ends with the exchange in hand, the server will
  /// not read it.
  package mutating func inputFollows() { isFollowed = true }

  /// The last octet of the response is queued.
  package mutating func responseDidEnd() {
    precondition(phase == .exchange && !responseEnded, "a response ends once, and within its exchange")
    responseEnded = true
  }

  /// What arrived was no request: the answer that says so is the last of this connection.
  package mutating func rejectInput() {
    mayPersist = false
    if phase == .idle {
      phase = .exchange
      responseEnded = false
    }
    requestEnded = false
  }

  /// The peer has shut its sending side. What it asked so far is still answered (RFC 9112 §9.6).
  package mutating func inputDidEnd() {
    inputEnded = true
    mayPersist = false
  }

  /// No further exchange is wanted.
  package mutating func forbidPersistence() { mayPersist = false }

  /// Input came, or was found unread, where it is not wanted any more: to close now would reset the connection.
  package mutating func lingerInstead() {
    precondition(phase == .closed, "lingering takes the place of a close")
    phase = .lingering
  }

  /// Whether the response in hand must announce `Connection: close`.
  @inlinable
  public var announcesClose: Bool { !mayPersist }

  /// Whether the peer may still send.
  @inlinable
  public var expectsInput: Bool { !inputEnded }

  /// Whether the request of this exchange is still being received.
  @inlinable
  public var isReceivingRequest: Bool { phase == .exchange && !requestEnded }

  /// Whether there is no exchange in hand, and one may begin.
  @inlinable
  public var isIdle: Bool { phase == .idle }

  /// What follows from all that happened; moves on to the phase it names.
  package mutating func next() -> Next {
    switch phase {
    case .idle:
      if mayPersist { return .awaitRequest }
      phase = .closed
      return .close
    case .exchange:
      guard responseEnded else { return .proceed }
      if !mayPersist {
        if inputEnded || (requestEnded && clientCloses && !isFollowed) {
          phase = .closed
          return .close
        }
        phase = .lingering
        return .linger
      }
      guard requestEnded else { return .proceed }
      phase = .idle
      return .awaitRequest
    case .lingering:
      guard inputEnded else { return .linger }
      phase = .closed
      return .close
    case .closed:
      return .close
    }
  }
}
