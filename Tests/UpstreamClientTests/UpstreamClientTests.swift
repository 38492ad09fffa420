import Foundation
import HTTPCore
import Reactor
import Synchronization
import SystemPackage
import Testing

@testable import UpstreamClient

/// One at a time: some of them count the process's descriptors or make its system calls fail.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UpstreamClientTests {
  private let upstream = ScriptedUpstream.plain

  // MARK: Responses

  @Test func `a response arrives with its fields in order and its body`() async throws {
    let response = try await fetched("/fields")
    #expect(response.status == 404)
    #expect(response.httpVersion == "1.1")
    #expect(response.headers.map(\.name) == ["B", "Set-Cookie", "A", "Set-Cookie", "Fold", "Content-Length"])
    #expect(response.headers.map(\.value) == ["1", "a=1", "two", "b=2", "x y", "0"])
    #expect(response.body.isEmpty)
  }

  @Test func `a chunked body is decoded and its trailers dropped`() async throws {
    let response = try await fetched("/chunked")
    #expect(response.text == "hello, world")
    #expect(response.values("Trailer").isEmpty)
  }

  @Test func `a body that ends with the connection is complete`() async throws {
    let response = try await fetched("/close")
    #expect(response.text == "until the end")
    #expect(response.httpVersion == "1.0")
  }

  @Test func `interim responses are skipped, and heard by those who ask for them`() async throws {
    let response = try await fetched("/interim")
    #expect(response.status == 200)
    #expect(response.headers.map(\.name) == ["X", "Content-Length"])
    #expect(response.text == "final")
    let upstream = upstream
    try await withClient { client, _ in
      let heads = Mutex<[String]>([])
      _ = try await client.fetch(UpstreamRequest(url: upstream.url("/interim"))) { head in
        heads.withLock { $0.append("\(head.status) \(head.headers.map { "\($0.name): \($0.value)" })") }
      }
      #expect(heads.withLock { $0 } == ["100 []", "103 [\"Link: x\"]"])
    }
  }

  @Test func `redirects are not followed and content codings not decoded`() async throws {
    let redirect = try await fetched("/redirect")
    #expect(redirect.status == 302)
    #expect(redirect.values("Location") == ["/plain"])
    let coded = try await fetched("/gzip")
    #expect(coded.text == "not really gzip")
  }

  @Test func `bytes after the announced length are not part of the body`() async throws {
    #expect(try await fetched("/long").text == "hello")
  }

  @Test func `the body is handed over while the upstream is still sending`() async throws {
    let upstream = upstream
    try await withClient { client, _ in
      let exchange = try await client.fetch(UpstreamRequest(url: upstream.url("/gated/stream")))
      #expect(try await exchange.nextChunk() == Array("first".utf8))
      _ = try await client.fetchAll(UpstreamRequest(url: upstream.url("/open/stream")))
      #expect(try await exchange.nextChunk() == Array("second".utf8))
      #expect(try await exchange.nextChunk() == nil)
      #expect(try await exchange.nextChunk() == nil)
    }
  }

  @Test func `a reader that is behind makes the upstream wait`() async throws {
    let upstream = upstream
    let size = 24 << 20
    try await withClient { client, _ in
      let exchange = try await client.fetch(UpstreamRequest(url: upstream.url("/big/\(size)")))
      var count = 0
      var isIntact = true
      while let chunk = try await exchange.nextChunk() {
        #expect(chunk.count <= UpstreamExchange.bufferedBytes + 65_536)
        for byte in chunk {
          isIntact = isIntact && byte == UInt8(count % 251)
          count += 1
        }
        // Turns of the loop in which the body piles up.
        _ = try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain")))
      }
      #expect(count == size)
      #expect(isIntact)
    }
  }

  // MARK: Requests

  @Test func `the request carries the caller's fields and nothing of libcurl's own`() async throws {
    let echo = try await fetched("/echo") {
      $0.headers = [FieldLine("X-One", "1"), FieldLine("X-Empty", ""), FieldLine("X-One", "2"), FieldLine("content-length", "99")]
    }
    let port = upstream.port
    #expect(echo.text == "GET /echo HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nX-One: 1\r\nX-Empty:\r\nX-One: 2\r\n\r\n")
  }

  @Test func `a request body goes out with its length`() async throws {
    let body = [UInt8](repeating: 0x61, count: 2_000_000)
    let echo = try await fetched("/echo") {
      $0.method = "PUT"
      $0.body = body
    }
    let head = "PUT /echo HTTP/1.1\r\nHost: 127.0.0.1:\(upstream.port)\r\nContent-Length: 2000000\r\n\r\n"
    #expect(Array(echo.body.prefix(head.utf8.count)) == Array(head.utf8))
    #expect(Array(echo.body.dropFirst(head.utf8.count)) == body)
  }

  @Test(arguments: [("POST", "Content-Length: 0\r\n"), ("DELETE", ""), ("PURGE", "")])
  func `a method without a body says so where it has to`(_ method: String, _ length: String) async throws {
    let echo = try await fetched("/echo") { $0.method = method }
    #expect(echo.text == "\(method) /echo HTTP/1.1\r\nHost: 127.0.0.1:\(upstream.port)\r\n\(length)\r\n")
  }

  @Test func `dot segments and escapes of the path go out as they stand`() async throws {
    let response = try await fetched("/a/../%2e%2E/x?q=%20")
    #expect(response.status == 500)
    #expect(try await fetched("/./echo").status == 500)
  }

  @Test func `HEAD ends with the head`() async throws {
    let response = try await fetched("/gzip") { $0.method = "HEAD" }
    #expect(response.status == 200)
    #expect(response.values("Content-Length") == ["15"])
    #expect(response.body.isEmpty)
  }

  @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "/relative", "http://127.0.0.1/a b", "http://"])
  func `a URL that is not http is refused unsent`(_ url: String) async throws {
    await #expect {
      _ = try await withClient { client, _ in try await client.fetchAll(UpstreamRequest(url: url)) }
    } throws: { error in
      if case UpstreamError.invalidRequest = error { true } else { false }
    }
  }

  @Test func `an address that the request does not allow is not connected to`() async throws {
    let asked = Mutex<[String]>([])
    let error = await failure("/plain") { request in
      request.allowsAddress = { address in
        asked.withLock { $0.append(address.host) }
        return false
      }
    }
    #expect(error == .forbidden(upstream: String(upstream.url("/").dropLast()), address: "127.0.0.1"))
    #expect(asked.withLock { $0 } == ["127.0.0.1"])
  }

  @Test func `a connection that is kept does not serve a request that asks about addresses`() async throws {
    let url = upstream.url("/plain")
    try await withClient { (client, _) async throws in
      #expect(try await client.fetchAll(UpstreamRequest(url: url)).status == 200)
      var asking = UpstreamRequest(url: url, keepsConnection: false)
      asking.allowsAddress = { _ in false }
      await #expect(throws: UpstreamError.self) { try await client.fetchAll(asking) }
      asking.allowsAddress = { $0.host == "127.0.0.1" }
      #expect(try await client.fetchAll(asking).status == 200)
    }
  }

  @Test func `a line break in a field is refused unsent`() async {
    let value = await failure("/echo") { $0.headers = [FieldLine("X", "a\r\nY: b")] }
    #expect(value == .invalidRequest(reason: "field X has a control character"))
    let name = await failure("/echo") { $0.headers = [FieldLine("X: a\r\nY", "b")] }
    #expect(name == .invalidRequest(reason: "a field name is not a token"))
    let method = await failure("/echo") { $0.method = "GET / HTTP/1.1\r\nX:" }
    #expect(method == .invalidRequest(reason: "the method is not a token"))
  }

  @Test func `connections are used again and their number is bounded`() async throws {
    let upstream = upstream
    var limits = UpstreamClient.Limits()
    limits.connectionsPerHost = 2
    try await withClient(limits: limits) { client, _ in
      let numbers = try await withThrowingTaskGroup { group in
        for _ in 0..<20 { group.addTask { try await client.fetchAll(UpstreamRequest(url: upstream.url("/connection"))).text } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(numbers.count <= 2)
    }
  }

  // MARK: Failures

  @Test(arguments: ["/short", "/short-chunked", "/reset", "/empty"])
  func `a response that breaks off is a reset`(_ path: String) async {
    let error = await failure(path)
    guard case .reset(let name, _) = error else {
      Issue.record("\(path): \(String(describing: error))")
      return
    }
    #expect(name == "http://127.0.0.1:\(upstream.port)")
    #expect(error?.isTimeout == false)
  }

  @Test(arguments: ["/garbage", "/bad-chunk", "/two-lengths", "/interim-for-ever"])
  func `a response that is not HTTP is malformed`(_ path: String) async {
    let error = await failure(path)
    guard case .malformed = error else {
      Issue.record("\(path): \(String(describing: error))")
      return
    }
  }

  @Test func `the head is bounded in size and in fields`() async {
    let name = "http://127.0.0.1:\(upstream.port)"
    #expect(await failure("/huge-head") == .tooLarge(upstream: name, .head(65_536)))
    #expect(await failure("/many-fields") == .tooLarge(upstream: name, .fields(200)))
  }

  @Test(arguments: ["/plain", "/chunked"])
  func `the body is bounded, announced or not`(_ path: String) async {
    let error = await failure(path) { $0.maxBodySize = 4 }
    #expect(error == .tooLarge(upstream: "http://127.0.0.1:\(upstream.port)", .body(4)))
  }

  @Test func `silence is a timeout and names its phase`() async {
    let name = "http://127.0.0.1:\(upstream.port)"
    let waiting = await failure("/hang") { $0.timeouts.idle = 100 }
    #expect(waiting == .timedOut(upstream: name, .waiting))
    #expect(waiting?.isTimeout == true)
    #expect(await failure("/hang-in-body") { $0.timeouts.idle = 500 } == .timedOut(upstream: name, .receiving))
    #expect(await failure("/hang") { $0.timeouts.total = 100 } == .timedOut(upstream: name, .waiting))
    #expect(await failure("/hang-in-body") { $0.timeouts.total = 500 } == .timedOut(upstream: name, .receiving))
  }

  @Test func `a TLS handshake that nobody answers is a timeout of connecting`() async {
    let port = upstream.port
    let error = await failure("/") {
      $0.url = "https://127.0.0.1:\(port)/"
      $0.timeouts.connect = 100
    }
    #expect(error == .timedOut(upstream: "https://127.0.0.1:\(port)", .connecting))
  }

  @Test func `a port nobody listens on refuses`() async throws {
    let socket = try Syscalls.socket(family: AF_INET)
    try Syscalls.bind(socket.rawValue, SocketAddress("127.0.0.1", port: 0)!)
    let port = try Syscalls.localAddress(socket.rawValue).port!
    let error = await failure("/") { $0.url = "http://127.0.0.1:\(port)/" }
    #expect(error == .refused(upstream: "http://127.0.0.1:\(port)", reason: "Connection refused"))
    #expect(error?.description == "upstream http://127.0.0.1:\(port): cannot connect: Connection refused")
  }

  @Test func `a name that does not exist is unresolvable`() async {
    let error = await failure("/") { $0.url = "http://user:secret@nowhere.invalid/" }
    #expect(error == .unresolvable(upstream: "http://nowhere.invalid", host: "nowhere.invalid"))
  }

  @Test func `no descriptor for the socket is told from a refusal`() async {
    // In a process of its own: no socket of this one can be made meanwhile.
    await #expect(processExitsWith: .success) {
      let port = ScriptedUpstream.plain.port
      let error = await FaultInjection.with({ call, _ in call == .socket ? .tooManyOpenFiles : nil }) { await failure("/plain") }
      #expect(error == .tooManyDescriptors(upstream: "http://127.0.0.1:\(port)"))
    }
  }

  @Test func `a missing library names the package that brings it`() {
    let result = CurlLibrary.load(["libcurl-that-is-not-there.so.4"])
    guard case .failure(let error) = result else {
      Issue.record("it was loaded")
      return
    }
    #expect(error.description.contains("libcurl4"))
    #expect(error.description.contains("libcurl-that-is-not-there.so.4"))
  }

  // MARK: Endings

  @Test func `letting go of an exchange closes its connection`() async throws {
    let upstream = upstream
    try await withClient { client, _ in
      do {
        let exchange = try await client.fetch(UpstreamRequest(url: upstream.url("/until-closed/deinit")))
        #expect(exchange.status == 200)
      }
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/wait/deinit"))).text == "opened")
    }
  }

  @Test func `cancelling the task ends the exchange`() async throws {
    let upstream = upstream
    try await withClient { client, reactor in
      let task = Task(executorPreference: reactor) { () async -> UpstreamError? in
        do throws(UpstreamError) {
          let exchange = try await client.fetch(UpstreamRequest(url: upstream.url("/until-closed/cancel")))
          _ = try await exchange.nextChunk()
          _ = try await client.fetch(UpstreamRequest(url: upstream.url("/open/reading")))
          _ = try await exchange.nextChunk()
          return nil
        } catch {
          return error
        }
      }
      _ = try await client.fetchAll(UpstreamRequest(url: upstream.url("/wait/reading")))
      task.cancel()
      #expect(await task.value == .cancelled)
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/wait/cancel"))).text == "opened")
    }
  }

  @Test func `a cancelled task does not begin`() async throws {
    let upstream = upstream
    try await withClient { client, reactor in
      let task = Task(executorPreference: reactor) { () async -> UpstreamError? in
        withUnsafeCurrentTask { $0?.cancel() }
        do throws(UpstreamError) {
          _ = try await client.fetch(UpstreamRequest(url: upstream.url("/hang")))
          return nil
        } catch {
          return error
        }
      }
      #expect(await task.value == .cancelled)
    }
  }

  @Test func `a reader that is behind leaves its place to others, and a place is waited for within the timeout`() async throws {
    let upstream = upstream
    var limits = UpstreamClient.Limits()
    limits.connectionsPerHost = 1
    try await withClient(limits: limits) { client, _ in
      let unread = try await client.fetch(UpstreamRequest(url: upstream.url("/big/\(64 << 20)")))
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain"))).text == "hello")
      withExtendedLifetime(unread) {}
      // This one says nothing, and is no reader's fault.
      let silent = try await client.fetch(UpstreamRequest(url: upstream.url("/hang-in-body")))
      var request = UpstreamRequest(url: upstream.url("/plain"))
      request.timeouts.idle = 100
      await #expect(throws: UpstreamError.timedOut(upstream: request.origin, .queueing)) { try await client.fetchAll(request) }
      silent.cancel()
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain"))).text == "hello")
    }
  }

  @Test func `a request that waits for a place is cancelled with its task`() async throws {
    let upstream = upstream
    var limits = UpstreamClient.Limits()
    limits.connectionsPerHost = 1
    try await withClient(limits: limits) { client, reactor in
      let silent = try await client.fetch(UpstreamRequest(url: upstream.url("/hang-in-body")))
      let waiting = Task(executorPreference: reactor) { () async -> UpstreamError? in
        do throws(UpstreamError) {
          _ = try await client.fetch(UpstreamRequest(url: upstream.url("/plain")))
          return nil
        } catch {
          return error
        }
      }
      waiting.cancel()
      #expect(await waiting.value == .cancelled)
      silent.cancel()
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain"))).text == "hello")
    }
  }

  @Test func `a chunked response that lacks its last octets breaks off, however few`() async throws {
    let upstream = upstream
    let whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"
    try await withClient { (client, _) async throws in
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/raw/\(hex(whole))"))).text == "hello")
      for missing in 1...26 {
        let cut = String(decoding: Array(whole.utf8).dropLast(missing), as: UTF8.self)
        await #expect(throws: UpstreamError.self, "\(missing)") {
          try await client.fetchAll(UpstreamRequest(url: upstream.url("/raw/\(hex(cut))")))
        }
      }
      // What has no content has no chunks either.
      for method in ["HEAD", "GET"] {
        let status = method == "HEAD" ? "200 OK" : "304 Not Modified"
        let head = "HTTP/1.1 \(status)\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try await client.fetchAll(UpstreamRequest(method: method, url: upstream.url("/raw/\(hex(head))"))).text == "")
      }
    }
  }

  @Test func `a response that breaks off before its content is known to have none`() async throws {
    let upstream = upstream
    try await withClient { client, _ in
      let broken = try await client.fetch(UpstreamRequest(url: upstream.url("/raw/\(hex("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"))")))
      await #expect(throws: UpstreamError.self) { try await broken.untilContent(atMost: 30_000) }
      for content in [
        "Content-Length: 5\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n+1\r\n",
      ] {
        let cut = try await client.fetch(UpstreamRequest(url: upstream.url("/raw-at-once/\(hex("HTTP/1.1 200 OK\r\n\(content)"))")))
        await #expect(throws: UpstreamError.self, "\(content)") { try await cut.untilContent(atMost: 30_000) }
      }
      let empty = try await client.fetch(UpstreamRequest(url: upstream.url("/raw/\(hex("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))")))
      #expect(try await empty.untilContent(atMost: 30_000))
      let silent = try await client.fetch(
        UpstreamRequest(url: upstream.url("/raw-open/\(hex("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"))")))
      #expect(try await !silent.untilContent(atMost: 1))
      let here = try await client.fetch(UpstreamRequest(url: upstream.url("/hang-in-body")))
      #expect(try await here.untilContent(atMost: 30_000))
      #expect(try await here.nextChunk() == Array("hello".utf8))
    }
  }

  @Test func `kept connections close when descriptors are waited for`() async throws {
    let upstream = upstream
    try await withClient { client, _ in
      #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain"))).text == "hello")
      #expect(connections() > 0)
      try await untilNoConnectionIsOpen()
    }
  }

  @Test func `a connection that is not to be kept closes with its exchange`() async throws {
    let upstream = upstream
    try await withClient { client, _ in
      var numbers: Set<String> = []
      for keeps in [false, false, true, true] {
        numbers.insert(try await client.fetchAll(UpstreamRequest(url: upstream.url("/connection"), keepsConnection: keeps)).text)
      }
      #expect(numbers.count == 3)
    }
  }

  @Test func `every socket is given back, and the budget hears of it`() async throws {
    let upstream = upstream
    let reactor = try Reactor(name: "test")
    reactor.start()
    defer { reactor.stop() }
    try await Task(executorPreference: reactor) {
      var client: UpstreamClient? = try UpstreamClient(reactor: reactor)
      for path in ["/plain", "/chunked", "/close", "/short", "/reset", "/garbage"] {
        _ = try? await client!.fetchAll(UpstreamRequest(url: upstream.url(path)))
      }
      for host in ["localhost", "nowhere.invalid"] {
        _ = try? await client!.fetchAll(UpstreamRequest(url: "http://\(host):\(upstream.port)/plain"))
      }
      #expect(connections() > 0)
      client = nil
    }.value
    try await untilNoConnectionIsOpen()
  }

  @Test func `kept connections close once nothing is fetched`() async throws {
    let upstream = upstream
    var limits = UpstreamClient.Limits()
    limits.idleLifetime = 1
    try await withClient(limits: limits) { client, reactor in
      for _ in 0..<2 {
        #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain"))).text == "hello")
        // Nobody waits for a descriptor, which would close them, too.
        while connections() > 0, !Task.isCancelled { try await reactor.sleep(milliseconds: 1) }
      }
    }
  }

  /// Waits for closes as the budget does: whoever closes a socket unseen makes this wait for ever.
  private func untilNoConnectionIsOpen() async throws {
    while true {
      let (closes, continuation) = AsyncStream<Void>.makeStream()
      DescriptorWatch.onNextClose { continuation.finish() }
      if connections() == 0 { return }
      for await _ in closes {}
      try Task.checkCancellation()
    }
  }

  /// The connections to the upstream that this process holds.
  private func connections() -> Int {
    (0..<Int32(4096)).count { descriptor in
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
      }
      return isConnected && address.sin_family == sa_family_t(AF_INET) && UInt16(bigEndian: address.sin_port) == UInt16(upstream.port)
    }
  }
}
