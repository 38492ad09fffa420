import AsyncHTTPServer
import Glibc
import Reactor
import Synchronization
import SystemPackage
import Testing

/// Beginning and ending: of connections, handlers and servers.
@Suite struct LifecycleTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test func `the ancestor's loop serves`() async throws {
    let server = AsyncHTTPServer()
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let loop = Task {
      while true {
        if server.shouldAcceptRequest() {
          try await server.acceptRequest { try await $0.respond(.ok, "Hello World") }
        } else {
          try await server.descriptorAvailable()
        }
      }
    }
    for _ in 0..<5 {
      #expect(try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasSuffix("Hello World"))
    }
    loop.cancel()
    await #expect(throws: CancellationError.self) { try await loop.value }
    server.close()
    await #expect(throws: ServerError.self) { try await server.acceptRequest { _ in } }
  }

  @Test func `a handler that throws is a 500, and the connection lives`() async throws {
    struct Failure: Error {}
    try await withServer { _ in
      throw Failure()
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      for _ in 0..<2 {
        try await wire.send(Self.get)
        #expect(try await wire.receive(through: "handler failed\n").hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
      }
      #expect(server.metrics.failedHandlers == 2)
    }
  }

  @Test func `a handler that never answers is a 500`() async throws {
    try await withServer { _ in
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      #expect(try await wire.receive(through: "handler failed\n").hasPrefix("HTTP/1.1 500"))
    }
  }

  @Test func `a second answer is refused, the first stands`() async throws {
    let refusals = Mutex(0)
    try await withServer { request in
      try await request.respond(.ok, "first")
      do { try await request.respond(.ok, "second") } catch { refusals.withLock { $0 += 1 } }
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      let answer = try await wire.receive(through: "first").withoutDate
      #expect(answer == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nfirst")
    }
    #expect(refusals.withLock { $0 } == 1)
  }

  @Test func `a handler that takes too long is a 503, and cancelled`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.handlerTimeout = .milliseconds(20)
    let wasCancelled = Mutex(false)
    try await withServer(configuration) { _ in
      do { try await Task.sleep(for: .seconds(3600)) } catch { wasCancelled.withLock { $0 = true } }
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      #expect(try await wire.receive(through: "in time\n").hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    }
    #expect(wasCancelled.withLock { $0 })
  }

  @Test func `a handler may answer from any task`() async throws {
    actor Elsewhere { func answer(_ request: Request) async throws { try await request.respond(.ok, "from elsewhere") } }
    let elsewhere = Elsewhere()
    try await withServer { request in
      if request.target.raw == "/detached" {
        try await Task.detached { try await request.respond(.ok, "detached") }.value
      } else {
        try await elsewhere.answer(request)
      }
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      #expect(try await wire.receive(through: "from elsewhere").hasPrefix("HTTP/1.1 200 OK"))
      try await wire.send("GET /detached HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await wire.receive(through: "detached").hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  @Test func `a client that goes away cancels its handler`() async throws {
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let (ended, ending) = AsyncStream.makeStream(of: Void.self)
    try await withServer { _ in
      beginning.yield()
      do { try await Task.sleep(for: .seconds(3600)) } catch { ending.yield() }
    } _: { _, address in
      for vanish in [{ (wire: Wire) in wire.close() }, { $0.reset() }] {
        let wire = try await Wire.connect(to: address)
        try await wire.send(Self.get)
        for await _ in began { break }
        vanish(wire)
        for await _ in ended { break }
      }
    }
  }

  @Test func `closing ends handlers and connections at once`() async throws {
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let serving = Task {
      try await server.serve { _ in
        beginning.yield()
        try await Task.sleep(for: .seconds(3600))
      }
    }
    // Accepted in the order they came: once the second is served, the first is no longer in the listener's queue.
    let idle = try await Wire.connect(to: address)
    let busy = try await Wire.connect(to: address)
    try await busy.send(Self.get)
    for await _ in began { break }
    server.close()
    try await serving.value
    #expect(try await idle.receiveAll() == "")
    #expect(try await busy.receiveAll() == "")
    idle.close()
    busy.close()
    await #expect(throws: Errno.connectionRefused) { _ = try await Wire.connect(to: address) }
  }

  @Test func `cancelling the task that serves ends the server`() async throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let serving = Task { try await server.serve { try await $0.respond(.ok, "x") } }
    let wire = try await Wire.connect(to: address)
    try await wire.send(Self.get)
    _ = try await wire.receive(through: "\r\n\r\nx")
    serving.cancel()
    try await serving.value
    #expect(try await wire.receiveAll() == "")
    wire.close()
  }

  @Test func `shutdown lets a request in flight finish, and closes idle connections`() async throws {
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let (release, releasing) = AsyncStream.makeStream(of: Void.self)
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let serving = Task {
      try await server.serve { request in
        beginning.yield()
        for await _ in release { break }
        try await request.respond(.ok, "finished")
      }
    }
    let idle = try await Wire.connect(to: address)
    let busy = try await Wire.connect(to: address)
    try await busy.send(Self.get)
    for await _ in began { break }
    let ending = Task { await server.shutdown(gracePeriod: .seconds(30)) }
    #expect(try await idle.receiveAll() == "")
    releasing.yield()
    let answer = try await busy.receiveAll()
    #expect(answer.contains("\r\nConnection: close\r\n") && answer.hasSuffix("finished"))
    await ending.value
    try await serving.value
    idle.close()
    busy.close()
  }

  @Test func `shutdown cuts what outlasts the grace period`() async throws {
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let serving = Task {
      try await server.serve { _ in
        beginning.yield()
        try await Task.sleep(for: .seconds(3600))
      }
    }
    let wire = try await Wire.connect(to: address)
    try await wire.send(Self.get)
    for await _ in began { break }
    await server.shutdown(gracePeriod: .milliseconds(20))
    try await serving.value
    // The answer had not begun, so the client hears what happened.
    #expect(try await wire.receiveAll().hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    wire.close()
  }

  @Test func `a connection that stays silent is closed, and half a head gets 408`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.headTimeout = .milliseconds(30)
    let hasty = configuration
    try await withServer(.forTests) { request in
      try await request.respond(.ok, "x")
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      _ = try await wire.receive(through: "\r\n\r\nx")
      // From here on time is short, but not for a connection that has served: only its next head is waited for.
      await server.reconfigure(hasty)
      #expect(try await roundTrip(address, "") == "")
      try await wire.send("GET / HT")
      #expect(try await wire.receiveAll().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    }
  }

  @Test func `an idle connection is closed after its time`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.keepAliveTimeout = .milliseconds(30)
    try await withServer(configuration) { request in
      try await request.respond(.ok, "x")
    } _: { _, address in
      let answer = try await roundTrip(address, Self.get)
      #expect(answer.hasSuffix("\r\n\r\nx"))
    }
  }

  @Test func `a client that reads nothing is reset`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.writeTimeout = .milliseconds(50)
    let (ended, ending) = AsyncStream.makeStream(of: (any Error).self)
    try await withServer(configuration) { request in
      do {
        try await request.respond(
          .ok,
          .stream { writer in
            while true { try await writer.write([UInt8](repeating: 0x61, count: 65_536)) }
          })
      } catch { ending.yield(error) }
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      for await error in ended {
        #expect(error is ServerError)
        break
      }
    }
  }

  @Test func `a Unix path is listened on, a stale one replaced, a live one not`() async throws {
    let path = "/tmp/asynchttpd-test-\(getpid()).sock"
    defer { unlink(path) }
    // A path that nobody listens on, left over by a socket that is gone.
    _ = try #require(SocketAddress(unixPath: path)).leaveStalePath()
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(unixPath: path)
    let serving = Task { try await server.serve { try await $0.respond(.ok, "\($0.remoteAddress)") } }
    #expect(try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasSuffix("\r\n\r\nunix:"))
    let second = AsyncHTTPServer(configuration: .forTests)
    #expect(throws: ServerError.self) { try second.listen(unixPath: path) }
    server.close()
    try await serving.value
    #expect(access(path, F_OK) == -1)
  }

  @Test func `the wildcard takes both versions of the Internet`() async throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0, address: "")
    let serving = Task { try await server.serve { try await $0.respond(.ok, $0.remoteAddress.host) } }
    for host in ["127.0.0.1", "::1"] {
      let port = try #require(address.port)
      let client = try #require(SocketAddress(host, port: UInt16(port)))
      #expect(try await roundTrip(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasSuffix("\r\n\r\n\(host)"))
    }
    server.close()
    try await serving.value
  }

  @Test func `a port in use and an address that is none are errors that say so`() async throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    let port = try #require(try server.listen(port: 0, address: "127.0.0.1").port)
    let error = try #require(throws: ServerError.self) { try AsyncHTTPServer().listen(port: port, address: "127.0.0.1") }
    #expect("\(error)" == "cannot listen on 127.0.0.1:\(port): Address already in use")
    #expect(throws: ServerError.self) { try server.listen(port: 1, address: "no address") }
    #expect(throws: ServerError.self) { try server.listen(port: 70_000) }
    server.close()
  }

  @Test func `a handler takes the connection over`() async throws {
    try await withServer { request in
      let connection = try await request.takeOver(status: .switchingProtocols, headers: [.upgrade: "echo", .connection: "upgrade"])
      while let bytes = try await connection.read() { try await connection.write(bytes) }
      connection.close()
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nearly")
      #expect(
        try await wire.receive(through: "early") == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nearly")
      try await wire.send("more")
      #expect(try await wire.receive(through: "more") == "more")
      wire.shutdownSending()
      #expect(try await wire.receiveAll() == "")
    }
  }

  @Test func `nothing stays open after a server has ended`() async {
    await #expect(processExitsWith: .success) {
      func serveOnce() async throws {
        try await withServer { request in
          try await request.respond(.ok, "x")
        } _: { _, address in
          _ = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
      }
      try await DispatchThreads.openItsOwn()
      try await serveOnce()
      let afterOne = try #require(ProcessDescriptors.openCount())
      for _ in 0..<20 { try await serveOnce() }
      // The reactors' threads let go of theirs a moment after `serve` returns: the next close tells, and twenty leaks would be seen.
      let deadline = ContinuousClock.now + .seconds(30)
      while let open = ProcessDescriptors.openCount(), open > afterOne, ContinuousClock.now < deadline { await Task.yield() }
      #expect(try #require(ProcessDescriptors.openCount()) <= afterOne)
    }
  }
}

extension SocketAddress {
  fileprivate func leaveStalePath() throws -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return try withSockaddr { pointer, length throws(Errno) in bind(descriptor, pointer, length) == 0 }
  }
}
