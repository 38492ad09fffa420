import AsyncHTTPServer
import Testing

/// One request, one answer: what leaves the server, byte for byte.
@Suite struct ExchangeTests {
  private static let hello: @Sendable (Request) async throws -> Void = { request in
    try await request.respond(.ok, "Hello World", headers: [.contentType: "text/plain; charset=utf-8"])
  }

  @Test func `an answer has its fields, Date, length and body`() async throws {
    try await withServer(handler: Self.hello) { _, address in
      let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(answer.contains("\r\nDate: "))
      #expect(
        answer.withoutDate
          == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 11\r\nConnection: close\r\n\r\nHello World")
    }
  }

  @Test func `HEAD gets what GET gets, without the body`() async throws {
    try await withServer(handler: Self.hello) { _, address in
      let head = try await roundTrip(address, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(head.withoutDate.hasSuffix("Content-Length: 11\r\nConnection: close\r\n\r\n"))
    }
  }

  @Test(arguments: ["HTTP/1.1", "HTTP/1.0"])
  func `HEAD gets what GET gets when the answer is streamed, too`(version: String) async throws {
    try await withServer { request in
      try await request.respond(.ok, .stream { try await $0.write("streamed") }, headers: [.contentType: "text/plain"])
    } _: { _, address in
      let get = try await roundTrip(address, "GET / \(version)\r\nHost: a\r\nConnection: close\r\n\r\n").withoutDate
      let head = try await roundTrip(address, "HEAD / \(version)\r\nHost: a\r\nConnection: close\r\n\r\n").withoutDate
      #expect(head.hasSuffix("\r\n\r\n"))
      #expect(get.hasPrefix(head) && get.count > head.count)
    }
  }

  @Test func `what is asked for over https is not answered over a connection that nobody has secured`() async throws {
    let request = "GET https://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    try await withServer(handler: Self.hello) { _, address in
      let answer = try await roundTrip(address, request)
      #expect(answer.hasPrefix("HTTP/1.1 421 Misdirected Request\r\n"))
    }
    var configuration = ServerConfiguration.forTests
    let isAddress = configuration.trustedProxies.trust("127.0.0.1")
    #expect(isAddress)
    try await withServer(configuration, handler: Self.hello) { _, address in
      let answer = try await roundTrip(address, request)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test(arguments: [204, 304])
  func `204 and 304 have neither body nor length`(status: Int) async throws {
    try await withServer { request in
      try await request.respond(.init(code: status), "must not be seen")
    } _: { _, address in
      let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(!answer.contains("Content-Length") && !answer.contains("must not be seen"))
    }
  }

  @Test func `a connection is kept, and answers come in order`() async throws {
    try await withServer { request in
      try await request.respond(.ok, request.target.raw)
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      for number in 1...3 {
        try await wire.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await wire.receive(through: "/\(number)").hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
      try await wire.send((1...16).map { "GET /p\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
      let answers = try await wire.receive(through: "/p16")
      #expect(answers.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } } == (1...16).map { "/p\($0)" })
      #expect(server.metrics.acceptedConnections == 1)
      #expect(server.metrics.requests == 19)
    }
  }

  @Test func `requests whose answers nobody reads are not all answered at once, and all in their order in the end`() async throws {
    let body = [UInt8](repeating: 0x61, count: 65_536)
    let count = 1000
    try await withServer { request in
      try await request.respond(.ok, body)
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: count - 1))
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      for _ in 0..<500 { await server.awaitTurn() }
      // What the buffers of two sockets take, and a quarter of a mebibyte.
      #expect(server.metrics.requests < 500)
      let answers = try await wire.receive { _ in false }
      #expect(answers.count > count * body.count && answers.suffix(body.count).elementsEqual(body))
      #expect(server.metrics.requests == count)
    }
  }

  @Test func `a request that arrives byte by byte is the same request`() async throws {
    try await withServer { request in
      let body = try await request.body.collect(upTo: 100)
      try await request.respond(.ok, String(decoding: body, as: UTF8.self))
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      let head = "\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      let request = Array((head + "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\n").utf8)
      try await wire.send(request.indices.map { request[$0...$0] })
      #expect(try await wire.receive(through: "abcde").hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.0\r\n\r\n", "Connection: close"),
    ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", "Connection: keep-alive"),
  ])
  func `HTTP 1.0 is kept only when asked`(request: String, field: String) async throws {
    try await withServer(handler: Self.hello) { _, address in
      let answer = try await roundTrip(address, request)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\r\n\(field)\r\n"))
    }
  }

  @Test func `a client that shuts its sending side still gets its answers`() async throws {
    try await withServer(handler: Self.hello) { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      wire.shutdownSending()
      #expect(try await wire.receiveAll().split(separator: "Hello World", omittingEmptySubsequences: false).count == 3)
    }
  }

  @Test func `OPTIONS of the server as a whole names its methods`() async throws {
    try await withServer(handler: Self.hello) { _, address in
      let answer = try await roundTrip(address, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(
        answer.withoutDate == "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nConnection: close\r\n\r\n")
    }
  }

  @Test func `a handler sees all of a request`() async throws {
    try await withServer { request in
      let facts = [
        request.method.rawValue, request.httpVersion.text, "\(request.httpVersion.major)", "\(request.httpVersion.minor)",
        request.target.raw, request.target.path ?? "-", request.target.query ?? "-", request.target.queryValue("q") ?? "-",
        request.headers[.userAgent] ?? "-", request.host ?? "-", request.remoteAddress.host, request.clientAddress.host,
        String(decoding: try await request.body.collect(upTo: 10), as: UTF8.self),
      ]
      try await request.respond(.ok, facts.joined(separator: "|"))
    } _: { _, address in
      let answer = try await roundTrip(
        address,
        "PUT /a%20b/../c?q=x+y HTTP/1.1\r\nHost: h:1\r\nUser-Agent: t\r\nX-Forwarded-For: 9.9.9.9\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"
      )
      #expect(answer.hasSuffix("PUT|HTTP/1.1|1|1|/a%20b/../c?q=x+y|/c|q=x+y|x y|t|h:1|127.0.0.1|127.0.0.1|body"))
    }
  }

  @Test func `interim answers come before the answer, and to clients that know them alone`() async throws {
    let link = try #require(HTTPField.Name("Link"))
    try await withServer { request in
      try await request.sendInterim(.init(code: 103), headers: [link: "</a.css>; rel=preload", .contentLength: "5"])
      await #expect(throws: ServerError.unsendableStatus(101)) { try await request.sendInterim(.switchingProtocols) }
      await #expect(throws: ServerError.unsendableStatus(200)) { try await request.sendInterim(.ok) }
      try await request.respond(.ok, "done")
      await #expect(throws: ServerError.alreadyAnswered) { try await request.sendInterim(.init(code: 103)) }
    } _: { _, address in
      let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n"))
      #expect(try await roundTrip(address, "GET / HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test(arguments: ["{\"a\":\"é<>|\\^`\"}", "%7B%22a%22%3A%22%C3%A9%3C%3E%7C%5C%5E%60%22%7D"])
  func `a query means the same raw and escaped`(query: String) async throws {
    try await withServer { request in
      let target = request.target
      try await request.respond(.ok, "\(target.queryValue("q") ?? "-") \(target.query?.utf8.allSatisfy { $0 < 0x80 } ?? false)")
    } _: { _, address in
      let answer = try await roundTrip(address, "GET /?q=\(query) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(answer.hasSuffix("\r\n\r\n{\"a\":\"é<>|\\^`\"} true"), "\(answer)")
    }
  }

  @Test func `a proxy is trusted on every link, so an address of one link is not taken`() {
    var proxies = TrustedProxies()
    #expect(proxies.trust("fe80::1") && !proxies.trust("fe80::1%lo") && !proxies.trust("fe80::%lo/64"))
  }

  @Test func `a trusted proxy is believed about the client`() async throws {
    var configuration = ServerConfiguration.forTests
    let isAddress = configuration.trustedProxies.trust("127.0.0.0/8")
    #expect(isAddress)
    try await withServer(configuration) { request in
      try await request.respond(.ok, request.clientAddress.host)
    } _: { _, address in
      for (field, client) in [
        ("X-Forwarded-For: 1.1.1.1, 203.0.113.9, 127.0.0.7", "203.0.113.9"),
        ("Forwarded: for=\"[2001:db8::9]:80\";proto=http", "2001:db8::9"),
        ("X-Real-IP: 203.0.113.8", "203.0.113.8"), ("X-Forwarded-For: unknown", "127.0.0.1"),
      ] {
        let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\nConnection: close\r\n\r\n")
        #expect(answer.hasSuffix("\r\n\r\n\(client)"))
      }
    }
  }

  @Test func `fields that frame the message are the server's own`() async throws {
    try await withServer { request in
      try await request.respond(.ok, "four", headers: [.contentLength: "9", .transferEncoding: "chunked", .date: "never"])
    } _: { _, address in
      let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(
        answer.withoutDate
          == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfour")
      #expect(!answer.contains("never"))
    }
  }

  @Test func `line breaks cannot be smuggled into a field`() async throws {
    try await withServer { request in
      try await request.respond(.ok, "x", headers: [.location: "/a\r\nSet-Cookie: stolen=1\0"])
    } _: { _, address in
      let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(!answer.contains("\r\nSet-Cookie") && !answer.contains("\0"))
    }
  }
}
