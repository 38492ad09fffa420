// One request that a handler answers in a task: its task, its connection, and the ends of both.
//
//   IncomingBody     what has arrived of the request's body; ExchangeRequest.swift brings it octets and readers
//   OutgoingAnswer   how far the answer is; ExchangeAnswer.swift queues it on the connection

import HTTPCore
import Logging
import Reactor
import Synchronization

/// Confined to the thread of its reactor, where the handler's task runs too; a caller on another thread is brought
/// here first (`onReactor`). That is what makes it Sendable. Its async functions stay with their caller (`nonsending`):
/// each hop that is not made saves a look-up of the task's executor.
///
/// A task uses its exchange again for the next request, unless it is still referenced: a `Request` that outlives its
/// handler goes on to say what it said. So what other threads may read changes only while there is no other reference.
/// Exempt from checks of exclusive access as `Reactor` is.
final class Exchange: @unchecked Sendable {
  let worker: Worker
  let reactor: Reactor

  @exclusivity(unchecked) private(set) var head = RequestHead()
  @exclusivity(unchecked) private(set) var bytes: [UInt8] = []
  @exclusivity(unchecked) private(set) var peer: SocketAddress
  @exclusivity(unchecked) private(set) var trustedProxies: TrustedProxies
  /// When its head had been read, by `Worker.requestStart`.
  @exclusivity(unchecked) private(set) var began: Int64 = 0
  /// Nil where requests have none.
  private(set) var requestID: RequestID?
  /// Nil where no observer captures.
  @exclusivity(unchecked) private(set) var capture: AnswerCapture?
  /// Nil once the answer is queued, and once the connection has ended.
  @exclusivity(unchecked) private(set) var connection: Connection?
  /// While its handler runs.
  @exclusivity(unchecked) private var task: HandlerTask?

  @exclusivity(unchecked) var body = IncomingBody()
  @exclusivity(unchecked) var answer = OutgoingAnswer()

  /// The worker's list of exchanges whose handlers run.
  var nextRunning: Unmanaged<Exchange>?
  var previousRunning: Unmanaged<Exchange>?

  /// Fields built from the head when first asked for.
  let headers = Mutex<HTTPFields?>(nil)

  /// The room of a longer head is not kept for the next.
  private static let maxKeptBytes = 8192

  init(connection: Connection) {
    worker = connection.worker
    reactor = connection.reactor
    peer = connection.peer
    trustedProxies = connection.worker.settings.trustedProxies
  }

  /// The exchange of a request without a client, whose body is there whole.
  init(inMemory parser: inout HeadParser, _ headBytes: [UInt8], body content: [UInt8], peer: SocketAddress) {
    worker = .withoutServer
    reactor = worker.reactor
    self.peer = peer
    trustedProxies = worker.settings.trustedProxies
    bytes = headBytes
    parser.exchangeHead(with: &head)
    body = IncomingBody(inMemory: content)
  }

  /// Makes it the exchange of a request that has just been read. The parser has the head of the exchange before in
  /// return, whose room it uses again.
  func begin(on connection: Connection, _ parser: inout HeadParser, _ headBytes: UnsafeRawBufferPointer) {
    self.connection = connection
    peer = connection.peer
    trustedProxies = worker.settings.trustedProxies
    began = worker.requestStart
    bytes.replaceSubrange(bytes.indices, with: headBytes)
    parser.exchangeHead(with: &head)
    if head.hasBody { body = IncomingBody(head) }
    if worker.isObserved { beginObserved() }
  }

  private func beginObserved() {
    if worker.identifiesRequests { requestID = worker.currentRequestID }
    let limit = worker.observers.maxCapturedBytes
    guard limit > 0 else { return }
    capture = AnswerCapture(maxBodyBytes: limit)
    body.capture(atMost: limit)
  }

  /// Makes it as if nothing had been: no other reference to it is left.
  func clear() {
    if bytes.capacity > Self.maxKeptBytes { bytes = [] }
    if head.hasBody || capture != nil { body = IncomingBody() }
    if requestID != nil { requestID = nil }
    if capture != nil { capture = nil }
    answer.clear()
    headers.withLock { $0 = nil }
  }

