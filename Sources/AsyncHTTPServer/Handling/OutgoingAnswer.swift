// The answer to a request, as far as it has got: whether it has begun, what its head announced, and how much of its
// body has been written.
//
//   none ──claim──▶ claimed ──streamBegan──▶ streaming ──end──▶ ended
//    │                 ├──────────────────────────────end──────────▲
//    │                 └──takeOver──▶ takenOver                    │
//    └──────────the server answers in the handler's place──────────┘

import HTTPCore
import Reactor

/// Knows no socket and no clock: it keeps the account, and its exchange queues the octets.
struct OutgoingAnswer {
  enum State {
    case none
    /// A handler has claimed the right to answer.
    case claimed
    case streaming(ResponseFraming)
    case ended
    case takenOver
  }

  /// What every answer has: plain values, which are replaced without a look.
  private struct Account {
    var state = State.none
    var status = 0
    var written: Int64 = 0
    var announced: Int64?
    var sendsContent = true
  }

  /// What few answers have.
  private struct Extras {
    var waiters: [UnsafeContinuation<Void, Never>] = []
    var takenConnection: TakenConnection?
    var additionalFields: [FieldLine] = []
    var route: RouteName?
    var outcome: AnswerOutcome?
    var fault: String?
    var course: BodyCourse?
    var isBroken = false
    var isDraining = false
  }

  private var account = Account()
  private var storedExtras = Extras()
  /// Whether any of the extras was ever changed.
  private var hasExtras = false

  private var extras: Extras {
    @inline(__always) get { storedExtras }
    @inline(__always) _modify {
      hasExtras = true
      yield &storedExtras
    }
  }

  /// Makes it as if nothing had been.
  mutating func clear() {
    account = Account()
    guard hasExtras else { return }
    storedExtras = Extras()
    hasExtras = false
  }

  var state: State { account.state }
  var status: Int { account.status }
  /// Octets of the body that are queued or sent, without their framing.
  var written: Int64 { account.written }
  /// Whether octets of the body follow the head.
  var sendsContent: Bool { account.sendsContent }
  /// Octets of the body that the client is sent.
  var sentBytes: Int64 { sendsContent ? written : 0 }

  /// Whether neither a handler nor the server has begun to answer.
  var isOpen: Bool { if case .none = state { true } else { false } }

  var isStreaming: Bool { if case .streaming = state { true } else { false } }

  var hasEnded: Bool { if case .ended = state { true } else { false } }

  // MARK: Its course

  /// Takes the right to answer. Throws `ServerError.alreadyAnswered` the second time.
  mutating func claim() throws(ServerError) {
    guard isOpen else { throw .alreadyAnswered }
    account.state = .claimed
  }

  /// Throws `ServerError.alreadyAnswered` where the claim was lost meanwhile.
  func checkClaim() throws(ServerError) {
    guard case .claimed = state else { throw .alreadyAnswered }
  }

  /// The head is chosen, and whether content follows it.
  mutating func headChosen(status: Int, sendsContent: Bool) {
    account.status = status
    account.sendsContent = sendsContent
  }

  /// The head is queued; the body follows in pieces. `announced` is the length that the head says, if it does.
  mutating func streamBegan(_ framing: ResponseFraming, announced: Int64?) {
    account.state = .streaming(framing)
    account.announced = announced
  }

  /// The framing of the body that is being written. Throws `ServerError.alreadyAnswered` before and after that.
  /// One that was broken off on purpose counts as left by its client: `connectionClosed`.
  func streamFraming() throws(ServerError) -> ResponseFraming {
    guard case .streaming(let framing) = state else { throw storedExtras.isBroken ? .connectionClosed : .alreadyAnswered }
    return framing
  }

  /// Accounts for a whole body.
  mutating func wroteWhole(_ count: Int64) { account.written = count }

  /// Accounts for a piece of the body. Throws `ServerError.bodyLengthMismatch` where it goes beyond what was announced.
  mutating func wrote(_ count: Int) throws(ServerError) {
    if let announced = account.announced, written + Int64(count) > announced {
      throw .bodyLengthMismatch(announced: announced, written: written + Int64(count))
    }
    account.written += Int64(count)
  }

  /// Throws `ServerError.bodyLengthMismatch` where less was written than announced.
  func checkLength() throws(ServerError) {
    if let announced = account.announced, sendsContent, written != announced {
      throw .bodyLengthMismatch(announced: announced, written: written)
    }
  }

  /// The last octet is queued.
  mutating func end() { account.state = .ended }

  /// The server has answered in the handler's place, with so many octets of body.
  mutating func answeredByServer(status: Int, count: Int64) {
    account.status = status
    account.written = count
  }

  /// The handler has the connection itself.
  mutating func takeOver() { account.state = .takenOver }

  mutating func tookOver(_ connection: TakenConnection) { extras.takenConnection = connection }

  /// Lets go of the taken connection, since the handler ends.
  mutating func releaseTakenConnection() -> TakenConnection? { extras.takenConnection.take() }

  // MARK: What goes with it

  /// Fields that every answer to the request has, whatever answers it.
  var additionalFields: [FieldLine] { storedExtras.additionalFields }

  mutating func add(_ fields: [FieldLine]) { extras.additionalFields += fields }

  /// The route that answers, for observers.
  var route: RouteName? {
    get { storedExtras.route }
    set { extras.route = newValue }
  }

  /// How the answer came about, for observers. That of a fault stays.
  var outcome: AnswerOutcome? {
    get { storedExtras.outcome }
    set { if storedExtras.outcome != .fault { extras.outcome = newValue } }
  }

  /// What the configuration calls the fault that befell it, for observers.
  var fault: String? {
    get { storedExtras.fault }
    set { extras.fault = newValue }
  }

  // MARK: Its delivery

  /// Has the body travel in the steps of a delivery.
  mutating func travel(_ course: BodyCourse) { extras.course = course }

  /// Whether the body travels in the steps of a delivery.
  var isDelivered: Bool { storedExtras.course != nil }

  /// Whether the head must not say how long the body is.
  var hidesLength: Bool { storedExtras.course?.hidesLength ?? false }

  /// Whether the answer ends without the mark of its end, and the connection with it.
  var endsBroken: Bool { sendsContent && (storedExtras.course?.endsBroken ?? false) }

  /// The head of a delivered answer is queued.
  mutating func courseBegan(length: Int64?, now: Milliseconds) { extras.course?.begin(length: length, now: now) }

  /// What to do with `count` octets of the body of a delivered answer.
  mutating func nextStep(_ count: Int, now: Milliseconds) -> BodyCourse.Step { extras.course?.next(count, now: now) ?? .send(count) }

  /// The answer ends short of what its head has promised.
  mutating func breakOff() { extras.isBroken = true }

  /// Whether the connection takes no further exchange, told while this one was under way.
  var isDraining: Bool {
    get { storedExtras.isDraining }
    set { extras.isDraining = newValue }
  }

  // MARK: Writers that wait

  var hasWaiters: Bool { !storedExtras.waiters.isEmpty }

  /// Resumes `waiter` once the client has taken enough of what is queued, or the connection has ended.
  mutating func wait(_ waiter: UnsafeContinuation<Void, Never>) { extras.waiters.append(waiter) }

  /// Takes the writers that wait; the caller resumes them.
  mutating func takeWaiters() -> [UnsafeContinuation<Void, Never>] {
    defer { extras.waiters = [] }
    return storedExtras.waiters
  }
}
