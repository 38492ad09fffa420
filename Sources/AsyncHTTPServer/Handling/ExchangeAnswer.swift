// The answer's half of an exchange: one answer, whole or streamed, or the connection itself.

import HTTPCore
import Reactor

extension Exchange {
  /// Sends a whole answer from memory, if nothing of the request's body has to be waited for: false when it has to be,
  /// or for another kind of answer. Most answers are given so, and a call that cannot suspend is spared what the task
  /// does around each that can.
  func respondAtOnce(status: Int, fields: HTTPFields, body content: ResponseBody) throws(ServerError) -> Bool {
    guard let count = content.countInMemory, !body.isOwed, !answer.isDelivered else { return false }
    try claim(status)
    try finish(status, fields, content, count)
    return true
  }

  private func finish(_ status: Int, _ fields: HTTPFields, _ content: ResponseBody, _ count: Int) throws(ServerError) {
    let connection = try beginAnswer(status, fields, contentLength: Int64(count), content)
    if answer.sendsContent {
      let start = connection.output.tail.count
      content.append(to: &connection.output.tail)
      capture?.keepBody(connection.output.tail[start...])
      answer.wroteWhole(Int64(count))
    }
    finishAnswer(connection)
  }

  /// Sends a whole answer.
  nonisolated(nonsending) func respond(status: Int, fields: HTTPFields, body content: ResponseBody) async throws {
    switch content.storage {
    case .bytes, .text:
      try claim(status)
      try await discardBody()
      guard answer.isDelivered else { return try finish(status, fields, content, content.countInMemory ?? 0) }
      let bytes = content.bytesInMemory ?? []
      try beginAnswer(status, fields, contentLength: Int64(bytes.count), content).scheduleFlush()
      try await finishDelivered(bytes[...])
    case .file(let file):
      // Before the answer is claimed: the handler may still answer that there is no such file.
      var (status, fields) = (status, fields)
      let region = try file.open { decide(file, as: $0, &status, &fields) }
      try claim(status)
      try await discardBody()
      let connection = try beginAnswer(status, fields, contentLength: region.remaining, content)
      if answer.isDelivered {
        connection.scheduleFlush()
        return try await finishDelivered(region)
      }
      if answer.sendsContent, region.remaining > 0 {
        answer.wroteWhole(region.remaining)
        connection.output.append(region)
      }
      finishAnswer(connection)
    case .stream(let length, let write):
      if let length, length < 0 { throw ServerError.invalidContentLength("\(length)") }
      try claim(status)
      try beginAnswer(status, fields, contentLength: length, content).scheduleFlush()
      // Nothing of it would be sent, and some bodies have no end.
      if answer.sendsContent { try await write(ResponseWriter(exchange: self)) }
      try await finishStream()
    }
  }

  /// Sends an answer that a responder decided on, unless it is a task.
  nonisolated(nonsending) func send(_ response: Answer) async throws {
    if answer.isDelivered { return try await deliver(response) }
    switch response {
    case .prepared(let prepared):
      try claim(prepared.status)
      try await discardBody()
      let connection = try claimedConnection()
      if body.owesContinue { connection.state.forbidPersistence() }
      answer.headChosen(status: prepared.status, sendsContent: !head.knownMethod.isHEAD)
      answer.wroteWhole(Int64(prepared.bodyCount))
      connection.append(
        prepared, isHEAD: head.knownMethod.isHEAD, requestVersion: head.version, additionalFields: answer.additionalFields)
      if answer.sendsContent { capture?.keepBody(prepared.body) }
      finishAnswer(connection)
    case .bytes(let status, let fields, let bytes):
      let connection = try await beginLaidOutAnswer(status, fields, contentLength: Int64(bytes.count))
      if answer.sendsContent {
        connection.output.tail.append(contentsOf: bytes)
        capture?.keepBody(bytes)
      }
      finishAnswer(connection)
    case .file(let status, let fields, let region):
      let connection = try await beginLaidOutAnswer(status, fields, contentLength: region.remaining)
      if answer.sendsContent, region.remaining > 0 { connection.output.append(region) }
      finishAnswer(connection)
    case .task:
      preconditionFailure("a task sends its answer itself")
    }
  }

  func claimedConnection() throws(ServerError) -> Connection {
    try answer.checkClaim()
    return try openConnection()
  }

