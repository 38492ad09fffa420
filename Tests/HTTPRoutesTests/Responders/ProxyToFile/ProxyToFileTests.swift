import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPTypes
import Reactor
import Recordings
import Synchronization
import SystemPackage
import Testing
import UpstreamClient

@testable import HTTPRoutes

private let json: HTTPFields = [.contentType: "application/json"]

/// One at a time: each has two servers and a client.
@Suite(.serialized, .timeLimit(.minutes(2))) enum ProxyTests {}

extension ProxyTests {
  @Suite struct ProxyToFileTests {
    // MARK: Modes

    @Test func `what was fetched once is answered from its file, with the upstream gone`() async throws {
      try await ProxyHarness.with(upstreamPath: "/v2/") { request in
        var fields = json
        fields[.eTag] = "\"v1\""
        fields.append(HTTPField(name: HTTPField.Name("X-Twice")!, value: "a"))
        fields.append(HTTPField(name: HTTPField.Name("X-Twice")!, value: "b"))
        try await request.respond(.ok, "{\"path\": \"\(request.target.raw)\"}", headers: fields)
      } _: { (harness) async throws in
        let first = try await harness.get("/r/items?page=2")
        #expect(first.text == "{\"path\": \"/v2/items?page=2\"}")
        try await harness.untilSettled()
        #expect(harness.stored == ["items?page=2.head.yaml", "items?page=2.json"])
        #expect(harness.storedText("items?page=2.json") == first.text)
        await harness.stopUpstream()
        for _ in 0..<3 {
          let again = try await harness.get("/r/items?page=2")
          #expect(again.status == first.status)
          #expect(again.body == first.body)
          #expect(again.endToEnd == first.endToEnd)
        }
        #expect(harness.requests == ["GET /v2/items?page=2"])
        let other = try await harness.get("/r/items?page=3")
        #expect(other.status == 502)
      }
    }

    @Test func `replay never touches the network, and a miss says where it looked`() async throws {
      try await ProxyHarness.with("mode: replay", store: ".") { request in
        try await request.respond(.ok, "x")
      } _: { (harness) async throws in
        // The store is the directory of the configuration, which is there.
        let miss = try await harness.get("/r/a/b?c=1")
        #expect(miss.status == 404)
        #expect(miss["Content-Type"] == "application/json")
        let members = try #require(try JSONSerialization.jsonObject(with: Data(miss.body)) as? [String: Any])
        #expect((members["looked_for"] as? String)?.hasSuffix("/a/b?c=1") == true)
        #expect((members["head_file"] as? String)?.hasSuffix("/a/b?c=1.head.yaml") == true)
        #expect(members["key"] as? String == "GET /a/b?c=1")
        try harness.files.write("[]", to: "a/b?c=1.json")
        let hit = try await harness.get("/r/a/b?c=1")
        #expect(hit.text == "[]")
        #expect(hit["Content-Type"] == "application/json")
        #expect(harness.requests.isEmpty)
      }
    }

    @Test func `record fetches every time, passthrough records nothing`() async throws {
      let counter = Mutex(0)
      let handler: @Sendable (Request) async throws -> Void = { request in
        let number = counter.withLock { count in
          count += 1
          return count
        }
        try await request.respond(.ok, "\(request.method) \(number)", headers: [.contentType: "text/plain"])
      }
      try await ProxyHarness.with("mode: record", upstream: handler) { (harness) async throws in
        #expect(try await harness.get("/r/a").text == "GET 1")
        try await harness.untilSettled()
        #expect(try await harness.get("/r/a").text == "GET 2")
        try await harness.untilSettled()
        #expect(harness.storedText("a.txt") == "GET 2")
      }
      try await ProxyHarness.with("mode: passthrough", upstream: handler) { (harness) async throws in
        #expect(try await harness.get("/r/a").text == "GET 3")
        #expect(try await harness.get("/r/a", method: "DELETE").text == "DELETE 4")
        #expect(harness.stored.isEmpty)
      }
    }

