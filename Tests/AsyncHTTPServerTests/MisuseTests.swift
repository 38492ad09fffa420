import AsyncHTTPServer
import Glibc
import Reactor
import Synchronization
import SystemPackage
import Testing

/// What somebody will try who has not read the manual: every one of these has a defined end.
@Suite struct MisuseTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

  private static func server(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws -> (AsyncHTTPServer, SocketAddress) {
    var configuration = ServerConfiguration.forTests
    change(&configuration)
    let server = AsyncHTTPServer(configuration: configuration)
    return (server, try server.listen(port: 0, address: "127.0.0.1"))
  }

  // MARK: In the wrong order

  @Test func `serving and accepting need a listener`() async {
    let server = AsyncHTTPServer(configuration: .forTests)
    await #expect(throws: ServerError.notListening) { try await server.serve { _ in } }
    await #expect(throws: ServerError.notListening) { try await server.acceptRequest { _ in } }
    await #expect(throws: ServerError.notListening) { try await server.descriptorAvailable() }
    #expect(server.localAddress == nil)
    #expect(server.shouldAcceptRequest())
  }

  @Test func `a server closed before it listened stays closed`() async {
    let server = AsyncHTTPServer(configuration: .forTests)
    server.close()
    server.close()
    #expect(throws: ServerError.serverClosed) { try server.listen(port: 0) }
    #expect(throws: ServerError.serverClosed) { try server.listen(unixPath: "/tmp/asynchttpd-never-\(getpid()).sock") }
    await #expect(throws: ServerError.serverClosed) { try await server.serve { _ in } }
    await #expect(throws: ServerError.serverClosed) { try await server.serve(port: 0) { _ in } }
    await #expect(throws: ServerError.serverClosed) { try await server.acceptRequest { _ in } }
    await #expect(throws: ServerError.serverClosed) { try await server.descriptorAvailable() }
    await server.shutdown()
  }

  @Test func `a server that was closed does not listen again`() async throws {
    let (server, address) = try Self.server()
    server.close()
    #expect(throws: ServerError.serverClosed) { try server.listen(port: 0, address: "127.0.0.1") }
    #expect(server.localAddress == nil)
    await server.shutdown()
    await #expect(throws: Errno.connectionRefused) { _ = try await Wire.connect(to: address) }
  }

  @Test func `a descriptor that does not listen is refused, and closed`() throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #expect(throws: ServerError.cannotListen(address: "descriptor \(socket)", .invalidArgument)) { try server.listen(inherited: socket) }
    server.close()
  }

  @Test func `ending twice, in any order and at once, ends`() async throws {
    let (server, address) = try Self.server()
    let serving = Task { try await server.serve { try await $0.respond(.ok, "x") } }
    _ = try await roundTrip(address, Self.get)
    await withTaskGroup { group in
      for _ in 0..<4 { group.addTask { await server.shutdown() } }
      group.addTask { server.close() }
    }
    await server.shutdown()
    server.close()
    try await serving.value
  }

  // MARK: Twice at once

  @Test func `of two that serve the later answers, and both return at the end`() async throws {
    let (server, address) = try Self.server()
    let first = Task { try await server.serve { try await $0.respond(.ok, "first") } }
    #expect(try await roundTrip(address, Self.get).hasSuffix("first"))
    let second = Task { try await server.serve { try await $0.respond(.ok, "second") } }
    while !(try await roundTrip(address, Self.get)).hasSuffix("second") {}
    server.close()
    try await first.value
    try await second.value
  }

  @Test func `servers in one process are apart`() async throws {
    var running: [(server: AsyncHTTPServer, address: SocketAddress, task: Task<Void, any Error>)] = []
    for number in 0..<4 {
      let (server, address) = try Self.server()
      running.append((server, address, Task { try await server.serve { try await $0.respond(.ok, "server \(number)") } }))
    }
    for (number, entry) in running.enumerated() { #expect(try await roundTrip(entry.address, Self.get).hasSuffix("server \(number)")) }
    await running[0].server.shutdown()
    try await running[0].task.value
    for (number, entry) in running.enumerated().dropFirst() {
      #expect(try await roundTrip(entry.address, Self.get).hasSuffix("server \(number)"))
      #expect(entry.server.metrics.requests == 2)
      entry.server.close()
      try await entry.task.value
    }
  }

  @Test func `two readers share a body, two writers an answer`() async throws {
    try await withServer { request in
      async let one = request.body.collect(upTo: 1 << 20)
      async let other = request.body.collect(upTo: 1 << 20)
      let total = try await one.count + other.count
      try await request.respond(
        .ok,
        .stream { writer in
          try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<32 { try await writer.write([UInt8](repeating: 0x61, count: 32_768)) } } }
            try await group.waitForAll()
          }
          try await writer.write("\(total)")
        })
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
      for _ in 0..<10 { try await wire.send([UInt8](repeating: 0x62, count: 20_000)) }
      let answer = try await wire.receiveAll()
      #expect(answer.hasSuffix("a200000") && answer.count { $0 == "a" } >= 4 << 20)
    }
  }

  // MARK: Cancelled

  @Test func `cancelling whoever waits for a connection always ends the wait`() async throws {
    let (server, _) = try Self.server()
    for _ in 0..<500 {
      let waiter = Task { try await server.acceptRequest { _ in } }
      await Task.yield()
      waiter.cancel()
      await #expect(throws: CancellationError.self) { try await waiter.value }
    }
    server.close()
  }

  @Test func `cancelling a shutdown ends the grace`() async throws {
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let (server, address) = try Self.server()
    let serving = Task {
      try await server.serve { _ in
        beginning.yield()
        try await Task.sleep(for: .seconds(3600))
      }
    }
    let wire = try await Wire.connect(to: address)
    defer { wire.close() }
    try await wire.send(Self.get)
    for await _ in began { break }
    let ending = Task { await server.shutdown(gracePeriod: .seconds(3600)) }
    ending.cancel()
    await ending.value
    try await serving.value
  }

  @Test func `a handler that shuts its own server down does not wait for itself for ever`() async throws {
    let (server, address) = try Self.server()
    let serving = Task {
      try await server.serve { request in
        try await request.respond(.ok, "bye")
        await server.shutdown(gracePeriod: .milliseconds(20))
      }
    }
    #expect(try await roundTrip(address, Self.get).hasSuffix("bye"))
    try await serving.value
  }

  @Test func `a handler that goes on after its answer is cancelled with the server`() async throws {
    let (answered, answering) = AsyncStream.makeStream(of: Void.self)
    let wasCancelled = Mutex(false)
    let (server, address) = try Self.server()
    let serving = Task {
      try await server.serve { request in
        try await request.respond(.ok, "answered")
        answering.yield()
        do { try await Task.sleep(for: .seconds(3600)) } catch { wasCancelled.withLock { $0 = true } }
      }
    }
    #expect(try await roundTrip(address, Self.get).hasSuffix("answered"))
    for await _ in answered { break }
    await server.shutdown(gracePeriod: .milliseconds(20))
    try await serving.value
    #expect(wasCancelled.withLock { $0 })
  }

  @Test func `a client that leaves in mid-answer is no failure of the handler`() async throws {
    let (ended, ending) = AsyncStream.makeStream(of: Void.self)
    try await withServer { request in
      defer { ending.yield() }
      try await request.respond(
        .ok,
        .stream { writer in
          while true {
            try await writer.write("tick")
            try await Task.sleep(for: .milliseconds(1))
          }
        })
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      try await wire.send(Self.get)
      _ = try await wire.receive(through: "tick\r\n")
      wire.close()
      for await _ in ended { break }
      #expect(server.metrics.failedHandlers == 0)
    }
  }

  // MARK: Requests out of their place

  @Test func `a request may outlive its handler, and its server`() async throws {
    let kept = Mutex<Request?>(nil)
    let (server, address) = try Self.server()
    let serving = Task { try await server.serve { request in kept.withLock { $0 = request } } }
    let answer = try await roundTrip(
      address, "POST /kept?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Field: value\r\nContent-Length: 3\r\n\r\nabc")
    #expect(answer.hasPrefix("HTTP/1.1 500 "))
    for isClosed in [false, true] {
      if isClosed { await server.shutdown() }
      let request = try #require(kept.withLock { $0 })
      #expect(request.target.raw == "/kept?q=1" && request.headers[HTTPField.Name("X-Field")!] == "value")
      await #expect(throws: ServerError.alreadyAnswered) { try await request.respond(.ok, "late") }
      await #expect(throws: ServerError.alreadyAnswered) { _ = try await request.sendHeaders([:]) }
      await #expect(throws: ServerError.alreadyAnswered) { _ = try await request.takeOver() }
    }
    try await serving.value
  }

  @Test func `a second answer is told that it is the second`() async throws {
    let errors = Mutex<[String]>([])
    try await withServer { request in
      try await request.respond(.ok, "first")
      do { try await request.respond(.ok, "second") } catch { errors.withLock { $0.append("\(error)") } }
    } _: { _, address in
      let answer = try await roundTrip(address, Self.get)
      #expect(answer.hasSuffix("first"))
    }
    #expect(errors.withLock { $0 } == ["the request was answered already"])
  }

  @Test func `a body that is read after the answer that discarded it is an error, not an empty body`() async throws {
    let (began, beginning) = AsyncStream.makeStream(of: Void.self)
    let errors = Mutex<[String]>([])
    try await withServer { request in
      beginning.yield()
      try await request.respond(.ok, "answered")
      do {
        _ = try await request.body.collect(upTo: 10)
      } catch {
        errors.withLock { $0.append("\(error)") }
      }
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\na")
      for await _ in began { break }
      try await wire.send("bc")
      #expect(try await wire.receiveAll().hasSuffix("answered"))
    }
    #expect(errors.withLock { $0 } == ["the request was answered already"])
  }

  @Test func `the head of an answer does not wait for its body`() async throws {
    let (received, receiving) = AsyncStream.makeStream(of: Void.self)
    try await withServer { request in
      let response = try await request.sendHeaders([:])
      for await _ in received { break }
      try await response.write("body")
      try await response.finish()
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      #expect(try await wire.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
      receiving.yield()
      #expect(try await wire.receiveAll() == "4\r\nbody\r\n0\r\n\r\n")
    }
  }

  @Test func `a body larger than the handler collects is the client's error`() async throws {
    try await withServer { request in
      try await request.respond(.ok, request.body.collect(upTo: 4))
    } _: { server, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nabcde")
      #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("larger than 4 bytes"))
      #expect(server.metrics.failedHandlers == 0 && server.metrics.rejectedRequests == 1)
    }
  }

  @Test func `an endless body is not written to HEAD`() async throws {
    try await withServer { request in
      if request.target.raw == "/open" {
        let response = try await request.sendHeaders([:])
        while true { try await response.write("without end") }
      }
      try await request.respond(.ok, .stream { writer in while true { try await writer.write("without end") } })
    } _: { _, address in
      #expect(try await roundTrip(address, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
      // The other way leaves the end to the handler; the thread has time for others meanwhile.
      let endless = try await Wire.connect(to: address)
      try await endless.send("HEAD /open HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await endless.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(try await roundTrip(address, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
      endless.close()
    }
  }

  @Test(arguments: ["-5", "five", "5, 5", "+5", ""])
  func `a length that is none is refused before anything is sent`(length: String) async throws {
    try await withServer { request in
      do {
        _ = try await request.sendHeaders([.contentLength: length])
      } catch ServerError.invalidContentLength(let text) {
        try await request.respond(.badGateway, "not a length: \(text)")
      }
    } _: { _, address in
      let answer = try await roundTrip(address, Self.get)
      #expect(answer.hasSuffix("\r\n\r\nnot a length: \(length)"))
    }
  }

  @Test func `a stream of negative length is a 500`() async throws {
    try await withServer { request in
      try await request.respond(.ok, .stream(length: -1) { try await $0.write("x") })
    } _: { _, address in
      let answer = try await roundTrip(address, Self.get)
      #expect(answer.hasPrefix("HTTP/1.1 500 "))
    }
  }

  // MARK: Takeovers

  @Test func `a connection taken over counts as one while it lasts`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxConnections = 1
    try await withServer(configuration) { request in
      if request.target.raw == "/stay" { return try await request.respond(.ok, "stays") }
      let connection = try await request.takeOver(status: .switchingProtocols)
      connection.close()
    } _: { _, address in
      for _ in 0..<3 { _ = try await roundTrip(address, Self.get) }
      // The only one there may be: its answer makes room for the next. With a count gone astray there would be room already.
      #expect(try await roundTrip(address, "GET /stay HTTP/1.1\r\nHost: a\r\n\r\n").contains("\r\nConnection: close\r\n"))
    }
  }

  @Test func `a handler that throws after a takeover closes the connection`() async throws {
    struct Failure: Error {}
    try await withServer { request in
      _ = try await request.takeOver(status: .switchingProtocols)
      throw Failure()
    } _: { _, address in
      let answer = try await roundTrip(address, Self.get)
      #expect(answer == "HTTP/1.1 101 Switching Protocols\r\n\r\n")
    }
  }

  @Test func `a takeover waits for the answers before it`() async throws {
    let size = 4 << 20
    try await withServer { request in
      if request.target.raw == "/large" { return try await request.respond(.ok, [UInt8](repeating: 0x7a, count: size)) }
      let connection = try await request.takeOver(status: .switchingProtocols)
      try await connection.write(Array("taken".utf8))
      connection.close()
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /take HTTP/1.1\r\nHost: a\r\n\r\n")
      let answers = try await wire.receiveAll()
      #expect(answers.hasSuffix("zHTTP/1.1 101 Switching Protocols\r\n\r\ntaken"))
      #expect(answers.utf8.count { $0 == 0x7a } == size)
    }
  }

  // MARK: Values out of range

  @Test func `limits and deadlines beyond reason are taken for the nearest that make sense`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = -1
    configuration.workers = -3
    configuration.backlog = -1
    configuration.keepAliveTimeout = .seconds(Int64.max)
    configuration.headTimeout = .seconds(Int64.max)
    configuration.bodyTimeout = .seconds(-1)
    configuration.writeTimeout = .seconds(Int64.max)
    try await withServer(configuration) { request in
      try await request.respond(.ok, "x")
    } _: { server, address in
      #expect(try await roundTrip(address, Self.get).hasSuffix("\r\n\r\nx"))
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(!server.shouldAcceptRequest(assumedDescriptorsPerRequest: .max))
      #expect(server.shouldAcceptRequest(assumedDescriptorsPerRequest: -1))
    }
  }

  // MARK: Let go

  /// State that a handler captures, and that says when it is gone.
  private final class Captured: Sendable {
    let greeting = "captured"
    let whenGone: @Sendable () -> Void
    init(whenGone: @escaping @Sendable () -> Void) { self.whenGone = whenGone }
    deinit { whenGone() }
  }

  @Test func `what a handler captures goes with the server`() async throws {
    let (gone, going) = AsyncStream.makeStream(of: Void.self)
    func serveOnce() async throws {
      let captured = Captured { going.yield() }
      try await withServer { request in
        try await request.respond(.ok, captured.greeting)
      } _: { _, address in
        let answer = try await roundTrip(address, Self.get)
        #expect(answer.hasSuffix("captured"))
      }
    }
    try await serveOnce()
    for await _ in gone { break }
  }

  @Test func `a handler that knows its server does not keep it beyond its end`() async throws {
    weak var ended: AsyncHTTPServer?
    func serveOnce() async throws {
      let (server, address) = try Self.server()
      ended = server
      let serving = Task { try await server.serve { try await $0.respond(.ok, "\(server.metrics.requests)") } }
      #expect(try await roundTrip(address, Self.get).hasSuffix("\r\n\r\n1"))
      server.close()
      try await serving.value
    }
    try await serveOnce()
    // What has just run on the server's thread may hold it for a moment still.
    let deadline = ContinuousClock.now + .seconds(Wire.deadlineSeconds)
    while ended != nil, ContinuousClock.now < deadline { await Task.yield() }
    #expect(ended == nil)
  }

  @Test func `a server that nobody holds any more ends without being closed`() async {
    await #expect(processExitsWith: .success) {
      func count(_ directory: String) throws -> Int {
        guard let stream = opendir(directory) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var count = 0
        while readdir(stream) != nil { count += 1 }
        return count
      }
      func names() throws -> [String] {
        guard let stream = opendir("/proc/self/task") else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
          let id = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
          guard let file = fopen("/proc/self/task/\(id)/comm", "r") else { continue }
          defer { fclose(file) }
          var line = [CChar](repeating: 0, count: 64)
          if fgets(&line, 64, file) != nil {
            names.append(String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
          }
        }
        return names
      }
      func useOnce() async throws {
        var configuration = ServerConfiguration.forTests
        configuration.workers = 2
        let server = AsyncHTTPServer(configuration: configuration)
        let address = try server.listen(port: 0, address: "127.0.0.1")
        async let accepted: Void = server.acceptRequest { try await $0.respond(.ok, "x") }
        let wire = try await Wire.connect(to: address)
        try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await wire.receive(through: "\r\n\r\nx")
        try await accepted
        wire.close()
      }
      try await DispatchThreads.openItsOwn()
      try await useOnce()
      let descriptors = try count("/proc/self/fd")
      for _ in 0..<20 { try await useOnce() }
      // Threads say nothing when they end: their list is all there is to look at.
      while try names().contains(where: { $0.hasPrefix("http-") }) { await Task.yield() }
      let after = try count("/proc/self/fd")
      precondition(after <= descriptors, "\(after) descriptors, \(descriptors) before")
    }
  }
}
