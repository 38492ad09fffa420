// What a connection writes: heads and bodies into its queue, the queue into its socket.

import HTTPCore
import Logging
import Reactor
import SystemPackage

extension Connection {
  /// Bytes that wait for the client before the handler of a streamed body is made to wait too, and requests behind it.
  static let highWaterMark = 262_144

  /// Whether a client that pipelines its requests has to take answers before more of them are made.
  var isOutputFull: Bool { output.isFull(limit: Self.highWaterMark) }

  // MARK: Queueing

  /// Makes room in the queue for an answer: a buffer that another connection is done with.
  func prepareOutput() {
    if output.tail.capacity == 0 { worker.lendBuffer(to: &output.tail) }
  }

  /// Appends the head of a final answer: status, the fields given, Date, framing, Connection, and the empty line.
  func appendHead(status: Int, framing: ResponseFraming, requestVersion: HTTPVersion, _ appendFields: (inout [UInt8]) -> Void) {
    prepareOutput()
    giveBackReservation()
    if worker.gate.isShut || framing == .untilClose { state.forbidPersistence() }
    let start = output.tail.count
    ResponseSerializer.appendStatusLine(status, to: &output.tail)
    appendFields(&output.tail)
    if worker.identifiesRequests { appendRequestID(replacingLinesFrom: start) }
    ResponseSerializer.appendHeadEnd(
      date: worker.currentDate, framing: framing, persists: !state.announcesClose, requestVersion: requestVersion, to: &output.tail)
    if worker.isObserved { exchange?.capture?.keepHead(output.tail[start...]) }
  }

  /// Appends an answer that was laid out at load. The common case is one copy, and the date written over its slot.
  func append(
    _ response: PreparedResponse, isHEAD: Bool, requestVersion: HTTPVersion, additionalFields: [FieldLine] = []
  ) {
    prepareOutput()
    giveBackReservation()
    let start = output.tail.count
    if state.announcesClose || !requestVersion.isAtLeast11 || !additionalFields.isEmpty || worker.identifiesRequests {
      output.tail.append(contentsOf: response.bytes[..<(response.bodyOffset - 2)])
      // Before fields that come between move what is behind them.
      ResponseSerializer.overwriteDate(at: start + response.dateOffset, with: worker.currentDate, in: &output.tail)
      ResponseSerializer.appendValidFields(additionalFields, to: &output.tail)
      if worker.identifiesRequests { appendRequestID(replacingLinesFrom: response.hasRequestID ? start : output.tail.count) }
      ResponseSerializer.appendFraming(.none, persists: !state.announcesClose, requestVersion: requestVersion, to: &output.tail)
      ResponseSerializer.appendHeadEnd(to: &output.tail)
      if !isHEAD { output.tail.append(contentsOf: response.bytes[response.bodyOffset...]) }
    } else {
      if isHEAD {
        output.tail.append(contentsOf: response.bytes[..<response.bodyOffset])
      } else {
        response.bytes.withUnsafeBufferPointer { output.tail.append(contentsOf: $0) }
      }
      ResponseSerializer.overwriteDate(at: start + response.dateOffset, with: worker.currentDate, in: &output.tail)
    }
    if worker.isObserved, let capture = exchange?.capture {
      let bodyCount = isHEAD ? 0 : response.bodyCount
      capture.keepHead(output.tail[start..<(output.tail.count - bodyCount)])
    }
  }

  /// The id of the request that is answered, for a client that asks what became of it.
  private func appendRequestID(replacingLinesFrom start: Int) {
    guard let id = exchange == nil ? worker.currentRequestID : exchange?.requestID else { return }
    ResponseSerializer.append(id, replacingLinesFrom: start, in: &output.tail)
  }

  // MARK: The server's own answers

  /// Answers a head that broke a rule, and ends the connection: where the next request would begin is not known.
  /// `bytes` are what was read of it.
  func reject(_ error: HeadError, read bytes: UnsafeRawBufferPointer) {
    let line = AccessLogBuffer.requestLine(in: bytes.assumingMemoryBound(to: UInt8.self).span)
    worker.settings.logger.debug(
      "malformed request",
      metadata: [
        "reason": "\(error)", "status": "\(error.status)", "line": "\(String(decoding: bytes[line], as: UTF8.self))", "peer": "\(peer)",
      ])
    reject(status: error.status, reason: error.description, read: bytes)
  }

  /// The same for another reason.
  func reject(status: Int, reason: String, read bytes: UnsafeRawBufferPointer) {
    if worker.identifiesRequests { worker.identifyMalformed() }
    let count = endWith(status: status, reason: reason, isHEAD: false, fields: [])
    if worker.isObserved {
      let id = worker.identifiesRequests ? worker.currentRequestID : nil
      var account = AnsweredRequest(status: status, on: self, began: worker.requestStart, id)
      account.sentBytes = count
      reportMalformed(account, read: bytes)
    }
    didReject()
  }

