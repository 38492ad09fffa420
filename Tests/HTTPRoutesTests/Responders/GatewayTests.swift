import AsyncHTTPServer
import HTTPTypes
import Synchronization
import Testing
import UpstreamClient

@testable import HTTPRoutes

extension RecordingTests {
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
        let fields = Self.overrides.map { ($0, "evil.example") } + [("X-Forwarded-For", "10.0.0.1"), ("Via", "1.1 evil"), ("X-Own", "1")]
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
          for host in ["a.example", "b.example"] { #expect(try await harness.get("/r/a", [("X-Forwarded-Host", host)]).text == host) }
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
          ("Forwarded", "for=10.0.0.1"), ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "a.example"),
          ("Via", "1.1 front"), ("X-Original-URL", "/evil"),
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

    @Test(arguments: ["GET", "PROPFIND"])
    func `a body on a safe method stays here unless the key has it`(_ method: String) async throws {
      let handler: @Sendable (Request) async throws -> Void = { request in
        let body = try await request.body.collect(upTo: 100)
        let type = request.headers[.contentType] ?? "none"
        try await request.respond(.ok, "\(body.count) \(type)", headers: [.contentType: "text/plain"])
      }
      let fields = [("Content-Type", "application/json"), ("Content-Encoding", "identity")]
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
  }
}
