// The request's half of an exchange: its body as it arrives from the client, and as the handler reads it.

import HTTPCore
import Logging
import Reactor

extension Exchange {
  // MARK: As it arrives

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
        connection.pauseReading()
        connection.stopClock()
      }
    }
    wakeBody()
    return used
  }

  func decodeChunks(_ bytes: UnsafeRawBufferPointer) -> Int {
    var offset = 0
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    do throws(ChunkError) {
      while let event = try decoder?.next(span, from: &offset) {
        switch event {
        case .data(let range):
          take(UnsafeRawBufferPointer(rebasing: bytes[range]))
          if exceedsLimit() { return bytes.count }
        case .needMore:
          _ = exceedsLimit()
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

  /// Ends a chunked body that is over the limit, or will be: a chunk says how long it is before it comes.
  private func exceedsLimit() -> Bool {
    let limit = worker.settings.maxBodySize
    guard let decoder, UInt64(receivedCount) + decoder.announcedBytes > UInt64(limit) else { return false }
    failBody(.bodyTooLarge(limit: limit), status: 413, reason: "the request body is larger than the limit of \(limit)")
    return true
  }

  func take(_ bytes: UnsafeRawBufferPointer) {
    receivedCount += bytes.count
    guard !bytes.isEmpty else { return }
    if isDiscarding {
      hasDiscarded = true
      return
    }
    chunks.append(Array(bytes))
    queuedCount += bytes.count
  }

  func bodyDidEnd() {
    body = .ended
    connection?.state.requestDidEnd()
    if case .ended = answer {} else { connection?.waitForHandler() }
  }

  /// The body broke a rule, a limit or a deadline. The client is told, if it has not had an answer yet.
  func failBody(_ error: ServerError, status: Int, reason: String) {
    body = .failed(error)
    if let connection {
      switch answer {
      case .none, .claimed:
        answer = .ended
        worker.settings.logger.debug(
          "request refused in its body",
          metadata: [
            "reason": "\(reason)", "status": "\(status)", "target": "\(text(head.target))", "peer": "\(connection.peer)",
          ])
        bytes.withUnsafeBytes { connection.reject(status: status, reason: reason, head, $0, began: began) }
      case .streaming: connection.reset()
      case .ended, .takenOver: connection.close()
      }
    }
    wakeBody()
  }

  func bodyTimedOut() { failBody(.invalidBody, status: 408, reason: "the request body did not arrive in time") }

  func bodyEndedEarly() { failBody(.invalidBody, status: 400, reason: "the connection ended before the request body did") }

  func wakeBody() {
    if bodyWaiters.isEmpty { return }
    let waiters = bodyWaiters
    bodyWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  // MARK: As the handler reads it

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

  /// Puts a body that has been read to its end back.
  func restoreBody(_ whole: [UInt8]) {
    chunks = whole.isEmpty ? [] : [whole]
    nextChunk = 0
    queuedCount = whole.count
  }

  func expectBody() {
    guard case .arriving = body, let connection, !connection.interest.contains(.readable) else { return }
    connection.setDeadline(.body, after: worker.settings.bodyTimeout)
    connection.resumeReading()
  }

  /// Asks for the body a client holds back (RFC 9110 §10.1.1), now that somebody wants it.
  func sendContinue() {
    guard owesContinue, let connection else { return }
    owesContinue = false
    connection.prepareOutput()
    ResponseSerializer.appendContinue(to: &connection.output.tail)
    connection.scheduleFlush()
  }

  nonisolated(nonsending) func waitForBody() async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { bodyWaiters.append($0) }
    } onCancel: {
      reactor.execute { self.wakeBody() }
    }
  }

  /// Whether some of the body has yet to come before a whole answer is sent.
  var owesBody: Bool { if case .arriving = body { !owesContinue } else { false } }

  /// Reads what the handler left of the body to its end, within the limits. A client that waits for `100 Continue` has
  /// not sent it and is not made to.
  nonisolated(nonsending) func discardBody() async throws {
    guard owesBody else { return }
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
}