    @Test func `what is too old is fetched again, and kept when the upstream fails`() async throws {
      let status = Mutex(200)
      try await ProxyHarness.with("mode: refresh\nrefresh_after: 1h") { request in
        let code = status.withLock { $0 }
        try await request.respond(.init(code: code), "\(code)", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        #expect(try await harness.get("/r/a").text == "200")
        try await harness.untilSettled()
        #expect(try await harness.get("/r/a")["Warning"] == nil)
        #expect(harness.requests.count == 1)
        func age() throws {
          let head = try #require(harness.storedText("a.head.yaml"))
          let start = try #require(head.range(of: "recorded_at: "))
          try harness.files.write(head[..<start.upperBound] + "2001-02-03T04:05:06Z\nstatus_note: aged\n", to: "store/a.head.yaml")
        }
        try age()
        let head = try #require(harness.storedText("a.head.yaml"))
        try harness.files.write(head + "body: {file: a.txt}\n", to: "store/a.head.yaml")
        status.withLock { $0 = 503 }
        let stale = try await harness.get("/r/a")
        #expect(stale.text == "200")
        #expect(stale["Warning"] == "111 asynchttpd \"Revalidation Failed\"")
        #expect(harness.requests.count == 2)
        status.withLock { $0 = 201 }
        try await harness.untilSettled()
        #expect(try await harness.get("/r/a").text == "201")
        try await harness.untilSettled()
        #expect(harness.storedText("a.txt") == "201")
        try age()
        let aged = try #require(harness.storedText("a.head.yaml"))
        try harness.files.write(aged + "body: {file: a.txt}\n", to: "store/a.head.yaml")
        await harness.stopUpstream()
        #expect(try await harness.get("/r/a").text == "201")
      }
    }

    // MARK: One fetch

    @Test func `concurrent misses share one fetch, each with the whole of it`() async throws {
      let gate = Gate()
      let size = 600_000
      try await ProxyHarness.with { request in
        let answer = try await request.sendHeaders([.contentType: "application/octet-stream"])
        try await answer.write([UInt8](repeating: 1, count: size / 2))
        await gate.wait()
        try await answer.write([UInt8](repeating: 2, count: size / 2))
        try await answer.finish()
      } _: { (harness) async throws in
        let early = try await harness.open("/r/big")
        // All of the first half arrives before the second is sent.
        var count = 0
        while count < size / 2 { count += try #require(try await harness.chunk(of: early)).count }
        let others = try await withThrowingTaskGroup { group in
          for _ in 0..<10 { group.addTask { try await harness.open("/r/big") } }
          return try await group.reduce(into: [UpstreamExchange]()) { $0.append($1) }
        }
        gate.open()
        for exchange in others {
          let body = try await harness.rest(of: exchange)
          #expect(body == [UInt8](repeating: 1, count: size / 2) + [UInt8](repeating: 2, count: size / 2))
        }
        #expect(try await harness.rest(of: early).count == size - count)
        #expect(harness.requests == ["GET /big"])
      }
    }

    @Test func `a client that leaves does not stop the recording`() async throws {
      let gate = Gate()
      try await ProxyHarness.with { request in
        let answer = try await request.sendHeaders([.contentType: "text/plain"])
        try await answer.write("first")
        await gate.wait()
        try await answer.write(", second")
        try await answer.finish()
      } _: { (harness) async throws in
        let exchange = try await harness.open("/r/a")
        _ = try await harness.chunk(of: exchange)
        exchange.cancel()
        gate.open()
        try await harness.untilSettled()
        #expect(harness.storedText("a.txt") == "first, second")
        #expect(try await harness.get("/r/a").text == "first, second")
        #expect(harness.requests.count == 1)
      }
    }

    @Test func `a field value that is no UTF-8 goes up octet by octet`() async throws {
      let name: [UInt8] = [0x63, 0x61, 0x66, 0xE9, 0x20, 0xFF]
      let arrived = Mutex<[[UInt8]]>([])
      try await ProxyHarness.with("mode: passthrough") { request in
        let lines = request.head.fields.filter { String(decoding: request.headBytes[$0.name], as: UTF8.self) == "X-Name" }
        arrived.withLock { $0 = lines.map { Array(request.headBytes[$0.value]) } }
        try await request.respond(.ok)
      } _: { (harness) async throws in
        #expect(try await harness.get("/r/a", [FieldLine("X-Name", ObsText.text(name)), FieldLine("X-Name", "café")]).status == 200)
        #expect(arrived.withLock { $0 } == [name, Array("café".utf8)])
      }
    }

    @Test(arguments: ["STORE", "/proc/asynchttpd/store"])
    func `a part of what is being fetched comes as soon as it is there`(_ store: String) async throws {
      let whole = (0..<1_200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
      let gate = Gate()
      try await ProxyHarness.with(store: store) { request in
        let fields: HTTPFields = [.contentLength: "\(whole.count)", .contentType: "video/mp4", .eTag: "\"v1\""]
        let answer = try await request.sendHeaders(fields)
        try await answer.write(Array(whole[..<900_000]))
        await gate.wait()
        try await answer.write(Array(whole[900_000...]))
        try await answer.finish()
      } _: { (harness) async throws in
        defer { gate.open() }
        let part = try await harness.get("/r/film", [FieldLine("Range", "bytes=700001-800000")])
        #expect(part.status == 206)
        #expect(part["Content-Range"] == "bytes 700001-800000/1200000")
        #expect(part.body == Array(whole[700_001...800_000]))
        #expect(try await harness.get("/r/film", [FieldLine("Range", "bytes=1200000-")]).status == 416)
        #expect(try await harness.get("/r/film", [FieldLine("If-None-Match", "\"v1\"")]).status == 304)
        #expect(try await harness.get("/r/film", [FieldLine("If-Match", "\"v2\"")]).status == 412)
        gate.open()
        #expect(try await harness.get("/r/film", [FieldLine("Range", "bytes=-5")]).body == Array(whole.suffix(5)))
        try await harness.untilSettled()
        #expect(harness.stored == (store == "STORE" ? ["film.head.yaml", "film.mp4"] : []))
      }
    }

    @Test func `a full store lets go of what was not used for longest`() async throws {
      try await ProxyHarness.with("max_size: 100KiB") { request in
        try await request.respond(.ok, [UInt8](repeating: 7, count: 24 << 10))
      } _: { (harness) async throws in
        for path in ["/r/a", "/r/b", "/r/c"] {
          _ = try await harness.get(path)
          try await harness.untilSettled()
        }
        // The oldest is used again, so the next goes.
        _ = harness.store.find(
          SoughtRecording(RecordingKey(method: "GET", path: "/a")), plainPath: nil)
        _ = try await harness.get("/r/d")
        try await harness.untilSettled()
        #expect(harness.stored == ["a.bin", "a.head.yaml", "c.bin", "c.head.yaml", "d.bin", "d.head.yaml"])
        #expect(try await harness.get("/r/b").body.count == 24 << 10)
        #expect(harness.requests == ["GET /a", "GET /b", "GET /c", "GET /d", "GET /b"])
      }
    }

    @Test func `a store that cannot be written fails the recording, not the answer`() async throws {
      try await ProxyHarness.with(store: "/proc/asynchttpd/store") { request in
        try await request.respond(.ok, "answer")
      } _: { (harness) async throws in
        #expect(try await harness.get("/r/a").text == "answer")
        #expect(try await harness.get("/r/a").text == "answer")
        #expect(harness.requests.count == 2)
      }
    }

    // MARK: Failures

    @Test func `a response that breaks off is not recorded, and nobody takes it for whole`() async throws {
      struct Break: Error {}
      let gate = Gate()
      try await ProxyHarness.with { request in
        let answer = try await request.sendHeaders([.contentType: "text/plain"])
        try await answer.write("half")
        await gate.wait()
        throw Break()
      } _: { (harness) async throws in
        let exchange = try await harness.open("/r/a")
        #expect(try await harness.chunk(of: exchange) == Array("half".utf8))
        gate.open()
        await #expect(throws: UpstreamError.self) { try await harness.rest(of: exchange) }
        try await harness.untilSettled()
        #expect(harness.stored.isEmpty)
      }
    }

    @Test func `statuses that are not worth saving are passed on`() async throws {
      try await ProxyHarness.with("save_status: [2xx]") { request in
        try await request.respond(.init(code: request.target.raw == "/gone" ? 404 : 500), "no")
      } _: { (harness) async throws in
        #expect(try await harness.get("/r/gone").status == 404)
        #expect(try await harness.get("/r/broken").status == 500)
        try await harness.untilSettled()
        #expect(harness.stored.isEmpty)
        #expect(harness.requests.count == 2)
      }
    }

    @Test func `an upstream that refuses is a 502 that names it, one that is silent a 504`() async throws {
      let gate = Gate()
      try await ProxyHarness.with("timeout: 1s") { request in
        await gate.wait()
      } _: { (harness) async throws in
        let silent = try await harness.get("/r/a")
        gate.open()
        #expect(silent.status == 504)
        #expect(silent.text.contains("timed out waiting for its response"))
        await harness.stopUpstream()
        let refused = try await harness.get("/r/a")
        #expect(refused.status == 502)
        let members = try #require(try JSONSerialization.jsonObject(with: Data(refused.body)) as? [String: Any])
        #expect(members["upstream"] as? String == "http://\(harness.upstreamAddress)")
        #expect(members["reason"] as? String == "cannot connect: Connection refused")
        #expect(harness.stored.isEmpty)
      }
    }

    // MARK: What is asked, and what is kept

    @Test func `the upstream is asked for the whole, plain, by a gateway that says so`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, "x", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let fields = [
          FieldLine("Accept-Encoding", "gzip, br"), FieldLine("Range", "bytes=0-0"), FieldLine("If-None-Match", "*"),
          FieldLine("Connection", "X-Hop"), FieldLine("X-Hop", "1"),
          FieldLine("X-End", "2"), FieldLine("Via", "1.1 other"), FieldLine("Forwarded", "for=10.0.0.1"), FieldLine("Cookie", "a=1"),
          FieldLine("TE", "trailers"),
        ]
        // What is there is what the client says it has; it was asked for without saying so.
        #expect(try await harness.get("/r/a?q=a%20b&x", fields).status == 304)
        // The same client may join the fetch; another would, while that goes on, begin its own.
        #expect(try await harness.get("/r/a?q=a%20b&x", [FieldLine("Cookie", "a=1")]).text == "x")
        #expect(harness.requests == ["GET /a?q=a%20b&x"])
        #expect(harness.field("host", ofRequest: 0) == "\(harness.upstreamAddress)")
        #expect(harness.field("accept-encoding", ofRequest: 0) == "identity")
        #expect(harness.field("x-end", ofRequest: 0) == "2")
        #expect(harness.field("cookie", ofRequest: 0) == "a=1")
        #expect(harness.field("via", ofRequest: 0) == "1.1 asynchttpd")
        #expect(harness.field("forwarded", ofRequest: 0) == "for=127.0.0.1;proto=http")
        #expect(harness.field("x-forwarded-for", ofRequest: 0) == "127.0.0.1")
        for name in ["range", "if-none-match", "x-hop", "te"] { #expect(harness.field(name, ofRequest: 0) == nil) }
      }
    }

    @Test func `secrets do not reach the disk`() async throws {
      try await ProxyHarness.with("key: {headers: [authorization]}") { request in
        var fields: HTTPFields = [.contentType: "text/plain"]
        fields[.setCookie] = "session=s3cret"
        try await request.respond(.ok, "for \(request.headers[.authorization] ?? "nobody")", headers: fields)
      } _: { (harness) async throws in
        let first = try await harness.get("/r/a", [FieldLine("Authorization", "Bearer t0ken")])
        #expect(first["Set-Cookie"] == "session=s3cret")
        try await harness.untilSettled()
        let head = try #require(harness.stored.first { $0.hasSuffix(".head.yaml") }.flatMap { harness.storedText($0) })
        #expect(!head.contains("s3cret"))
        #expect(!head.contains("t0ken"))
        #expect(head.contains("redacted: [Set-Cookie]"))
        let again = try await harness.get("/r/a", [FieldLine("Authorization", "Bearer t0ken")])
        #expect(again.text == "for Bearer t0ken")
        #expect(again["Set-Cookie"] == nil)
        #expect(try await harness.get("/r/a", [FieldLine("Authorization", "Bearer other")]).text == "for Bearer other")
      }
    }

    @Test func `secrets of the query do not reach the disk`() async throws {
      try await ProxyHarness.with("redact: {query: [\"api key\"]}") { request in
        try await request.respond(.ok, request.target.raw, headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/a?api%20key=s3cret&page=1").text == "/a?api%20key=s3cret&page=1")
          #expect(try await harness.get("/r/a?page=1&api+key=0ther").text == "/a?page=1&api+key=0ther")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 2)
        #expect(harness.stored.count == 4)
        for name in harness.stored {
          for secret in ["s3cret", "0ther"] {
            #expect(!name.contains(secret))
            if name.hasSuffix(".head.yaml") { #expect(harness.storedText(name)?.contains(secret) == false) }
          }
        }
        #expect(harness.stored.contains { harness.storedText($0)?.contains("api%20key=redacted&page=1") == true })
      }
    }

    @Test func `what comes coded although it was asked for plain is kept plain`() async throws {
      // {"plain":true}, by gzip.
      let coded: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 200, 73, 204, 204, 83, 178, 42, 41, 42, 77, 173, 5, 0, 92, 122, 109, 134, 14, 0, 0, 0,
      ]
      try await ProxyHarness.with { request in
        var fields = json
        fields[.contentEncoding] = request.target.raw == "/own" ? "x-own" : "gzip"
        fields[.eTag] = "\"v1\""
        try await request.respond(.ok, coded, headers: fields)
      } _: { (harness) async throws in
        for _ in 0..<2 {
          let plain = try await harness.get("/r/a", [FieldLine("Accept-Encoding", "gzip")])
          #expect(plain.text == #"{"plain":true}"#)
          #expect(plain["Content-Encoding"] == nil)
          #expect(plain["ETag"] == "W/\"v1\"")
          // What nobody can decode is kept as it is.
          let own = try await harness.get("/r/own")
          #expect(own.body == coded)
          #expect(own["Content-Encoding"] == "x-own")
          #expect(own["ETag"] == "\"v1\"")
          try await harness.untilSettled()
        }
        #expect(harness.storedText("a.json") == #"{"plain":true}"#)
      }
    }

    @Test func `the key says what tells recordings apart`() async throws {
      try await ProxyHarness.with("key: {query: [page], headers: [accept]}") { request in
        try await request.respond(.ok, "\(request.target.raw) \(request.headers[.accept] ?? "")", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let first = try await harness.get("/r/a?page=1&t=1", [FieldLine("Accept", "text/html")]).text
        try await harness.untilSettled()
        #expect(try await harness.get("/r/a?t=2&page=1", [FieldLine("Accept", "text/html")]).text == first)
        #expect(try await harness.get("/r/a?page=1", [FieldLine("Accept", "text/plain")]).text == "/a?page=1 text/plain")
        #expect(try await harness.get("/r/a?page=2", [FieldLine("Accept", "text/html")]).text == "/a?page=2 text/html")
        #expect(harness.requests.count == 3)
      }
    }

    @Test func `a request with a body is recorded by its body`() async throws {
      try await ProxyHarness.with("key: {body: hash}", route: "methods: [GET, POST]") { request in
        let body = try await request.body.collect(upTo: 1000)
        try await request.respond(.ok, "\(request.method): \(String(decoding: body, as: UTF8.self))", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/q", method: "POST", body: Array("one".utf8)).text == "POST: one")
          #expect(try await harness.get("/r/q", method: "POST", body: Array("two".utf8)).text == "POST: two")
          #expect(try await harness.get("/r/q").text == "GET: ")
          try await harness.untilSettled()
        }
        #expect(harness.requests.sorted() == ["GET /q", "POST /q", "POST /q"])
        #expect(harness.stored.count == 6)
      }
    }

    @Test func `a key with the body lets requests with a body in, and no other key does`() async throws {
      for (key, status) in [("hash", 200), ("none", 405)] {
        try await ProxyHarness.with("key: {body: \(key)}") { request in
          try await request.respond(.ok, "x")
        } _: { (harness) async throws in
          #expect(try await harness.get("/r/q", method: "POST", body: [1]).status == status)
        }
      }
    }

    @Test(arguments: [300, 1_500, 30_000] as [Milliseconds])
    func `a timeout is exact to the millisecond`(_ milliseconds: Milliseconds) {
      var options = ProxyToFileOptions(store: "s", upstream: "http://u")
      options.timeout = .milliseconds(milliseconds)
      #expect(options.timeoutMilliseconds == milliseconds)
    }

    @Test func `JSON bodies that mean the same are one recording`() async throws {
      try await ProxyHarness.with("key: {body: json}", route: "method: POST") { request in
        try await request.respond(.ok, await request.body.collect(upTo: 1000), headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let first = #"{"a": 1, "b": [2]}"#
        #expect(try await harness.get("/r/q", method: "POST", body: Array(first.utf8)).text == first)
        try await harness.untilSettled()
        #expect(try await harness.get("/r/q", method: "POST", body: Array(#"{"b":[2],"a":1}"#.utf8)).text == first)
        #expect(try await harness.get("/r/q", method: "POST", body: Array("a=1".utf8)).text == "a=1")
        #expect(harness.requests.count == 2)
      }
    }

    @Test func `record finds by body again what it recorded by body`() async throws {
      try await ProxyHarness.with("mode: record\nkey: {body: hash}", route: "method: POST") { request in
        try await request.respond(.ok, await request.body.collect(upTo: 1000), headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for body in ["one", "two"] { _ = try await harness.get("/r/q", method: "POST", body: Array(body.utf8)) }
        try await harness.untilSettled()
        #expect(harness.stored.count == 4)
      }
    }

    @Test(arguments: [
      ("503", 503, "application/json", nil), ("{status: 410}", 410, "application/json", nil),
      ("{status: 200, json: {items: []}}", 200, "application/json", #"{"items":[]}"#),
      ("{text: none}", 404, "text/plain; charset=utf-8", "none"), ("{text: <p>, content_type: text/html}", 404, "text/html", "<p>"),
    ])
    func `a miss is answered as the route says`(_ miss: String, _ status: Int, _ type: String, _ body: String?) async throws {
      try await ProxyHarness.with("mode: replay\non_miss: \(miss)", store: ".") { request in
        try await request.respond(.ok, "x")
      } _: { (harness) async throws in
        let answer = try await harness.get("/r/nowhere")
        #expect(answer.status == status)
        #expect(answer["Content-Type"] == type)
        if let body { #expect(answer.text == body) } else { #expect(answer.text.contains("looked_for")) }
      }
    }

    @Test(arguments: [
      ("/r/**", "/r/a%2Fb//c/?q", "/v2/a%2Fb//c/?q"), ("/r/**", "/r", "/v2"), ("/r/**", "/r/", "/v2/"), ("/r/x", "/r/x?q", "/v2?q"),
      ("/users/{id}", "/users/7", "/v2/users/7"), ("/{team}/r/**", "/blue/r/a", "/v2/a"), ("/**", "/a/b", "/v2/a/b"),
    ])
    func `the upstream is asked for what the pattern leaves open`(_ pattern: String, _ path: String, _ asked: String) async throws {
      try await ProxyHarness.with(upstreamPath: "/v2", pattern: pattern) { request in
        try await request.respond(.ok, request.target.raw, headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get(path).text == asked)
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 1)
      }
    }

    // MARK: Files

    @Test func `HEAD, conditions and ranges are answered from the recording`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, "0123456789", headers: [.contentType: "text/plain", .eTag: "\"v1\""])
      } _: { (harness) async throws in
        let head = try await harness.get("/r/a", method: "HEAD")
        #expect(head.status == 200)
        #expect(head["Content-Length"] == "10")
        try await harness.untilSettled()
        #expect(harness.requests == ["GET /a"])
        for _ in 0..<2 {
          #expect(try await harness.get("/r/a", method: "HEAD")["ETag"] == "\"v1\"")
          #expect(try await harness.get("/r/a", [FieldLine("If-None-Match", "\"v1\"")]).status == 304)
          let part = try await harness.get("/r/a", [FieldLine("Range", "bytes=2-4")])
          #expect(part.status == 206)
          #expect(part.text == "234")
          #expect(part["Content-Range"] == "bytes 2-4/10")
          #expect(try await harness.get("/r/a", [FieldLine("Range", "bytes=20-")]).status == 416)
        }
        try harness.files.write("edited", to: "store/a.txt")
        let edited = try await harness.get("/r/a")
        #expect(edited.text == "edited")
        #expect(edited["ETag"] != nil && edited["ETag"] != "\"v1\"")
        #expect(harness.requests.count == 1)
      }
    }

    @Test func `an edit of body or head shows at the next request`() async throws {
      try await ProxyHarness.with("mode: replay", store: ".") { _ in
      } _: { (harness) async throws in
        try harness.files.write("one", to: "a.txt")
        #expect(try await harness.get("/r/a").text == "one")
        for number in 0..<20 {
          try harness.files.write("body \(number)", to: "a.txt")
          #expect(try await harness.get("/r/a").text == "body \(number)")
        }
        for status in [201, 404, 202] {
          try harness.files.write("status: \(status)\nheaders: {X-Note: by hand}\nbody: {file: a.txt}\n", to: "a.head.yaml")
          let answer = try await harness.get("/r/a")
          #expect(answer.status == status)
          #expect(answer["X-Note"] == "by hand")
          #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
          #expect(answer.text == "body 19")
        }
      }
    }

    @Test func `redirects of the upstream lead back to the route`() async throws {
      try await ProxyHarness.with("save_status: [3xx]", upstreamPath: "/v2") { request in
        let location = request.target.path == "/v2/relative" ? "/v2/items" : "http://\(request.host ?? "")/v2/items?x=1"
        try await request.respond(.found, "", headers: [.location: location])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/absolute")["Location"] == "/r/items?x=1")
          #expect(try await harness.get("/r/relative")["Location"] == "/r/items")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 2)
      }
    }

    @Test func `a full disk fails the recording, not the answer`() async {
      // In a process of its own: its disk is full for every recording.
      await #expect(processExitsWith: .success) {
        try await ProxyHarness.with { request in
          try await request.respond(.ok, [UInt8](repeating: 3, count: 1_000_000))
        } _: { (harness) async throws in
          let body = try await FaultInjection.with { call, ordinal in
            call == .pwrite && ordinal > 5 ? .noSpace : nil
          } _: {
            try await harness.get("/r/a").body
          }
          #expect(body == [UInt8](repeating: 3, count: 1_000_000))
          try await harness.untilSettled()
          #expect(harness.stored.isEmpty)
        }
      }
    }
  }
}
