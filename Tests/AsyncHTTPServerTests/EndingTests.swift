// The end of a server, met by a connection in each of the states it may be in: `close()`, `shutdown(gracePeriod:)` with a client that does its part,
// and with one that does not.

import AsyncHTTPServer
import Glibc
import Reactor
import Synchronization
import SystemPackage
import Testing

@Suite struct EndingTests {
  enum State: CaseIterable {
    /// Accepted; nothing is sent, ever.
    case new
    /// Accepted; the first request comes when the end has begun.
    case late
    case partialHead
    case bodyArriving
    /// The handler has not answered yet.
    case handlerWaiting
    /// The same, and another request has arrived behind it.
    case pipelined
    /// The client does not read, so the handler that streams to it waits.
    case streaming
    case sendingFile
    /// The last answer is sent, and the client goes on sending.
    case lingering
    case takenOver
    /// Kept, after an answer.
    case idle

    /// What a client sees that is cut off: a broken answer must not be taken for a whole one.
    var isReset: Bool { self == .streaming || self == .sendingFile }

    /// Whether a client waits for an answer that has not begun.
    var awaitsAnswer: Bool { self == .bodyArriving || self == .handlerWaiting || self == .pipelined }
  }

  @Test func `close ends a connection in every state`() async {
    await #expect(processExitsWith: .success) {
      for state in State.allCases {
        try await Stage.play(state) { stage, wire in
          stage.server.close()
          await Self.expectCutOff(wire, state)
        }
      }
    }
  }

  @Test func `shutdown lets a connection in every state come to its end`() async {
    await #expect(processExitsWith: .success) {
      for state in State.allCases {
        try await Stage.play(state) { stage, wire in
          let ending = Task { await stage.server.shutdown(gracePeriod: .seconds(3600)) }
          try await stage.awaitDrain()
          try await stage.finish(state, wire)
          await ending.value
        }
      }
    }
  }

  @Test func `shutdown cuts off a connection in every state after the grace period`() async {
    await #expect(processExitsWith: .success) {
      for state in State.allCases {
        try await Stage.play(state) { stage, wire in
          await stage.server.shutdown(gracePeriod: .milliseconds(20))
          if state.awaitsAnswer { try await Self.expectRefusal(wire, state) } else { await Self.expectCutOff(wire, state) }
        }
      }
    }
  }

  @Test func `connections that wait in the kernel's queue are served before the server ends`() async throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let isHeld = Mutex(true)
    let serving = Task {
      try await server.serve { request in
        // The thread stands still: nothing is accepted meanwhile.
        while request.target.raw == "/hold", isHeld.withLock({ $0 }) { sched_yield() }
        try await request.respond(.ok, "served")
      }
    }
    let holder = try await Wire.connect(to: address)
    try await holder.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
    await waitFor("the request") { server.metrics.requests == 1 }
    var queued: [Wire] = []
    for _ in 0..<20 {
      let wire = try await Wire.connect(to: address)
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      queued.append(wire)
    }
    let ending = Task { await server.shutdown(gracePeriod: .seconds(3600)) }
    // The word to end lies before the thread by now, ahead of what is queued.
    await waitFor("the end to begin") { server.localAddress == nil }
    isHeld.withLock { $0 = false }
    for wire in queued {
      let answer = try await wire.receiveAll()
      #expect(answer.contains("\r\nConnection: close\r\n") && answer.hasSuffix("served"))
      wire.close()
    }
    #expect(try await holder.receiveAll().hasSuffix("served"))
    holder.close()
    await ending.value
    try await serving.value
  }

  private static func expectRefusal(_ wire: Wire, _ state: State) async throws {
    let answer = try await wire.receiveAll()
    #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && answer.contains("\r\nConnection: close\r\n"), "\(state): \(answer)")
  }

  private static func expectCutOff(_ wire: Wire, _ state: State) async {
    do {
      let rest = try await wire.receiveAll()
      #expect(!state.isReset && rest == "", "\(state)")
    } catch {
      #expect(state.isReset && error as? Errno == .connectionReset, "\(state): \(error)")
    }
  }
}

/// A server, and one connection that is brought into a state.
private final class Stage: Sendable {
  let server = AsyncHTTPServer(configuration: .forTests)
  private let address: SocketAddress
  private let began = AsyncStream.makeStream(of: Void.self)
  private let release = AsyncStream.makeStream(of: Void.self)
  private let handlers = Mutex((begun: 0, ended: 0))

