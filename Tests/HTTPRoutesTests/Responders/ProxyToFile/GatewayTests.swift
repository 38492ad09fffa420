import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import Synchronization
import Testing
import UpstreamClient

@testable import HTTPRoutes

extension ProxyTests {
  /// What passes between a client and an upstream, in both directions.
  @Suite struct GatewayTests {
    // MARK: Up

    private static let overrides = [
      "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded", "X-Real-IP",
      "X-Original-URL", "X-Original-Host", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Host",
      "Proxy",
      "True-Client-IP",
      "X_Forwarded_Host", "X_HTTP_METHOD_OVERRIDE", "CF-Connecting-IP", "X-Client-IP",
    ]

    @Test(arguments: ["mode: once", "mode: record", "mode: passthrough"])
    func `a client cannot say by a field whose request this is`(_ mode: String) async throws {
      try await ProxyHarness.with(mode) { request in
        try await request.respond(.ok, "x", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let fields =
          Self.overrides.map { FieldLine($0, "evil.example") } + [
            FieldLine("X-Forwarded-For", "10.0.0.1"), FieldLine("Via", "1.1 evil"), FieldLine("X-Own", "1"),
          ]
        #expect(try await harness.get("/r/a", fields).text == "x")
        for name in Self.overrides.dropFirst() { #expect(harness.field(name.lowercased(), ofRequest: 0) == nil, "\(name)") }
        #expect(harness.field("forwarded", ofRequest: 0)?.hasPrefix("for=127.0.0.1;") == true)
        #expect(harness.field("x-forwarded-for", ofRequest: 0) == "127.0.0.1")
        #expect(harness.field("via", ofRequest: 0) == "1.1 asynchttpd")
        #expect(harness.field("x-own", ofRequest: 0) == "1")
      }
    }

    @Test func `a field that the key names goes up as it came`() async throws {
      try await ProxyHarness.with("key: {headers: [X-Forwarded-Host, x-http-method-override, host]}") { request in
        let host = request.headers[HTTPField.Name("X-Forwarded-Host")!] ?? "none"
        try await request.respond(.ok, host, headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          for host in ["a.example", "b.example"] {
            #expect(try await harness.get("/r/a", [FieldLine("X-Forwarded-Host", host)]).text == host)
          }
          #expect(try await harness.get("/r/a").text == "none")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 3)
        #expect(harness.field("forwarded", ofRequest: 0)?.hasPrefix("for=127.0.0.1;host=\"127.0.0.1:") == true)
      }
    }

    @Test(arguments: [("mode: once", nil), ("mode: passthrough", "a.example")] as [(String, String?)])
    func `a trusted proxy's word on the client is continued`(_ mode: String, _ host: String?) async throws {
      try await ProxyHarness.with(mode, trusting: ["127.0.0.1"]) { request in
        try await request.respond(.ok, "x", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let fields = [
          FieldLine("Forwarded", "for=10.0.0.1"), FieldLine("X-Forwarded-For", "10.0.0.1"), FieldLine("X-Forwarded-Proto", "https"),
          FieldLine("X-Forwarded-Host", "a.example"),
          FieldLine("Via", "1.1 front"), FieldLine("X-Original-URL", "/evil"),
        ]
        #expect(try await harness.get("/r/a", fields).text == "x")
        #expect(harness.field("forwarded", ofRequest: 0)?.hasPrefix("for=10.0.0.1, for=127.0.0.1;") == true)
        #expect(harness.field("x-forwarded-for", ofRequest: 0) == "10.0.0.1, 127.0.0.1")
        #expect(harness.field("x-forwarded-proto", ofRequest: 0) == "https")
        #expect(harness.field("x-forwarded-host", ofRequest: 0) == host)
        #expect(harness.field("via", ofRequest: 0) == "1.1 front, 1.1 asynchttpd")
        #expect(harness.field("x-original-url", ofRequest: 0) == nil)
      }
    }

    @Test func `Connection takes nothing away that tells recordings or clients apart`() async throws {
      try await ProxyHarness.with("key: {headers: [accept]}") { request in
        try await request.respond(.ok, "x", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let fields = [
          FieldLine("Connection", "accept, Authorization, cookie, x-hop"), FieldLine("Accept", "a/b"),
          FieldLine("Authorization", "Basic eDp5"), FieldLine("Cookie", "c=d"),
          FieldLine("X-Hop", "1"),
        ]
        #expect(try await harness.get("/r/a", fields).text == "x")
        for (name, value) in [("accept", "a/b"), ("authorization", "Basic eDp5"), ("cookie", "c=d")] {
          #expect(harness.field(name, ofRequest: 0) == value)
        }
        #expect(harness.field("x-hop", ofRequest: 0) == nil)
      }
    }

    @Test(arguments: ["GET", "PROPFIND"])
    func `a body on a safe method stays here unless the key has it`(_ method: String) async throws {
      let handler: @Sendable (Request) async throws -> Void = { request in
        let body = try await request.body.collect(upTo: 100)
        let type = request.headers[.contentType] ?? "none"
        try await request.respond(.ok, "\(body.count) \(type)", headers: [.contentType: "text/plain"])
      }
      let fields = [FieldLine("Content-Type", "application/json"), FieldLine("Content-Encoding", "identity")]
      for (options, expected) in [("", "0 none"), ("key: {body: hash}", "4 application/json")] {
        try await ProxyHarness.with(options, route: "methods: [GET, PROPFIND]", upstream: handler) { (harness) async throws in
          _ = try await harness.get("/r/a", fields, method: method, body: Array("evil".utf8))
          try await harness.untilSettled()
          #expect(harness.stored.compactMap { $0.hasSuffix(".txt") ? harness.storedText($0) : nil } == [expected])
        }
      }
    }

    @Test func `a body is passed through with any method`() async throws {
      try await ProxyHarness.with("mode: passthrough") { request in
        try await request.respond(.ok, try await request.body.collect(upTo: 100), headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        #expect(try await harness.get("/r/a", method: "GET", body: Array("query".utf8)).text == "query")
      }
    }

    // MARK: Down

    /// An answer whose bytes are these.
    private static func raw(_ text: String) -> @Sendable (Request) async throws -> Void {
      { request in
        let connection = try await request.takeOver()
        try await connection.write(Array(text.replacing("\n", with: "\r\n").utf8))
        connection.close()
      }
    }

    @Test func `a path with two slashes is redirected on this host, live and on replay`() async throws {
      try await ProxyHarness.with("save_status: [3xx]", upstreamPath: "/v2", pattern: "/**") { request in
        try await request.respond(.found, "", headers: [.location: request.target.rawPath.replacing("%5C", with: "\\") + "/"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          for (path, location) in [("//evil.example/dir", "/evil.example/dir/"), ("/%5Cevil.example", "/%5Cevil.example/")] {
            #expect(try await harness.get(path)["Location"] == location)
            try await harness.untilSettled()
          }
        }
        #expect(harness.requests.count == 2)
      }
    }

    @Test func `a prefix of the route cannot become a host`() async throws {
      try await ProxyHarness.with("mode: passthrough", upstreamPath: "/v2", pattern: "/{team}/**") { request in
        try await request.respond(.found, "", headers: [.location: "\(request.target.rawPath)/"])
      } _: { (harness) async throws in
        #expect(try await harness.get("//evil.example/dir")["Location"] == "/evil.example/dir/")
      }
    }

    @Test(arguments: ["mode: passthrough", "redact: {headers: []}"])
    func `cookies and refreshes lead to the route, live and on replay`(_ options: String) async throws {
      try await ProxyHarness.with(options, upstreamPath: "/api") { request in
        var fields: HTTPFields = [.contentType: "text/plain"]
        fields[.setCookie] = "a=b; Path=/api; Domain=upstream.example"
        fields[HTTPField.Name("Refresh")!] = "5; url=/api/next"
        try await request.respond(.ok, "x", headers: fields)
      } _: { (harness) async throws in
        for _ in 0..<3 {
          let answer = try await harness.get("/r/a")
          #expect(answer["Set-Cookie"] == "a=b; Path=/r")
          #expect(answer["Refresh"] == "5; url=/r/next")
          if options != "mode: passthrough" { try await harness.untilSettled() }
        }
      }
    }

    @Test(arguments: ["mode: passthrough", "mode: once"], ["\"*\"", "[\"http://page.example\"]"])
    func `the route's rule for other origins takes the place of the upstream's`(_ mode: String, _ origins: String) async throws {
      try await ProxyHarness.with(mode, route: "cors: {origins: \(origins), expose: [X-A]}") { request in
        var fields: HTTPFields = [.contentType: "text/plain", .accessControlAllowOrigin: "http://other.example", .vary: "Accept, Origin"]
        fields[.accessControlAllowCredentials] = "true"
        fields[.accessControlExposeHeaders] = "X-B"
        fields[.accessControlMaxAge] = "5"
        try await request.respond(.ok, "x", headers: fields)
      } _: { (harness) async throws in
        for _ in 0..<3 {
          let answer = try await harness.get("/r/a", [FieldLine("Origin", "http://page.example")])
          let ruled = answer.fields.filter { $0.name.lowercased().hasPrefix("access-control-") }.map { "\($0.name): \($0.value)" }
          let allowed = origins == "\"*\"" ? "*" : "http://page.example"
          #expect(ruled == ["Access-Control-Allow-Origin: \(allowed)", "Access-Control-Expose-Headers: X-A"])
          #expect(answer["Vary"] == (origins == "\"*\"" ? "Accept, Origin" : "Accept, Origin"))
          #expect(answer.fields.filter { $0.name.lowercased() == "vary" }.count == (origins == "\"*\"" ? 1 : 2))
          if mode == "mode: once" { try await harness.untilSettled() }
        }
      }
    }

    @Test func `without a rule of the route the upstream's is passed on`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, "x", headers: [.contentType: "text/plain", .accessControlAllowOrigin: "http://other.example"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/a")["Access-Control-Allow-Origin"] == "http://other.example")
          try await harness.untilSettled()
        }
      }
    }

    @Test func `a head file cannot frame or date an answer`() async throws {
      try await ProxyHarness.with("mode: replay", store: ".") { _ in
      } _: { (harness) async throws in
        try harness.files.write("body", to: "a.txt")
        try harness.files.write(
          """
          status: 200
          headers:
            - Content-Length: "1"
            - transfer-encoding: chunked
            - Connection: close, X-Hop
            - X-Hop: "1"
            - Upgrade: h2c
            - Date: Thu, 01 Jan 1970 00:00:00 GMT
            - Trailer: X-Kept
            - Proxy-Authenticate: Basic
            - Content-Range: bytes 0-0/1
            - X-Kept: "2"
          body: {file: a.txt}

          """, to: "a.head.yaml")
        for _ in 0..<3 {
          let answer = try await harness.get("/r/a")
          #expect(answer.text == "body")
          #expect(answer["Content-Length"] == "4")
          #expect(answer["X-Kept"] == "2")
          for name in ["Transfer-Encoding", "Connection", "X-Hop", "Upgrade", "Trailer", "Proxy-Authenticate", "Content-Range"] {
            #expect(answer[name] == nil, "\(name)")
          }
          #expect(answer.fields.filter { $0.name.lowercased() == "date" }.count == 1)
          #expect(answer["Date"]?.contains("1970") == false)
          let part = try await harness.get("/r/a", [FieldLine("Range", "bytes=1-2")])
          #expect(part["Content-Range"] == "bytes 1-2/4")
        }
      }
    }

    @Test func `hints that come before an answer are passed through`() async throws {
      let answer = """
        HTTP/1.1 102 Processing

        HTTP/1.1 103 Early Hints
        Link: </v2/style.css>; rel=preload
        Connection: X-Hop
        X-Hop: 1

        HTTP/1.1 200 OK
        Content-Length: 5

        final
        """
      try await ProxyHarness.with("mode: passthrough", upstream: Self.raw(answer)) { (harness) async throws in
        let interim = try await harness.interimResponses("/r/a")
        #expect(interim.map(\.status) == [102, 103])
        #expect(interim.last?.headers.map { "\($0.name): \($0.value)" } == ["Link: </v2/style.css>; rel=preload"])
        #expect(try await harness.get("/r/a").text == "final")
      }
      try await ProxyHarness.with("mode: once", upstream: Self.raw(answer)) { (harness) async throws in
        #expect(try await harness.interimResponses("/r/a").isEmpty)
      }
    }

    @Test(arguments: ["mode: passthrough", "mode: once", "save_status: [404]"])
    func `an upstream that breaks off right after its head is a 502`(_ options: String) async throws {
      for framing in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        try await ProxyHarness.with(options, upstream: Self.raw("HTTP/1.1 200 OK\n\(framing)\n\n")) { (harness) async throws in
          let answer = try await harness.get("/r/a")
          #expect(answer.status == 502)
          #expect(answer.text.contains("the connection broke"), "\(answer.text)")
          #expect(harness.stored.isEmpty)
        }
      }
    }

    @Test(arguments: [206, 304])
    func `a part or a confirmation that no request asked for is a 502`(_ status: Int) async throws {
      let answer = Self.raw("HTTP/1.1 \(status) X\nContent-Range: bytes 0-0/5\nContent-Length: 1\n\n\(status == 206 ? "a" : "")")
      try await ProxyHarness.with("save_status: [2xx, 3xx]", upstream: answer) { (harness) async throws in
        #expect(try await harness.get("/r/a").status == 502)
        #expect(harness.stored.isEmpty)
      }
    }

    @Test func `a head whose content is slow in coming is passed on before it`() async throws {
      let gate = Gate()
      try await ProxyHarness.with("mode: passthrough") { request in
        let answer = try await request.sendHeaders([.contentType: "text/event-stream"])
        await gate.wait()
        try await answer.write("data: 1")
        try await answer.finish()
      } _: { (harness) async throws in
        let exchange = try await harness.open("/r/a")
        #expect(exchange.status == 200)
        gate.open()
        #expect(try await harness.rest(of: exchange) == Array("data: 1".utf8))
      }
    }
  }
}
