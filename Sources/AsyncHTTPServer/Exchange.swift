// One request that a handler answers in a task: what arrives of its body, what leaves of its answer, and the ends of both.

import HTTPCore
import Logging
import Reactor
import Synchronization

/// Confined to the thread of its reactor, where the handler's task runs too; whoever calls from elsewhere is brought here first
/// (`onReactor`). That is what makes it Sendable. Its async functions stay with their caller (`nonsending`): each hop that is not made saves a
/// look-up of the task's executor.
final class Exchange: @unchecked Sendable {
  /// How far the answer is.
  private enum AnswerState {
    case none
    /// A handler has claimed the right to answer.
    case claimed
    case streaming(ResponseFraming)
    case ended
    case takenOver
  }

  private enum BodyState {
    case arriving
    case ended
    case failed(ServerError)
  }

  let reactor: Reactor
  let head: RequestHead
  let bytes: [UInt8]
  let peer: SocketAddress
  let trustedProxies: TrustedProxies
  private let worker: Worker
  private let began: Milliseconds
  private var connection: Connection?
  private var task: Task<Void, Never>?

  private var body: BodyState
  private var decoder: ChunkedDecoder?
  private var remaining: UInt64 = 0
  private var receivedCount = 0
  private var progressMark = 0
  private var chunks: [[UInt8]] = []
  private var nextChunk = 0
  private var queuedCount = 0
  private var bodyWaiters: [UnsafeContinuation<Void, Never>] = []
  private var owesContinue: Bool
  private var isDiscarding = false
  /// The server has read past some of the body, which no reader can have any more.
  private var hasDiscarded = false

  private var answer = AnswerState.none
  private var status = 0
  private var written: Int64 = 0
  private var announced: Int64?
  private var sendsContent = true
  private var outputWaiters: [UnsafeContinuation<Void, Never>] = []
  private var clientHasLeft = false
  private var takenConnection: TakenConnection?

  /// The worker's list of exchanges whose handlers run.
  var nextRunning: Exchange?
  var previousRunning: Exchange?

  /// Fields built from the head when first asked for.
  let headers = Mutex<HTTPFields?>(nil)

  /// Bytes of a body that may wait for the handler before reading stops. One read of the socket comes on top: that is the whole
  /// of what an upload holds in memory, whatever its size.
  private static let maxQueuedBytes = 65_536
  /// Progress that renews the deadline of a body: slower than this is not slow but hostile.
  private static let progressStep = 1024

  init(connection: Connection, head: RequestHead, bytes: [UInt8]) {
    self.connection = connection
    worker = connection.worker
    reactor = connection.reactor
    peer = connection.peer
    trustedProxies = connection.worker.settings.trustedProxies
    self.head = head
    self.bytes = bytes
    began = connection.reactor.now
    owesContinue = head.expectsContinue
    switch head.framing {
    case .none:
      body = .ended
    case .length(let length):
      body = .arriving
      remaining = length
    case .chunked:
      body = .arriving
      decoder = ChunkedDecoder()
    }
  }

  var logger: Logger { worker.settings.logger }

  var isStreaming: Bool { if case .streaming = answer { true } else { false } }

  /// Runs `body` on the reactor's thread, for a caller that is elsewhere: in another task, or isolated to an actor of its own.
  @concurrent
  func onReactor<R: Sendable>(_ body: @escaping @Sendable (Exchange) async throws -> R) async throws -> R {
    try await withTaskExecutorPreference(reactor) { try await body(self) }
  }

  // MARK: The handler's task

  func start(_ handler: any RequestHandler) {
    worker.handlerDidStart(self)
    let request = Request(exchange: self)
    task = Task(executorPreference: reactor) { [self] in
      do {
        try await handler.handle(request)
        handlerDidEnd(nil)
      } catch {
        handlerDidEnd(error)
      }
    }
  }

  private func handlerDidEnd(_ error: (any Error)?) {
    task = nil
    defer { worker.handlerDidEnd(self) }
    switch answer {
    case .ended:
      return
    case .takenOver:
      // Whoever the connection was meant for will not come.
      if error != nil { takenConnection?.close() }
      takenConnection = nil
    case .none, .claimed:
      guard connection != nil else { return }
      if let error = error as? ServerError, case .bodyTooLarge = error {
        worker.counters.rejected.add()
        return answerForServer(status: 413, reason: error.description)
      }
      handlerFailed(error.map { "the handler threw \($0)" } ?? "the handler ended without an answer")
      answerForServer(status: 500, reason: "the handler failed")
    case .streaming:
      guard connection != nil else { return }
      handlerFailed(error.map { "the handler threw \($0) in mid-answer" } ?? "the handler ended in mid-answer")
      connection?.reset()
    }
  }