  /// Answers a request that must not be served as it is, and ends the connection.
  func reject(status: Int, reason: String, _ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer) {
    let start = output.tail.count
    let fields = handlerFields(head, bytes.assumingMemoryBound(to: UInt8.self).span)
    let count = endWith(status: status, reason: reason, isHEAD: head.knownMethod.isHEAD, fields: fields)
    if let exchange {
      exchange.answer.answeredByServer(status: status, count: count)
      exchange.report(on: self)
    } else if worker.isObserved {
      reportServerAnswer(status: status, count: Int(count), head, bytes, from: start)
    }
    didReject()
  }

  /// Tells observers of an answer of the server itself to a request without an exchange.
  private func reportServerAnswer(
    status: Int, count: Int, _ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, from start: Int
  ) {
    let id = worker.identifiesRequests ? worker.currentRequestID : nil
    var account = AnsweredRequest(status: status, on: self, began: worker.requestStart, id)
    account.sentBytes = Int64(count)
    reportImmediate(account, head, bytes, from: start, bodyCount: count)
  }

  private func endWith(status: Int, reason: String, isHEAD: Bool, fields: [FieldLine]) -> Int64 {
    worker.counters.rejected.add()
    pending = []
    state.rejectInput()
    return appendServerAnswer(status: status, reason: reason, isHEAD: isHEAD, fields: fields)
  }

  private func didReject() {
    partialHead = nil
    state.responseDidEnd()
    exchange?.connectionDidEnd()
    exchange = nil
    clearDeadline()
    advance()
    scheduleFlush()
  }

  /// What the handler adds to an answer of the server itself.
  func handlerFields(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> [FieldLine] {
    (ownHandler ?? worker.handler)?.immediate?.fieldsOfServerAnswer(to: head, bytes: bytes) ?? []
  }

  /// Queues an answer of the server itself, plain text that says what is wrong; answers how many octets of body it has.
  @discardableResult
  func appendServerAnswer(status: Int, reason: String, isHEAD: Bool = false, fields: [FieldLine] = [])
    -> Int64
  {
    let body = Array("\(status) \(ReasonPhrase.phrase(for: status))\(reason.isEmpty ? "" : ": ")\(reason)\n".utf8)
    appendHead(status: status, framing: .length(Int64(body.count)), requestVersion: .http11) { output in
      ResponseSerializer.appendField(.contentType, "text/plain; charset=utf-8", to: &output)
      ResponseSerializer.appendValidFields(fields, to: &output)
    }
    if !isHEAD {
      output.tail.append(contentsOf: body)
      exchange?.capture?.keepBody(body)
    }
    return isHEAD ? 0 : Int64(body.count)
  }

  /// `OPTIONS *` asks what the server as a whole can do (RFC 9110 §9.3.7).
  func answerServerOptions(_ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer) {
    // The body is not read, so the connection ends here, and the answer must say so.
    if state.isReceivingRequest { state.forbidPersistence() }
    let start = output.tail.count
    appendHead(status: 204, framing: .none, requestVersion: head.version) { output in
      ResponseSerializer.appendValidFields([FieldLine("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")], to: &output)
    }
    if worker.isObserved { reportServerAnswer(status: 204, count: 0, head, bytes, from: start) }
    finishImmediate()
  }

  /// An answer was queued without a task. The caller that had the request parsed sends it, together with those to the
  /// requests behind it.
  func finishImmediate() {
    state.responseDidEnd()
    _ = state.next()
  }

  // MARK: Sending

  /// Has the queue sent at the end of this turn, together with whatever is added until then.
  func scheduleFlush() {
    guard !isFlushScheduled, isOpen else { return }
    isFlushScheduled = true
    reactor.atEndOfTurn(self)
  }

  func turnEnded(on reactor: Reactor) {
    isFlushScheduled = false
    flush()
  }

  func flush() {
    guard isOpen else { return }
    if !output.isEmpty {
      let progress: OutputQueue.Progress
      var sent = 0
      do throws(Errno) {
        progress = try output.send(to: descriptor, count: &sent)
      } catch {
        return abort()
      }
      worker.counters.sentBytes.add(sent)
      switch progress {
      case .truncated:
        return reset()
      case .blocked:
        setInterest(interest.union(.writable))
        setDeadline(.write, after: worker.settings.writeTimeout)
        exchange?.outputProgressed(waiting: output.byteCount)
        return
      case .drained:
        if interest.contains(.writable) { setInterest(interest.subtracting(.writable)) }
        worker.takeBack(&output.tail)
      }
    }
    drained()
  }

  private func drained() {
    switch state.phase {
    case .closed: closeUnlessUnread()
    case .lingering: linger()
    case .idle:
      // In the next turn at the earliest: others have theirs between.
      if !pending.isEmpty { return answerPending() }
      if currentDeadline != .head { becomeIdle() }
      // Told to end while its last answer was being sent.
      if state.announcesClose { drain() }
    case .exchange:
      if currentDeadline == .write {
        if state.isReceivingRequest { setDeadline(.body, after: worker.settings.bodyTimeout) } else { clearDeadline() }
      }
      if peerHasStopped, currentDeadline == .none { bidFarewell() }
      exchange?.outputProgressed(waiting: 0)
    }
  }
}
