// What a connection reads: heads, bodies, and what follows them.

import HTTPCore
import Reactor
import SystemPackage

extension Connection {
  /// The most that is kept of requests that follow the one being answered, before reading stops.
  private static let maxPendingBytes = 65_536

  func receive() {
    let count: Int?
    do throws(Errno) {
      count = try Syscalls.receive(descriptor, into: reactor.scratch)
    } catch {
      return abort()
    }
    guard let count else { return }
    if count == 0 { return inputEnded() }
    worker.counters.receivedBytes.add(count)
    received(UnsafeRawBufferPointer(rebasing: reactor.scratch[..<count]))
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    switch state.phase {
    case .idle:
      // Behind requests that wait for the answers before them to leave.
      guard pending.isEmpty else { return keep(bytes) }
      isAnsweringRead = true
      process(bytes)
      flush()
      isAnsweringRead = false
    case .exchange:
      if let exchange, state.isReceivingRequest {
        let used = exchange.receiveBody(bytes)
        keep(UnsafeRawBufferPointer(rebasing: bytes[used...]))
        if !state.isReceivingRequest { advance() }
      } else {
        keep(bytes)
      }
    case .lingering:
      dropped(bytes.count)
    case .closed:
      // The last answer is not sent yet, and the client goes on: it must not be answered with a reset.
      state.lingerInstead()
    }
  }

  /// Sets aside what cannot be processed before the exchange in hand has ended, or the answers before it have left, and
  /// stops reading: the rest waits in the kernel. After the last exchange nothing is processed, so nothing is kept.
  private func keep(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty, isOpen else { return }
    state.inputFollows()
    if !state.announcesClose || state.isIdle { pending.append(contentsOf: bytes) }
    if pending.count >= Self.maxPendingBytes || exchange != nil || state.isIdle { setInterest(interest.subtracting(.readable)) }
  }

  private func inputEnded() {
    state.inputDidEnd()
    peerHasStopped = true
    setInterest(interest.subtracting(.input))
    if let exchange {
      if state.isReceivingRequest { exchange.bodyEndedEarly() } else { bidFarewell() }
    } else if partialHead != nil {
      // No client waits for the answer to half a head.
      partialHead = nil
    }
    if isOpen { advance() }
  }

  // MARK: Heads

  /// Parses and dispatches as many requests as `bytes` holds whole; keeps the rest. Answers gather in the output queue.
  private func process(_ bytes: UnsafeRawBufferPointer) {
    guard let partial = partialHead.take() else { return processWhole(bytes) }
    partial.bytes.append(contentsOf: bytes)
    partial.bytes.withUnsafeBytes { gathered in
      do throws(HeadError) {
        guard try partial.parser.parse(gathered.assumingMemoryBound(to: UInt8.self).span) else {
          partialHead = partial
          return
        }
      } catch {
        return reject(error, read: gathered)
      }
      var rest = gathered
      begin(&partial.parser, &rest)
      processWhole(rest)
    }
  }

  private func processWhole(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty, state.isIdle, isOpen, !isOutputFull else { return keep(bytes) }
    var rest = bytes
    let reader = worker.takeReader()
    repeat {
      reader.parser.reset()
      do throws(HeadError) {
        guard try reader.parser.parse(rest.assumingMemoryBound(to: UInt8.self).span) else { return keepPartialHead(rest, reader) }
      } catch {
        return reject(error, read: rest)
      }
      begin(&reader.parser, &rest)
    } while !rest.isEmpty && state.isIdle && isOpen && !isOutputFull
    worker.takeBack(consume reader)
    keep(rest)
  }

  private func keepPartialHead(_ bytes: UnsafeRawBufferPointer, _ reader: HeadReader) {
    reader.bytes = Array(bytes)
    partialHead = reader
    setDeadline(.head, after: worker.settings.headTimeout)
  }

