// Clients that leave while the server waits for a handler: they look like clients that half-close and read, which have a second for their answer.

import AsyncHTTPServer
import Synchronization
import Testing

@Suite struct GoneClientTests {
  /// A handler that begins, and then goes on only when it is released or cancelled.
  private final class Stall: Sendable {
    private let began = AsyncStream.makeStream(of: Void.self)
    private let released = AsyncStream.makeStream(of: Void.self)
    let cancelled = Atomic<Int>(0)

    /// Returns when released; throws when its task was cancelled.
    func wait() async throws {
      began.continuation.yield()
      for await _ in released.stream { break }
      if Task.isCancelled { cancelled.add(1, ordering: .relaxed) }
      try Task.checkCancellation()
    }

    func awaitBegin() async { for await _ in began.stream { break } }
    func release() { released.continuation.yield() }
  }

  private enum Farewell: CaseIterable { case halfClose, close, reset }

  @Test(arguments: Farewell.allCases)
  private func `a client that has left a handler that waits is given up, and its handler with it`(_ farewell: Farewell) async throws {
    let stall = Stall()
    try await withServer { request in
      try await stall.wait()
      try await request.respond(.ok)
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      await stall.awaitBegin()
      switch farewell {
      case .halfClose:
        wire.shutdownSending()
        #expect(try await wire.receiveAll() == "")
        wire.close()
      case .close: wire.close()
      case .reset: wire.reset()
      }
      await waitFor("the end of the connection") { server.metrics.openConnections == 0 }
      await waitFor("the cancellation") { stall.cancelled.load(ordering: .relaxed) == 1 }
      #expect(server.metrics.failedHandlers == 0)
    }
  }

  @Test func `a client that half-closes and reads has its answer, whole, when it is ready in time`() async throws {
    let stall = Stall()
    let size = 4 << 20
    try await withServer { request in
      try await stall.wait()
      try await request.respond(.ok, [UInt8](repeating: 0x61, count: size))
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      await stall.awaitBegin()
      wire.shutdownSending()
      // The server has seen it before the second of two turns is over.
      for _ in 0..<2 { await server.awaitTurn() }
      stall.release()
      #expect(try await wire.receive { _ in false }.suffix(size).allSatisfy { $0 == 0x61 })
    }
  }

  @Test func `requests that came before the end are answered, however many wait`() async throws {
    let stall = Stall()
    try await withServer { request in
      if request.target.raw == "/1" { try await stall.wait() }
      try await request.respond(.ok, request.target.raw)
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send((1...3).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
      wire.shutdownSending()
      await stall.awaitBegin()
      for _ in 0..<2 { await server.awaitTurn() }
      stall.release()
      let answers = try await wire.receiveAll()
      #expect(answers.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } } == ["/1", "/2", "/3"])
    }
  }

  @Test func `an answer that has stopped in its midst is given up`() async throws {
    let stall = Stall()
    try await withServer { request in
      try await request.respond(
        .ok,
        .stream { writer in
          try await writer.write("begun")
          try await stall.wait()
        })
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await wire.receive(through: "begun\r\n")
      wire.close()
      await waitFor("the cancellation") { stall.cancelled.load(ordering: .relaxed) == 1 }
      await waitFor("the end of the connection") { server.metrics.openConnections == 0 }
    }
  }

  @Test func `an upload that nobody reads is given up with its client`() async throws {
    let stall = Stall()
    try await withServer { request in
      try await stall.wait()
      try await request.respond(.ok)
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      let size = 100_000
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
      try await wire.send([UInt8](repeating: 0x61, count: size))
      await stall.awaitBegin()
      wire.close()
      await waitFor("the cancellation") { stall.cancelled.load(ordering: .relaxed) == 1 }
      await waitFor("the end of the connection") { server.metrics.openConnections == 0 }
    }
  }

  @Test func `clients that have left do not keep others out`() async throws {
    let stall = Stall()
    var configuration = ServerConfiguration.forTests
    configuration.maxConnections = 4
    try await withServer(configuration) { request in
      if request.target.raw == "/wait" { try await stall.wait() }
      try await request.respond(.ok, "served")
    } _: { server, address in
      for _ in 0..<4 {
        let wire = try await Wire.connect(to: address)
        try await wire.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await stall.awaitBegin()
        wire.close()
      }
      #expect(try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasSuffix("served"))
    }
  }
}
