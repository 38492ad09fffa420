// An answer on its way by a delivery (Answering/Delivery.swift): after a wait, at a pace, or not as it should be.
//
//   begin ── waits ──▶ fault in place of the answer ──▶ the connection ends
//                 └──▶ the answer is made ──▶ head ──▶ deliver its body in steps ──▶ end, or break

import HTTPCore
import Reactor

extension Exchange {
  /// Octets that no client takes for a status line (RFC 9112 §4).
  private static let garbage: [UInt8] = Array("\u{16}\u{3}\u{1}\0garbage: these octets are not HTTP\0\u{7f}\r\r\n".utf8)
  /// A line that is not the size of a chunk, and what would be its data.
  private static let brokenChunk: [UInt8] = Array("xyz\r\nthe size of this chunk is not a number\r\n".utf8)

  /// Waits as the delivery says, and has the answer that is given next travel by it. False where a fault has taken the
  /// place of the answer. Throws CancellationError when the client goes or the server ends, and what `respond` throws.
  nonisolated(nonsending) func begin(_ delivery: Delivery) async throws -> Bool {
    if let wait = delivery.wait?.inMilliseconds, wait > 0 { try await reactor.sleep(milliseconds: wait) }
    if delivery.fault != nil { answer.outcome = .fault }
    guard let fault = delivery.fault, fault.replacesAnswer else {
      if delivery.rate != nil || delivery.fault != nil { answer.travel(BodyCourse(delivery)) }
      return true
    }
    try claim()
    try await discardBody()
    try await replaceAnswer(by: fault)
    return false
  }

  private nonisolated(nonsending) func replaceAnswer(by fault: Delivery.Fault) async throws {
    // Answers to earlier requests go first.
    connection?.flush()
    while let connection, !connection.output.isEmpty { await withUnsafeContinuation { answer.wait($0) } }
    if fault == .stall {
      while connection != nil, !isDraining { await withUnsafeContinuation { answer.wait($0) } }
    }
    let connection = try claimedConnection()
    answer.headChosen(status: 0, sendsContent: false)
    connection.state.forbidPersistence()
    switch fault {
    case .reset:
      endAnswer(connection)
      leaveConnection()
      connection.exchange = nil
      return connection.reset()
    case .garbage:
      connection.prepareOutput()
      connection.output.tail.append(contentsOf: Self.garbage)
    case .empty, .stall, .malformedChunk, .truncate: break
    }
    finishAnswer(connection)
  }

  /// The connection takes no further exchange. A stalled answer has been waiting for that, and a pause ends.
  func serverDrains() {
    answer.isDraining = true
    wakeOutput()
  }

  private var isDraining: Bool { worker.isDraining || answer.isDraining }

  /// Waits, or until the connection takes no further exchange: then false. Throws CancellationError when the client
  /// goes.
  nonisolated(nonsending) func pause(_ delay: Milliseconds) async throws -> Bool {
    if delay > 0, connection != nil, !isDraining {
      let pause = Pause(self)
      let timer = reactor.setTimer(after: delay, pause)
      // What waits on the answer is woken for other reasons too.
      while connection != nil, !isDraining, !pause.isOver { await withUnsafeContinuation { answer.wait($0) } }
      reactor.cancelTimer(timer)
    }
    if connection == nil { throw CancellationError() }
    return !isDraining
  }

  /// Wakes what waits on an answer when its time has come. Confined to the reactor's thread, hence `@unchecked
  /// Sendable`.
  private final class Pause: TimerTarget, @unchecked Sendable {
    private let exchange: Exchange
    private(set) var isOver = false

    init(_ exchange: Exchange) { self.exchange = exchange }

    func timerFired(_ timer: TimerID, on reactor: Reactor) {
      isOver = true
      exchange.wakeOutput()
    }
  }

  // MARK: Bodies

  /// Sends an answer that a responder decided on, unless it is a task, in the steps of its delivery.
  nonisolated(nonsending) func deliver(_ response: Answer) async throws {
    switch response {
    case .prepared(let prepared):
      try await beginDelivered(prepared.status, length: Int64(prepared.bodyCount)) {
        $0.append(contentsOf: prepared.fieldLines)
      }
      try await finishDelivered(prepared.body)
    case .bytes(let status, let fields, let bytes):
      try await beginDelivered(status, length: Int64(bytes.count)) { ResponseSerializer.appendValidFields(fields, to: &$0) }
      try await finishDelivered(bytes[...])
    case .file(let status, let fields, let region):
      try await beginDelivered(status, length: region.remaining) { ResponseSerializer.appendValidFields(fields, to: &$0) }
      try await finishDelivered(region)
    case .task:
      preconditionFailure("a task sends its answer itself")
    }
  }

  private nonisolated(nonsending) func beginDelivered(
    _ status: Int, length: Int64, _ appendFields: (inout [UInt8]) -> Void
  ) async throws {
    try claim(status)
    try await discardBody()
    let connection = try claimedConnection()
    let contentLength = answer.hidesLength ? nil : length
    let choice = ResponseFraming.choose(
      requestMethod: head.knownMethod, status: status, requestVersion: head.version, contentLength: contentLength)
    answer.headChosen(status: status, sendsContent: choice.sendsContent)
    if body.owesContinue { connection.state.forbidPersistence() }
    connection.appendHead(status: status, framing: choice.framing, requestVersion: head.version) { output in
      appendFields(&output)
      ResponseSerializer.appendValidFields(answer.additionalFields, to: &output)
    }
    answer.streamBegan(choice.framing, announced: contentLength)
    answer.courseBegan(length: contentLength, now: reactor.now)
    connection.clearDeadline()
    connection.scheduleFlush()
  }

  /// Sends a whole body in steps, and ends the answer.
  nonisolated(nonsending) func finishDelivered(_ bytes: ArraySlice<UInt8>) async throws {
    if answer.sendsContent { try await deliver(bytes) }
    if answer.isStreaming { try await finishStream() }
  }

  /// The same with a stretch of a file, which is read as it goes.
  nonisolated(nonsending) func finishDelivered(_ region: FileRegion) async throws {
    while answer.sendsContent, answer.isStreaming, region.remaining > 0 { try await deliver(try region.read(atMost: 65_536)[...]) }
    if answer.isStreaming { try await finishStream() }
  }

  /// Sends a piece of a body in steps, or as much of it as is meant to go.
  nonisolated(nonsending) func deliver(_ bytes: ArraySlice<UInt8>) async throws {
    var rest = bytes
    while !rest.isEmpty {
      let framing = try answer.streamFraming()
      let connection = try openConnection()
      switch answer.nextStep(rest.count, now: reactor.now) {
      case .pause(let delay):
        try await reactor.sleep(milliseconds: delay)
      case .send(let count):
        try queue(rest.prefix(count), framing, on: connection)
        rest = rest.dropFirst(count)
        try await waitForRoom()
      case .breakChunk(let count):
        if count > 0 { try queue(rest.prefix(count), framing, on: connection) }
        connection.prepareOutput()
        if framing == .chunked { connection.output.tail.append(contentsOf: Self.brokenChunk) }
        return breakOff(connection)
      case .breakOff:
        return breakOff(connection)
      }
    }
  }

  /// Ends the answer and the connection short of what the head has promised: what is queued goes out, and then the end
  /// of the stream.
  func breakOff(_ connection: Connection) {
    answer.breakOff()
    connection.state.forbidPersistence()
    finishAnswer(connection)
  }
}