  private nonisolated(nonsending) func beginLaidOutAnswer(
    _ status: Int, _ fields: [FieldLine], contentLength: Int64
  ) async throws -> Connection {
    try claim(status)
    try await discardBody()
    let connection = try claimedConnection()
    let choice = ResponseFraming.choose(
      requestMethod: head.knownMethod, status: status, requestVersion: head.version, contentLength: contentLength)
    answer.headChosen(status: status, sendsContent: choice.sendsContent)
    answer.wroteWhole(contentLength)
    if body.owesContinue { connection.state.forbidPersistence() }
    connection.appendHead(status: status, framing: choice.framing, requestVersion: head.version) { output in
      ResponseSerializer.appendValidFields(fields + answer.additionalFields, to: &output)
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
    // The body may be long in coming. What is written in this turn leaves together with the head.
    try beginAnswer(status, fields, contentLength: length, .empty).scheduleFlush()
  }

  func claim(_ status: Int) throws(ServerError) {
    guard (200...999).contains(status) else { throw .unsendableStatus(status) }
    try claim()
  }

  func claim() throws(ServerError) {
    guard connection != nil || !answer.isOpen else { throw .connectionClosed }
    try answer.claim()
  }

  func openConnection() throws(ServerError) -> Connection {
    guard let connection else { throw .connectionClosed }
    return connection
  }

  /// Queues the head. What is left of the request's body is read before a whole answer, and after a streamed one: a
  /// handler may read the one while it writes the other.
  ///
  /// - Parameters:
  ///   - content: asked whether it is text, whose type is added, where the fields do not say the type.
  private func beginAnswer(
    _ status: Int, _ fields: HTTPFields, contentLength: Int64?, _ content: ResponseBody
  ) throws(ServerError) -> Connection {
    let connection = try claimedConnection()
    let contentLength = answer.hidesLength ? nil : contentLength
    let choice = ResponseFraming.choose(
      requestMethod: head.knownMethod, status: status, requestVersion: head.version, contentLength: contentLength)
    answer.headChosen(status: status, sendsContent: choice.sendsContent)
    // What the client holds back is not asked for any more, and may come or not: only the end of the connection is
    // clear.
    let asksForClose = fields.contains(.connection) && fields[.connection]?.lowercased() == "close"
    if body.owesContinue || asksForClose { connection.state.forbidPersistence() }
    connection.appendHead(status: status, framing: choice.framing, requestVersion: head.version) { output in
      var lacksType = true
      for field in fields {
        // As `isServersOwn`: most fields differ from these by their length alone.
        let name = field.name.canonicalName
        switch name.utf8.count {
        case 4, 10, 14, 17: if Self.isServersOwn(field.name) { continue }
        case 12: if name == "content-type" { lacksType = false }
        default: break
        }
        ResponseSerializer.append(field, to: &output)
      }
      if lacksType, content.isText, contentLength != 0, choice.framing != .none {
        ResponseSerializer.appendField(.contentType, "text/plain; charset=utf-8", to: &output)
      }
      ResponseSerializer.appendValidFields(answer.additionalFields, to: &output)
    }
    answer.streamBegan(choice.framing, announced: contentLength)
    if answer.isDelivered { answer.courseBegan(length: contentLength, now: reactor.now) }
    if body.isOwed {
      connection.setDeadline(.body, after: worker.settings.bodyTimeout)
    } else {
      connection.clearDeadline()
    }
    return connection
  }

  /// Fields that say how the message is framed are the server's to write: a handler's word on them could only be wrong.
  static func isServersOwn(_ name: HTTPField.Name) -> Bool {
    // Most fields are none of the four by their length alone.
    switch name.canonicalName.utf8.count {
    case 4, 10, 14, 17: break
    default: return false
    }
    return name == .contentLength || name == .transferEncoding || name == .connection || name == .date
  }

  /// Sends a piece of a streamed body. Suspends while more than the high-water mark waits for the client.
  nonisolated(nonsending) func write(_ bytes: [UInt8]) async throws {
    let framing = try answer.streamFraming()
    let connection = try openConnection()
    guard !bytes.isEmpty else { return }
    guard answer.sendsContent else {
      try answer.wrote(bytes.count)
      // For HEAD nothing waits for the client, so an endless body would have the thread to itself.
      await Task.yield()
      return try Task.checkCancellation()
    }
    if answer.isDelivered { return try await deliver(bytes[...]) }
    try queue(bytes[...], framing, on: connection)
    try await waitForRoom()
  }

  /// Queues a piece of a streamed body, which leaves with the turn.
  func queue(_ bytes: ArraySlice<UInt8>, _ framing: ResponseFraming, on connection: Connection) throws(ServerError) {
    try answer.wrote(bytes.count)
    connection.prepareOutput()
    if framing == .chunked { ResponseSerializer.appendChunkHeader(bytes.count, to: &connection.output.tail) }
    connection.output.tail.append(contentsOf: bytes)
    capture?.keepBody(bytes)
    if framing == .chunked { ResponseSerializer.appendChunkEnd(to: &connection.output.tail) }
    connection.scheduleFlush()
  }

  /// Suspends while more than the high-water mark waits for the client.
  nonisolated(nonsending) func waitForRoom() async throws {
    while let connection, connection.output.byteCount > Connection.highWaterMark {
      await withUnsafeContinuation { answer.wait($0) }
    }
    if connection == nil { throw ServerError.connectionClosed }
  }

  func outputProgressed(waiting count: Int) {
    if count <= Connection.highWaterMark / 2 { wakeOutput() }
  }

  func wakeOutput() {
    guard answer.hasWaiters else { return }
    for waiter in answer.takeWaiters() { waiter.resume() }
  }

  nonisolated(nonsending) func finishStream() async throws {
    try await discardBody()
    let framing = try answer.streamFraming()
    let connection = try openConnection()
    if answer.endsBroken { return breakOff(connection) }
    try answer.checkLength()
    if framing == .chunked, answer.sendsContent {
      connection.prepareOutput()
      ResponseSerializer.appendLastChunk(to: &connection.output.tail)
    }
    finishAnswer(connection)
  }

  /// Ends the account of the answer, of which observers hear now.
  func endAnswer(_ connection: Connection) {
    answer.end()
    report(on: connection)
  }

  /// Tells observers of the answer.
  func report(on connection: Connection) {
    guard worker.isObserved else { return }
    let account = account(on: connection)
    bytes.withUnsafeBytes { bytes in
      guard let capture else { return connection.report(account, head, bytes, .none) }
      body.captured.withUnsafeBytes { requestBody in
        capture.head.withUnsafeBytes { answerHead in
          capture.body.withUnsafeBytes { answerBody in
            let content = ExchangeContent(requestBody: requestBody, answerHead: answerHead, answerBody: answerBody)
            connection.report(account, head, bytes, content)
          }
        }
      }
    }
  }

  func finishAnswer(_ connection: Connection) {
    endAnswer(connection)
    connection.state.responseDidEnd()
    connection.clearDeadline()
    leaveConnection()
    if connection.exchange === self { connection.exchange = nil }
    connection.advance()
    // At once, unless requests that were waiting are being answered too: then all leave together.
    if !connection.isFlushScheduled { connection.flush() }
  }

  /// What observers hear of the answer.
  private func account(on connection: Connection) -> AnsweredRequest {
    var account = AnsweredRequest(status: answer.status, on: connection, began: began, requestID)
    account.sentBytes = answer.sentBytes
    account.receivedBytes = Int64(body.receivedCount)
    account.route = answer.route
    account.outcome = answer.outcome
    account.fault = answer.fault
    return account
  }

  // MARK: Takeover

  /// Gives the handler the connection itself, after an interim or final head that it chose.
  nonisolated(nonsending) func takeOver(status: Int?, fields: HTTPFields) async throws -> TakenConnection {
    try claim()
    try await discardBody()
    // Answers to earlier requests go first.
    self.connection?.flush()
    while let connection = self.connection, !connection.output.isEmpty {
      await withUnsafeContinuation { answer.wait($0) }
    }
    let connection = try claimedConnection()
    answer.takeOver()
    if let status {
      connection.prepareOutput()
      ResponseSerializer.appendStatusLine(status, to: &connection.output.tail)
      for field in fields { ResponseSerializer.append(field, to: &connection.output.tail) }
      ResponseSerializer.appendHeadEnd(to: &connection.output.tail)
    }
    let head = connection.output.tail
    connection.output.removeAll()
    leaveConnection()
    connection.exchange = nil
    let taken = connection.giveAway()
    answer.tookOver(taken)
    do {
      try await taken.write(head)
    } catch {
      taken.close()
      throw error
    }
    return taken
  }
}

extension ResponseSerializer {
  /// Appends a field of a handler's. Its type vouches for the name, and for the value but for some control octets, with
  /// which it is left out.
  static func append(_ field: HTTPField, to output: inout [UInt8]) {
    field.withUnsafeBytesOfValue { value in
      guard FieldSyntax.isValidValue(value.span) else { return }
      appendLine(field.name.rawName, value, to: &output)
    }
  }
}