  /// More than the kernel takes for a client that does not read (tcp_wmem, tcp(7)).
  private static let size = 16 << 20
  /// Open for as long as the process runs, and without a name: nobody has to remove it, however the process ends.
  private static let file: FilePath = {
    var template = Array("/tmp/asynchttpd-ending-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    precondition(descriptor >= 0 && unlink(template) == 0 && ftruncate(descriptor, size) == 0, "no temporary file")
    return FilePath("/proc/self/fd/\(descriptor)")
  }()

  private init() throws { address = try server.listen(port: 0, address: "127.0.0.1") }

  /// Runs `body` when the connection is in `state`; afterwards the server has ended, and with it everything that it had.
  static func play(_ state: EndingTests.State, _ body: (Stage, Wire) async throws -> Void) async throws {
    _ = file
    // Twice: what a process opens once for all is open after the first time.
    try await DispatchThreads.openItsOwn()
    try await Stage().play(state, body)
    let before = try #require(ProcessDescriptors.openCount())
    try await Stage().play(state, body)
    // The server's threads let go of theirs a moment later.
    await waitFor("the descriptors of \(state)") { ProcessDescriptors.openCount() ?? 0 <= before }
  }

  private func play(_ state: EndingTests.State, _ body: (Stage, Wire) async throws -> Void) async throws {
    let serving = Task { try await server.serve { try await self.handle($0) } }
    let wire = try await enter(state)
    do { try await body(self, wire) } catch { Issue.record(error, "\(state)") }
    server.close()
    try await serving.value
    wire.close()
    let handlers = handlers.withLock { $0 }
    #expect(handlers.begun == handlers.ended, "\(state)")
    #expect(server.metrics.openConnections == 0, "\(state)")
  }

  private func handle(_ request: Request) async throws {
    handlers.withLock { $0.begun += 1 }
    defer { handlers.withLock { $0.ended += 1 } }
    began.continuation.yield()
    switch request.target.raw {
    case "/wait":
      for await _ in release.stream { break }
      try await request.respond(.ok, "done")
    case "/body":
      try await request.respond(.ok, request.body.collect(upTo: 100))
    case "/stream":
      let piece = [UInt8](repeating: 0, count: 65_536)
      try await request.respond(
        .ok, .stream(length: Int64(Self.size)) { writer in for _ in 0..<(Self.size / piece.count) { try await writer.write(piece) } })
    case "/file":
      try await request.respond(.ok, .file(Self.file))
    case "/take":
      let connection = try await request.takeOver(status: .switchingProtocols)
      defer { connection.close() }
      while let bytes = try await connection.read() { try await connection.write(bytes) }
    default:
      try await request.respond(.ok, "done")
    }
  }

  private func enter(_ state: EndingTests.State) async throws -> Wire {
    let wire = try await Wire.connect(to: address)
    // Also says that the server serves by now.
    await waitFor("the connection") { server.metrics.acceptedConnections == 1 }
    switch state {
    case .new, .late:
      break
    case .partialHead:
      try await wire.send("GET / HT")
    case .bodyArriving:
      try await wire.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
      await awaitHandler()
    case .handlerWaiting:
      try await wire.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      await awaitHandler()
    case .pipelined:
      try await wire.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      await awaitHandler()
    case .streaming, .sendingFile:
      var size: Int32 = 65_536
      setsockopt(wire.descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
      try await wire.send("GET \(state == .streaming ? "/stream" : "/file") HTTP/1.1\r\nHost: a\r\n\r\n")
      // The first byte: more than the kernel can hold is still to come.
      _ = try await wire.receivePiece(atMost: 1)
    case .lingering:
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
      #expect(try await wire.receiveAll().hasPrefix("HTTP/1.1 413 "))
    case .takenOver:
      try await wire.send("GET /take HTTP/1.1\r\nHost: a\r\n\r\nhello")
      _ = try await wire.receive(through: "\r\n\r\nhello")
    case .idle:
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await wire.receive(through: "done")
    }
    await awaitReading()
    return wire
  }

  /// The client does its part, and sees that everything was done to its end.
  func finish(_ state: EndingTests.State, _ wire: Wire) async throws {
    switch state {
    case .new, .idle:
      #expect(try await wire.receiveAll() == "", "\(state)")
    case .late:
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      try await expectLastAnswer(wire, "done", state)
    case .partialHead:
      try await wire.send("TP/1.1\r\nHost: a\r\n\r\n")
      try await expectLastAnswer(wire, "done", state)
    case .bodyArriving:
      try await wire.send("def")
      try await expectLastAnswer(wire, "abcdef", state)
    case .handlerWaiting, .pipelined:
      release.continuation.yield()
      try await expectLastAnswer(wire, "done", state)
    case .streaming, .sendingFile:
      let received = try await wire.receive { _ in false }
      // One byte of the head was read before.
      #expect(received.starts(with: Array("TTP/1.1 200 OK\r\n".utf8)), "\(state)")
      #expect(received.dropLast(Self.size).suffix(4).elementsEqual("\r\n\r\n".utf8), "\(state): \(received.count) bytes")
    case .lingering:
      wire.shutdownSending()
    case .takenOver:
      try await wire.send("bye")
      #expect(try await wire.receive(through: "bye") == "bye")
      wire.shutdownSending()
      #expect(try await wire.receiveAll() == "")
    }
  }

  private func expectLastAnswer(_ wire: Wire, _ body: String, _ state: EndingTests.State) async throws {
    let answer = try await wire.receiveAll()
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\r\nConnection: close\r\n"), "\(state): \(answer)")
    #expect(answer.hasSuffix("\r\n\r\n\(body)"), "\(state): \(answer)")
  }

  private func awaitHandler() async { for await _ in began.stream { break } }

  /// What has been sent by now is read: it was in the socket before the second of two turns began.
  private func awaitReading() async { for _ in 0..<2 { await server.awaitTurn() } }

  /// Returns once the server has begun to drain: nobody listens any more, and every thread has been told.
  func awaitDrain() async throws {
    while true {
      do {
        try await Wire.connect(to: address).close()
      } catch Errno.connectionRefused {
        return await awaitReading()
      } catch Errno.connectionReset {
        // The listener closed with this one in its queue.
      }
    }
  }
}