  private func handlerFailed(_ reason: String) {
    // It ended as it was told to.
    if clientHasLeft { return }
    worker.counters.failedHandlers.add()
    worker.settings.logger.error(
      "handler failed", metadata: ["reason": "\(reason)", "target": "\(text(head.target))", "peer": "\(peer)"])
  }

  /// The server answers in the handler's place; what the handler still says is refused.
  private func answerForServer(status: Int, reason: String) {
    guard let connection else { return }
    if owesContinue || connection.state.isReceivingRequest { connection.state.forbidPersistence() }
    self.status = status
    connection.appendServerAnswer(status: status, reason: reason, isHEAD: head.knownMethod == .head)
    finishAnswer(connection)
  }

  func handlerTimedOut() {
    guard case .none = answer else { return }
    task?.cancel()
    worker.settings.logger.error("handler timed out", metadata: ["target": "\(text(head.target))"])
    answerForServer(status: 503, reason: "the handler did not answer in time")
  }

  /// A client that has shut its sending side may still wait for its answer: by default the handler is cancelled all the same, since
  /// most have simply gone.
  var survivesHalfClose = false
  /// Fields of the route, for whichever answer is given.
  var additionalFields: [(name: String, value: String)] = []

  func clientStoppedSending() {
    if survivesHalfClose { return }
    clientHasLeft = true
    task?.cancel()
  }

  /// The server ends.
  func cancelHandler() { task?.cancel() }

  /// The connection is gone. The handler hears of it by cancellation, and by the errors of whatever it tries next.
  func connectionDidEnd() {
    guard connection != nil else { return }
    connection = nil
    if case .arriving = body { body = .failed(.connectionClosed) }
    wakeBody()
    wakeOutput()
    task?.cancel()
  }

  // MARK: The body as it arrives

