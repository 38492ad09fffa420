// The request's half of an exchange: its body as it arrives from the client, and as the handler reads it.

import HTTPCore
import Logging
import Reactor

extension Exchange {
  // MARK: As it arrives

  /// Takes what belongs to the body from the front of `bytes`; answers how much that was.
  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard body.isArriving, let connection else { return bytes.count }
    let (used, arrival) = body.receive(bytes, limit: worker.settings.maxBodySize)
    switch arrival {
    case .more(let isProgress):
      if isProgress { connection.setDeadline(.body, after: worker.settings.bodyTimeout) }
      if body.isFull {
        connection.pauseReading()
        connection.stopClock()
      }
    case .ended:
      connection.state.requestDidEnd()
      if !answer.hasEnded { connection.waitForHandler() }
    case .refused(let error, let status, let reason):
      failBody(error, status: status, reason: reason)
    }
    wakeBody()
    return used
  }

  /// The body broke a rule, a limit or a deadline. The client hears of it, if it has not had an answer yet.
  private func failBody(_ error: ServerError, status: Int, reason: String) {
    body.fail(error)
    if let connection {
      switch answer.state {
      case .none, .claimed:
        answer.end()
        worker.settings.logger.debug(
          "request refused in its body",
          metadata: [
            "reason": "\(reason)", "status": "\(status)", "target": "\(text(head.target))", "peer": "\(connection.peer)",
          ])
        bytes.withUnsafeBytes { connection.reject(status: status, reason: reason, head, $0) }
      case .streaming: connection.reset()
      case .ended, .takenOver: connection.close()
      }
    }
    wakeBody()
  }

  func bodyTimedOut() { failBody(.invalidBody, status: 408, reason: "the request body did not arrive in time") }

  func bodyEndedEarly() { failBody(.invalidBody, status: 400, reason: "the connection ended before the request body did") }

  func wakeBody() {
    for waiter in body.takeWaiters() { waiter.resume() }
  }

  // MARK: As the handler reads it

  nonisolated(nonsending) func nextBodyChunk() async throws -> [UInt8]? {
    while true {
      try Task.checkCancellation()
      switch body.next() {
      case .piece(let piece, let isLast):
        if isLast { expectBody() }
        return piece
      case .end: return nil
      case .failed(let error): throw error
      case .awaited:
        // An interim answer cannot follow the final one: what the client holds back by then, it keeps.
        if body.owesContinue, answer.isStreaming { throw ServerError.alreadyAnswered }
        sendContinue()
        expectBody()
        await waitForBody()
      }
    }
  }

  /// Puts a body that has been read to its end back.
  func restoreBody(_ whole: [UInt8]) { body.restore(whole) }

  private func expectBody() {
    guard body.isArriving, let connection, !connection.interest.contains(.readable) else { return }
    connection.setDeadline(.body, after: worker.settings.bodyTimeout)
    connection.resumeReading()
  }

  /// Asks for the body that a client holds back (RFC 9110 §10.1.1), now that it is wanted.
  private func sendContinue() {
    guard let connection, body.takeContinue() else { return }
    connection.prepareOutput()
    ResponseSerializer.appendContinue(to: &connection.output.tail)
    connection.scheduleFlush()
  }

  private nonisolated(nonsending) func waitForBody() async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { body.wait($0) }
    } onCancel: {
      reactor.execute { self.wakeBody() }
    }
  }

  /// Reads what the handler left of the body to its end, within the limits.
  nonisolated(nonsending) func discardBody() async throws {
    guard body.isOwed else { return }
    body.discard()
    while body.isArriving {
      expectBody()
      await withUnsafeContinuation { body.wait($0) }
    }
    if let failure = body.failure { throw failure }
  }
}