  /// Leaves its connection, which has all of the answer in its queue or belongs to the handler.
  func leaveConnection() { connection = nil }

  var logger: Logger { worker.settings.logger }

  /// Runs `body` on the reactor's thread, for a caller that is elsewhere: in another task, or isolated to an actor of
  /// its own.
  @concurrent
  func onReactor<R: Sendable>(_ body: @escaping @Sendable (Exchange) async throws -> R) async throws -> R {
    try await withTaskExecutorPreference(reactor) { try await body(self) }
  }

  // MARK: The handler's task

  func start(_ task: HandlerTask, _ handler: HandlerBox) {
    worker.handlerDidStart(self)
    self.task = task
    task.begin(handler)
  }

  func handlerDidEnd(_ error: (any Error)?) {
    task = nil
    defer { worker.handlerDidEnd(self) }
    switch answer.state {
    case .ended:
      return
    case .takenOver:
      // The handler failed, so the connection has no owner.
      let taken = answer.releaseTakenConnection()
      if error != nil { taken?.close() }
    case .none, .claimed:
      guard connection != nil else { return }
      if let error = error as? HTTPError, error.isAnswer { return answer(error) }
      if let error = error as? ServerError, case .bodyTooLarge = error {
        worker.counters.rejected.add()
        return answerForServer(status: 413, reason: error.description)
      }
      handlerFailed(error.map { "the handler threw \($0)" } ?? "the handler ended without an answer")
      answerForServer(status: 500, reason: "the handler failed")
    case .streaming:
      guard connection != nil else { return }
      handlerFailed(error.map { "the handler threw \($0) in mid-answer" } ?? "the handler ended in mid-answer")
      connection?.breakOff()
    }
  }

  /// The answer that a handler has thrown.
  private func answer(_ error: HTTPError) {
    if error.status.code >= 500 { handlerFailed("the handler threw \(error)") }
    answerForServer(status: error.status.code, reason: error.reason.escapingControlCharacters, fields: error.answerFields)
  }

  func handlerFailed(_ reason: String) {
    worker.counters.failedHandlers.add()
    worker.settings.logger.error(
      "handler failed", metadata: ["reason": "\(reason)", "target": "\(text(head.target))", "peer": "\(peer)"])
  }

  /// The server answers in the handler's place; what the handler still says is refused.
  func answerForServer(status: Int, reason: String, fields: [FieldLine] = []) {
    guard let connection else { return }
    if body.owesContinue || connection.state.isReceivingRequest { connection.state.forbidPersistence() }
    let fields = fields + connection.handlerFields(head, bytes.span)
    let count = connection.appendServerAnswer(status: status, reason: reason, isHEAD: head.knownMethod.isHEAD, fields: fields)
    answer.answeredByServer(status: status, count: count)
    finishAnswer(connection)
  }

  func handlerTimedOut() {
    guard answer.isOpen else { return }
    task?.cancel()
    worker.settings.logger.error("handler timed out", metadata: ["target": "\(text(head.target))"])
    answerForServer(status: 503, reason: "the handler did not answer in time")
  }

  /// Octets of the body that came and of the answer that went: what a client that has closed its side is waited for by.
  var progress: Int64 { answer.written + Int64(body.receivedCount) }

  /// The server ends.
  func cancelHandler() { task?.cancel() }

  /// The server ends, and the answer has not begun: the client hears so instead of an end of stream.
  func serverEnds() {
    switch answer.state {
    case .none, .claimed: answerForServer(status: 503, reason: "the server has ended before the answer was ready")
    case .streaming, .ended, .takenOver: break
    }
  }

  /// The connection is gone. The handler hears of it by cancellation, and by the errors of whatever it tries next.
  func connectionDidEnd() {
    guard connection != nil else { return }
    connection = nil
    if body.isArriving { body.fail(.connectionClosed) }
    wakeBody()
    wakeOutput()
    task?.cancel()
  }

  /// The lines of a field joined; nil without one.
  func value(of field: KnownField) -> String? {
    let bytes = bytes
    return head.combinedValue(of: field, in: bytes.span)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