  /// Takes what belongs to the body from the front of `bytes`; answers how much that was.
  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard case .arriving = body, let connection else { return bytes.count }
    owesContinue = false
    var used = 0
    if decoder != nil {
      used = decodeChunks(bytes)
    } else {
      used = Int(min(remaining, UInt64(bytes.count)))
      remaining -= UInt64(used)
      take(UnsafeRawBufferPointer(rebasing: bytes[..<used]))
      if remaining == 0 { bodyDidEnd() }
    }
    guard self.connection != nil else { return used }
    if case .arriving = body {
      if receivedCount - progressMark >= Self.progressStep {
        progressMark = receivedCount
        connection.setDeadline(.body, after: worker.settings.bodyTimeout)
      }
      if queuedCount >= Self.maxQueuedBytes {
        // The handler is slow, not the client: the clock stops until it reads on.
        connection.pauseReading()
        connection.clearDeadline()
      }
    }
    wakeBody()
    return used
  }

  private func decodeChunks(_ bytes: UnsafeRawBufferPointer) -> Int {
    var offset = 0
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    do throws(ChunkError) {
      while let event = try decoder?.next(span, from: &offset) {
        switch event {
        case .data(let range):
          take(UnsafeRawBufferPointer(rebasing: bytes[range]))
          if receivedCount > worker.settings.maxBodySize {
            failBody(
              .bodyTooLarge(limit: worker.settings.maxBodySize), status: 413,
              reason: "the request body is larger than the limit of \(worker.settings.maxBodySize)")
            return bytes.count
          }
        case .needMore:
          return bytes.count
        case .end:
          bodyDidEnd()
          return offset
        }
      }
    } catch {
      failBody(.invalidBody, status: error.status, reason: error.description)
    }
    return bytes.count
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    receivedCount += bytes.count
    guard !bytes.isEmpty else { return }
    if isDiscarding {
      hasDiscarded = true
      return
    }
    chunks.append(Array(bytes))
    queuedCount += bytes.count
  }

  private func bodyDidEnd() {
    body = .ended
    connection?.state.requestDidEnd()
    if case .ended = answer {} else { connection?.waitForHandler() }
  }

  /// The body broke a rule, a limit or a deadline. The client is told, if it has not had an answer yet.
  private func failBody(_ error: ServerError, status: Int, reason: String) {
    body = .failed(error)
    if let connection {
      switch answer {
      case .none, .claimed:
        answer = .ended
        connection.reject(status: status, reason: reason, isHEAD: head.knownMethod == .head)
      case .streaming: connection.reset()
      case .ended, .takenOver: connection.close()
      }
    }
    wakeBody()
  }

  func bodyTimedOut() { failBody(.invalidBody, status: 408, reason: "the request body did not arrive in time") }

  func bodyEndedEarly() { failBody(.invalidBody, status: 400, reason: "the connection ended before the request body did") }

  private func wakeBody() {
    let waiters = bodyWaiters
    bodyWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  // MARK: The body as the handler reads it

  nonisolated(nonsending) func nextBodyChunk() async throws -> [UInt8]? {
    while true {
      try Task.checkCancellation()
      if nextChunk < chunks.count {
        let chunk = chunks[nextChunk]
        nextChunk += 1
        queuedCount -= chunk.count
        if nextChunk == chunks.count {
          chunks.removeAll(keepingCapacity: true)
          nextChunk = 0
        }
        if queuedCount == 0 { expectBody() }
        return chunk
      }
      if hasDiscarded { throw ServerError.alreadyAnswered }
      switch body {
      case .ended: return nil
      case .failed(let error): throw error
      case .arriving:
        // An interim answer cannot follow the final one: what the client holds back by then, it keeps.
        if owesContinue, isStreaming { throw ServerError.alreadyAnswered }
        sendContinue()
        expectBody()
        await waitForBody()
      }
    }
  }

  private func expectBody() {
    guard case .arriving = body, let connection, !connection.interest.contains(.readable) else { return }
    connection.setDeadline(.body, after: worker.settings.bodyTimeout)
    connection.resumeReading()
  }

  /// Asks for the body a client holds back (RFC 9110 §10.1.1), now that somebody wants it.
  private func sendContinue() {
    guard owesContinue, let connection else { return }
    owesContinue = false
    connection.prepareOutput()
    ResponseSerializer.appendContinue(to: &connection.output.tail)
    connection.scheduleFlush()
  }

  private nonisolated(nonsending) func waitForBody() async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { bodyWaiters.append($0) }
    } onCancel: {
      reactor.execute { self.wakeBody() }
    }
  }

  /// Reads what the handler left of the body to its end, within the limits. A client that waits for `100 Continue` has not sent it
  /// and is not made to.
  private nonisolated(nonsending) func discardBody() async throws {
    guard case .arriving = body, !owesContinue else { return }
    isDiscarding = true
    if queuedCount > 0 { hasDiscarded = true }
    chunks = []
    nextChunk = 0
    queuedCount = 0
    while case .arriving = body {
      expectBody()
      await withUnsafeContinuation { bodyWaiters.append($0) }
    }
    if case .failed(let error) = body { throw error }
  }

  // MARK: The answer

  /// Sends a whole answer.
  nonisolated(nonsending) func respond(status: Int, fields: HTTPFields, body content: ResponseBody) async throws {
    switch content.storage {
    case .bytes(let bytes):
      try claim(status)
      try await discardBody()
      try beginAnswer(status, fields, contentLength: Int64(bytes.count))
      let connection = try openConnection()
      if sendsContent {
        connection.output.tail.append(contentsOf: bytes)
        written = Int64(bytes.count)
      }
      finishAnswer(connection)
    case .file(let file):
      // Before the answer is claimed: the handler may still answer that there is no such file.
      let region = try file.open()
      try claim(status)
      try await discardBody()
      try beginAnswer(status, fields, contentLength: region.remaining)
      let connection = try openConnection()
      if sendsContent, region.remaining > 0 {
        written = region.remaining
        connection.output.append(region)
      }
      finishAnswer(connection)
    case .stream(let length, let write):
      if let length, length < 0 { throw ServerError.invalidContentLength("\(length)") }
      try claim(status)
      try beginAnswer(status, fields, contentLength: length)
      // Nothing of it would be sent, and some bodies have no end.
      if sendsContent { try await write(ResponseWriter(exchange: self)) }
      try await finishStream()
    }
  }

  /// Sends an answer that a responder decided on, unless it is a task.
  nonisolated(nonsending) func send(_ response: Answer) async throws {
    switch response {
    case .prepared(let prepared):
      try claim(prepared.status)
      try await discardBody()
      let connection = try claimedConnection()
      if owesContinue { connection.state.forbidPersistence() }
      status = prepared.status
      sendsContent = head.knownMethod != .head
      written = Int64(prepared.bodyCount)
      connection.append(
        prepared, isHEAD: head.knownMethod == .head, requestVersion: head.version, additionalFields: additionalFields)
      finishAnswer(connection)
    case .bytes(let status, let fields, let bytes):
      let connection = try await beginLaidOutAnswer(status, fields, contentLength: Int64(bytes.count))
      if sendsContent { connection.output.tail.append(contentsOf: bytes) }
      finishAnswer(connection)
    case .file(let status, let fields, let region):
      let connection = try await beginLaidOutAnswer(status, fields, contentLength: region.remaining)
      if sendsContent, region.remaining > 0 { connection.output.append(region) }
      finishAnswer(connection)
    case .task:
      preconditionFailure("a task sends its answer itself")
    }
  }

  private func claimedConnection() throws(ServerError) -> Connection {
    guard case .claimed = answer else { throw .alreadyAnswered }
    return try openConnection()
  }

  private nonisolated(nonsending) func beginLaidOutAnswer(
    _ status: Int, _ fields: [(name: String, value: String)], contentLength: Int64
  ) async throws -> Connection {
    try claim(status)
    try await discardBody()
    let connection = try claimedConnection()
    let choice = ResponseFraming.choose(
      requestMethod: head.knownMethod, status: status, requestVersion: head.version, contentLength: contentLength)
    self.status = status
    sendsContent = choice.sendsContent
    written = contentLength
    if owesContinue { connection.state.forbidPersistence() }
    connection.appendHead(status: status, framing: choice.framing, requestVersion: head.version) { output in
      ResponseSerializer.appendValidFields(fields + additionalFields, to: &output)
    }
    connection.clearDeadline()
    return connection
  }

  /// Sends the head of an answer whose body follows through a writer.
  nonisolated(nonsending) func beginStream(status: Int, fields: HTTPFields) async throws {
    var length: Int64?
    if let text = fields[.contentLength] {
      guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text) else {
        throw ServerError.invalidContentLength(text)
      }
      length = number
    }
    try claim(status)
    try beginAnswer(status, fields, contentLength: length)
  }

  private func claim(_ status: Int) throws(ServerError) {
    guard (200...999).contains(status) else { throw .unsendableStatus(status) }
    guard case .none = answer else { throw .alreadyAnswered }
    guard connection != nil else { throw .connectionClosed }
    answer = .claimed
  }

  private func openConnection() throws(ServerError) -> Connection {
    guard let connection else { throw .connectionClosed }
    return connection
  }

  /// Queues the head. What is left of the request's body is read before a whole answer, and after a streamed one: a handler may read the one
  /// while it writes the other.
  private func beginAnswer(_ status: Int, _ fields: HTTPFields, contentLength: Int64?) throws(ServerError) {
    let connection = try claimedConnection()
    let choice = ResponseFraming.choose(
      requestMethod: head.knownMethod, status: status, requestVersion: head.version, contentLength: contentLength)
    self.status = status
    sendsContent = choice.sendsContent
    announced = contentLength
    // What the client holds back is not asked for any more, and may come or not: only the end of the connection is clear.
    if owesContinue || fields[.connection]?.lowercased() == "close" { connection.state.forbidPersistence() }
    connection.appendHead(status: status, framing: choice.framing, requestVersion: head.version) { output in
      for field in fields where !Self.isServersOwn(field.name) {
        ResponseSerializer.appendValidField(field.name.rawName, field.value, to: &output)
      }
      ResponseSerializer.appendValidFields(additionalFields, to: &output)
    }
    answer = .streaming(choice.framing)
    if case .arriving = body, !owesContinue {
      connection.setDeadline(.body, after: worker.settings.bodyTimeout)
    } else {
      connection.clearDeadline()
    }
    // The body may be long in coming. What is written in this turn leaves together with the head.
    connection.scheduleFlush()
  }

  /// Fields that say how the message is framed are the server's to write: a handler's word on them could only be wrong.
  private static func isServersOwn(_ name: HTTPField.Name) -> Bool {
    name == .contentLength || name == .transferEncoding || name == .connection || name == .date
  }

  /// Sends a piece of a streamed body. Suspends while more than the high-water mark waits for the client.
  nonisolated(nonsending) func write(_ bytes: [UInt8]) async throws {
    guard case .streaming(let framing) = answer else { throw ServerError.alreadyAnswered }
    let connection = try openConnection()
    guard !bytes.isEmpty else { return }
    if let announced, written + Int64(bytes.count) > announced {
      throw ServerError.bodyLengthMismatch(announced: announced, written: written + Int64(bytes.count))
    }
    written += Int64(bytes.count)
    guard sendsContent else {
      // For HEAD nothing waits for the client, so an endless body would have the thread to itself.
      await Task.yield()
      return try Task.checkCancellation()
    }
    connection.prepareOutput()
    if framing == .chunked { ResponseSerializer.appendChunkHeader(bytes.count, to: &connection.output.tail) }
    connection.output.tail.append(contentsOf: bytes)
    if framing == .chunked { ResponseSerializer.appendChunkEnd(to: &connection.output.tail) }
    connection.scheduleFlush()
    while let connection = self.connection, connection.output.byteCount > Connection.highWaterMark {
      await withUnsafeContinuation { outputWaiters.append($0) }
    }
    if self.connection == nil { throw ServerError.connectionClosed }
  }

  func outputProgressed(waiting count: Int) {
    if count <= Connection.highWaterMark / 2 { wakeOutput() }
  }

  private func wakeOutput() {
    let waiters = outputWaiters
    outputWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  nonisolated(nonsending) func finishStream() async throws {
    try await discardBody()
    guard case .streaming(let framing) = answer else { throw ServerError.alreadyAnswered }
    let connection = try openConnection()
    if let announced, sendsContent, written != announced {
      throw ServerError.bodyLengthMismatch(announced: announced, written: written)
    }
    if framing == .chunked, sendsContent {
      connection.prepareOutput()
      ResponseSerializer.appendLastChunk(to: &connection.output.tail)
    }
    finishAnswer(connection)
  }

  private func finishAnswer(_ connection: Connection) {
    answer = .ended
    worker.accessLog?.record(
      connection: connection, head: head, bytes: bytes, status: status, bodyBytes: sendsContent ? written : 0,
      milliseconds: reactor.now - began)
    connection.state.responseDidEnd()
    connection.scheduleFlush()
    connection.clearDeadline()
    detach(connection)
  }

  private func detach(_ connection: Connection) {
    self.connection = nil
    if connection.exchange === self { connection.exchange = nil }
    connection.advance()
  }

  // MARK: Takeover

  /// Gives the handler the connection itself, after an interim or final head that it chose.
  nonisolated(nonsending) func takeOver(status: Int?, fields: HTTPFields) async throws -> TakenConnection {
    guard case .none = answer else { throw ServerError.alreadyAnswered }
    guard connection != nil else { throw ServerError.connectionClosed }
    answer = .claimed
    try await discardBody()
    // Answers to earlier requests go first.
    self.connection?.flush()
    while let connection = self.connection, !connection.output.isEmpty {
      await withUnsafeContinuation { outputWaiters.append($0) }
    }
    let connection = try claimedConnection()
    answer = .takenOver
    if let status {
      connection.prepareOutput()
      ResponseSerializer.appendStatusLine(status, to: &connection.output.tail)
      for field in fields { ResponseSerializer.appendValidField(field.name.rawName, field.value, to: &connection.output.tail) }
      ResponseSerializer.appendHeadEnd(to: &connection.output.tail)
    }
    let head = connection.output.tail
    connection.output.removeAll()
    self.connection = nil
    connection.exchange = nil
    let taken = connection.giveAway()
    takenConnection = taken
    do {
      try await taken.write(head)
    } catch {
      taken.close()
      throw error
    }
    return taken
  }

  /// The lines of a field joined; nil without one.
  func value(of field: KnownField) -> String? {
    let bytes = bytes
    return head.combinedValue(of: field, in: bytes.span)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

extension ResponseSerializer {
  static func appendValidField(_ name: String, _ value: String, to output: inout [UInt8]) {
    // HTTPField refuses invalid names and values when it is made; this is the second lock on the same door.
    try? appendField(name, value, to: &output)
  }
}