  /// One whole head lies at the start of `rest`. Leaves in `rest` what follows the part of the request that was used.
  /// The parser is lent rather than its head passed, which would be copied.
  private func begin(_ parser: inout HeadParser, _ rest: inout UnsafeRawBufferPointer) {
    let bytes = UnsafeRawBufferPointer(rebasing: rest[..<parser.head.byteCount])
    guard !answerWithoutTask(parser.head, &rest) else { return }
    guard let source = ownHandler ?? worker.handler else {
      return reject(status: 503, reason: "the server has no handler", parser.head, bytes)
    }
    if worker.gate.isCrowded, hasLeft {
      worker.counters.refused.add()
      return reject(
        status: 503, reason: "the server is short of file descriptors, and serves those first who have not closed their side", parser.head,
        bytes)
    }
    worker.reserve(&reservation)
    let task = worker.takeTask()
    let exchange = task.exchange(on: self)
    exchange.begin(on: self, &parser, bytes)
    self.exchange = exchange
    if state.isReceivingRequest {
      setDeadline(.body, after: worker.settings.bodyTimeout)
      if !rest.isEmpty {
        let used = exchange.receiveBody(rest)
        rest = UnsafeRawBufferPointer(rebasing: rest[used...])
      }
    } else {
      waitForHandler()
    }
    if self.exchange === exchange { exchange.start(task, source) } else { task.withdraw() }
  }

  /// Answers what is the server's own to answer, and what the handler answers at once; false when a task is needed.
  @inline(__always)
  private func answerWithoutTask(_ head: borrowing RequestHead, _ rest: inout UnsafeRawBufferPointer) -> Bool {
    worker.counters.requests.add()
    let bytes = UnsafeRawBufferPointer(rebasing: rest[..<head.byteCount])
    if worker.identifiesRequests { worker.identify(head, bytes, from: peer) }
    rest = UnsafeRawBufferPointer(rebasing: rest[head.byteCount...])
    state.requestBegan(persists: head.persists, hasBody: head.hasBody)
    if !head.hasBody, !rest.isEmpty { state.inputFollows() }
    if worker.gate.isShut { state.forbidPersistence() }

    if head.schemeIsHTTPS, !worker.settings.trustedProxies.trusts(peer) {
      // RFC 9110 §7.4: what is asked for over https must not be answered over a connection without TLS. A
      // gateway that is trusted may have done that.
      reject(status: 421, reason: "the request is for https, and this connection is not secured", head, bytes)
      return true
    }
    if case .length(let length) = head.framing, length > UInt64(worker.settings.maxBodySize) {
      reject(
        status: 413, reason: "the request body of \(length) bytes is larger than the limit of \(worker.settings.maxBodySize)",
        head, bytes)
      return true
    }
    if case .asterisk = head.targetForm {
      // RFC 9110 §9.3.7: about the server as a whole, so no route is asked.
      answerServerOptions(head, bytes)
      return true
    }
    guard case .none = head.framing, worker.answerImmediately(head, bytes, on: self) else { return false }
    finishImmediate()
    return true
  }

  // MARK: After an exchange

  /// Goes on to whatever follows from the state: the next request, if it is there already, or the end.
  func advance() {
    guard isOpen else { return }
    switch state.next() {
    case .proceed:
      break
    case .awaitRequest:
      exchange = nil
      if pending.isEmpty {
        resumeReading()
        if output.isEmpty { becomeIdle() }
      } else {
        answerPending()
      }
    case .linger:
      exchange = nil
      if output.isEmpty { linger() } else { sendRest() }
    case .close:
      exchange = nil
      if output.isEmpty { closeUnlessUnread() } else { sendRest() }
    }
  }

  /// Goes on with requests that had to wait.
  func answerPending() {
    let bytes = pending
    pending = []
    bytes.withUnsafeBytes { process($0) }
    if pending.isEmpty, state.isIdle || state.isReceivingRequest { resumeReading() }
    scheduleFlush()
  }

  /// Sends what is left of the last answer. Whatever the client has still to say is dropped meanwhile: one that reads
  /// only when it has sent everything would wait for ever otherwise.
  private func sendRest() {
    resumeReading()
    scheduleFlush()
  }

  /// Everything is sent. With input unread, close(2) would send a reset, and discard what the client has not yet
  /// acknowledged. An answer given at once has left no time for any to come.
  func closeUnlessUnread() {
    if isAnsweringRead { return close() }
    guard state.expectsInput, let count = (try? Syscalls.peek(descriptor)) ?? nil, count > 0 else { return close() }
    state.lingerInstead()
    linger()
  }

  func resumeReading() {
    guard state.expectsInput else { return }
    setInterest(interest.union(.input))
  }

  func pauseReading() { setInterest(interest.subtracting(.readable)) }
}
