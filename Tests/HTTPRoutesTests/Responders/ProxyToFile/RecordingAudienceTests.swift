import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPTypes
import Reactor
import Recordings
import Synchronization
import Testing
import UpstreamClient

@testable import HTTPRoutes

extension ProxyTests {
  /// Whom a recording, and a fetch under way, is for.
  @Suite struct RecordingAudienceTests {
    private static let alice = [FieldLine("Authorization", "Bearer alice")]
    private static let bob = [FieldLine("Authorization", "Bearer bob")]

    /// Says who asks, as something that is theirs.
    private static let me: @Sendable (Request) async throws -> Void = { request in
      var fields: HTTPFields = [.contentType: "text/plain", .cacheControl: "private, no-store", .vary: "Authorization"]
      fields[.setCookie] = "session=\(request.headers[.authorization] ?? "none")"
      try await request.respond(.ok, "I am \(request.headers[.authorization] ?? "nobody")", headers: fields)
    }

    private static let page: @Sendable (Request) async throws -> Void = { request in
      try await request.respond(.ok, "asked by \(request.headers[.authorization] ?? "nobody")", headers: [.contentType: "text/plain"])
    }

    // MARK: What is recorded

    @Test(arguments: ["", "credentials: auto", "credentials: separate"])
    func `what is one client's is replayed to that client alone`(_ option: String) async throws {
      try await ProxyHarness.with(option, upstream: Self.me) { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/me", Self.alice).text == "I am Bearer alice")
          try await harness.untilSettled()
          #expect(try await harness.get("/r/me", Self.bob).text == "I am Bearer bob")
          try await harness.untilSettled()
          #expect(try await harness.get("/r/me").text == "I am nobody")
          try await harness.untilSettled()
          #expect(try await harness.get("/r/me", [FieldLine("Cookie", "session=1")]).text == "I am nobody")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 4)
        await harness.stopUpstream()
        #expect(try await harness.get("/r/me", Self.bob).text == "I am Bearer bob")
        #expect(try await harness.get("/r/me").text == "I am nobody")
        #expect(try await harness.get("/r/me", [FieldLine("Authorization", "Bearer eve")]).status == 502)
      }
    }

    @Test func `credentials are nowhere on the disk, nor a digest that anybody can compute`() async throws {
      try await ProxyHarness.with("key: {headers: [authorization]}\nredact: {query: [token]}", upstream: Self.page) {
        (harness) async throws in
        _ = try await harness.get("/r/a?token=s3cret", Self.alice + [FieldLine("Cookie", "c00kie")])
        _ = try await harness.get("/r/me", Self.alice + [FieldLine("Cookie", "c00kie")])
        try await harness.untilSettled()
        let digests = ["Bearer alice", "c00kie", "s3cret"].map { SHA256.hexDigest(of: $0.utf8) }
        for name in harness.stored {
          let text = name.hasSuffix(".txt") ? "" : try #require(harness.storedText(name))
          for secret in ["alice", "c00kie", "s3cret"] + digests + digests.map({ String($0.prefix(16)) }) {
            #expect(!name.contains(secret) && !text.contains(secret), "\(name)")
          }
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: harness.files["store/.~~secret"])
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try await harness.get("/r/a?token=s3cret", Self.alice + [FieldLine("Cookie", "c00kie")]).text == "asked by Bearer alice")
        #expect(harness.requests.count == 2)
      }
    }

    @Test func `what is everybody's is shared, unless the route separates`() async throws {
      try await ProxyHarness.with(upstream: Self.page) { (harness) async throws in
        _ = try await harness.get("/r/a", Self.alice)
        try await harness.untilSettled()
        #expect(try await harness.get("/r/a", Self.bob).text == "asked by Bearer alice")
        #expect(try await harness.get("/r/a").text == "asked by Bearer alice")
        #expect(harness.stored.contains("a.txt"))
      }
      try await ProxyHarness.with("credentials: separate", upstream: Self.page) { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/a", Self.alice).text == "asked by Bearer alice")
          try await harness.untilSettled()
          #expect(try await harness.get("/r/a", Self.bob).text == "asked by Bearer bob")
          try await harness.untilSettled()
          #expect(try await harness.get("/r/a").text == "asked by nobody")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 3)
      }
    }

    @Test func `a route that shares replays what was one client's to everybody`() async throws {
      try await ProxyHarness.with("credentials: share", upstream: Self.me) { (harness) async throws in
        _ = try await harness.get("/r/me", Self.alice)
        try await harness.untilSettled()
        #expect(try await harness.get("/r/me", Self.bob).text == "I am Bearer alice")
        #expect(try await harness.get("/r/me").text == "I am Bearer alice")
        #expect(harness.requests.count == 1)
      }
    }

    @Test func `a route that refuses passes on what is one client's and keeps nothing of it`() async throws {
      try await ProxyHarness.with("credentials: refuse", upstream: Self.me) { (harness) async throws in
        for _ in 0..<2 {
          #expect(try await harness.get("/r/me", Self.alice).text == "I am Bearer alice")
          #expect(try await harness.get("/r/me").text == "I am nobody")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 4)
        #expect(harness.stored.filter { !$0.hasPrefix(".~~") }.isEmpty)
      }
    }

    @Test func `a replay that misses for its credentials alone says so, and the line it names helps`() async throws {
      try await ProxyHarness.with(upstream: Self.me) { (recorder) async throws in
        _ = try await recorder.get("/r/me", Self.alice)
        try await recorder.untilSettled()
        let store = recorder.files["store"]
        try await ProxyHarness.with("mode: replay", store: store, upstreamAddress: recorder.upstreamAddress, upstream: Self.me) {
          (harness) async throws in
          #expect(try await harness.get("/r/me", Self.alice).text == "I am Bearer alice")
          let miss = try await harness.get("/r/me", Self.bob)
          #expect(miss.status == 404)
          #expect(miss.text.contains("credentials: share"))
          let other = try await harness.get("/r/you", Self.bob)
          #expect(!other.text.contains("credentials: share"))
        }
        try await ProxyHarness.with(
          "mode: replay\ncredentials: share", store: store, upstreamAddress: recorder.upstreamAddress, upstream: Self.me
        ) {
          (harness) async throws in
          #expect(try await harness.get("/r/me", Self.bob).text == "I am Bearer alice")
          #expect(try await harness.get("/r/me").text == "I am Bearer alice")
        }
      }
    }

    // MARK: Fetches under way

    @Test(arguments: ["mode: record", "mode: once", "mode: record\ncredentials: share"])
    func `clients of other credentials share no fetch`(_ option: String) async throws {
      let arrived = Arrivals()
      try await ProxyHarness.with(option) { request in
        arrived.add()
        await arrived.wait(for: 3)
        try await Self.me(request)
      } _: { (harness) async throws in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for fields in [Self.alice, Self.bob, []] {
            group.addTask { () async throws in
              #expect(try await harness.get("/r/me", fields).text == "I am \(fields.first?.value ?? "nobody")")
            }
          }
          try await group.waitForAll()
        }
        #expect(harness.requests.count == 3)
      }
    }

    @Test func `clients who share a fetch do not share what is one client's of it`() async throws {
      let gate = Gate()
      try await ProxyHarness.with("redact: {headers: [x-token]}") { request in
        var fields: HTTPFields = [.contentType: "text/plain", .setCookie: "session=1"]
        fields[HTTPField.Name("X-Token")!] = "t0ken"
        let answer = try await request.sendHeaders(fields)
        try await answer.write("first")
        await gate.wait()
        try await answer.finish()
      } _: { (harness) async throws in
        let first = try await harness.open("/r/a")
        let second = try await harness.open("/r/a")
        gate.open()
        #expect(harness.requests.count == 1)
        func names(_ fields: [FieldLine]) -> Set<String> { Set(fields.map { $0.name.lowercased() }) }
        #expect(names(first.headers).isSuperset(of: ["set-cookie", "x-token"]))
        #expect(names(second.headers).isDisjoint(with: ["set-cookie", "x-token"]))
        #expect(try await harness.rest(of: second) == Array("first".utf8))
      }
    }

    @Test func `requests that differ in what the answer varies by get answers of their own`() async throws {
      let arrived = Arrivals()
      try await ProxyHarness.with { request in
        if request.headers[.acceptLanguage] == "de" {
          arrived.add()
          await arrived.wait(for: 2)
        }
        try await request.respond(
          .ok, "in \(request.headers[.acceptLanguage] ?? "none")",
          headers: [.contentType: "text/plain", .vary: "Accept-Language, Accept-Encoding"])
      } _: { (harness) async throws in
        let languages: [String?] = ["de", "fr", "en", nil, "de", "fr", "en", nil]
        let first = Task { try await harness.get("/r/a", [FieldLine("Accept-Language", "de")]).text }
        await arrived.wait(for: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for language in languages {
            group.addTask { () async throws in
              #expect(
                try await harness.get("/r/a", language.map { [FieldLine("Accept-Language", $0)] } ?? []).text == "in \(language ?? "none")")
            }
          }
          arrived.add()
          try await group.waitForAll()
        }
        #expect(try await first.value == "in de")
        try await harness.untilSettled()
        await harness.stopUpstream()
        for _ in 0..<2 {
          for language in languages {
            #expect(
              try await harness.get("/r/a", language.map { [FieldLine("Accept-Language", $0)] } ?? []).text == "in \(language ?? "none")")
          }
        }
        #expect(try await harness.get("/r/a", [FieldLine("Accept-Language", "it")]).status == 502)
        #expect(harness.stored.contains("a.txt"))
      }
    }

    @Test func `what varies by everything is nobody else's`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, "for \(request.headers[.cookie] ?? "nobody")", headers: [.contentType: "text/plain", .vary: "*"])
      } _: { (harness) async throws in
        for cookie in ["a=1", "a=2", "a=1"] {
          #expect(try await harness.get("/r/a", [FieldLine("Cookie", cookie)]).text == "for \(cookie)")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 2)
      }
    }

    // MARK: Keys

    @Test func `an upstream cannot plant a head`() async throws {
      let planted = "status: 302\nheaders: {Location: 'http://evil.test/'}\n"
      try await ProxyHarness.with { request in
        let isHead = request.target.raw.lowercased().contains("head")
        try await request.respond(.ok, isHead ? planted : "openapi: 3.1.0", headers: [.contentType: "application/yaml"])
      } _: { (harness) async throws in
        for path in ["/r/openapi.yaml?v=1", "/r/foo", "/r/.~~foo"] {
          #expect(try await harness.get(path).text == "openapi: 3.1.0")
          try await harness.untilSettled()
          for suffix in [".head", ".HEAD", ".head.yaml", "%2Ehead", ".head.head"] {
            _ = try await harness.get(path + suffix)
            try await harness.untilSettled()
          }
          let count = harness.requests.count
          let again = try await harness.get(path)
          #expect(again.status == 200 && again.text == "openapi: 3.1.0")
          #expect(harness.requests.count == count)
        }
      }
    }

    @Test func `two upstreams on one store answer each for itself`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, "first", headers: [.contentType: "text/plain"])
      } _: { (first) async throws in
        try await ProxyHarness.with(store: first.files["store"]) { request in
          try await request.respond(.ok, "second", headers: [.contentType: "text/plain"])
        } _: { (second) async throws in
          for _ in 0..<2 {
            #expect(try await first.get("/r/a").text == "first")
            try await first.untilSettled()
            #expect(try await second.get("/r/a").text == "second")
            try await second.untilSettled()
          }
          #expect(first.requests.count == 1)
          #expect(second.requests.count == 1)
        }
      }
    }

    @Test func `values of a key that are no UTF-8 are different keys`() async throws {
      try await ProxyHarness.with("key: {headers: [x-name, authorization]}") { request in
        let line = request.head.fields.first { String(decoding: request.headBytes[$0.name], as: UTF8.self).lowercased() == "x-name" }
        let octets = line.map { Array(request.headBytes[$0.value]) } ?? []
        try await request.respond(.ok, "\(octets)", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let values: [[UInt8]] = [[0xFF], [0xFE], Array("\u{FFFD}".utf8), [0xC3, 0xA9], [0xE9]]
        for _ in 0..<2 {
          for value in values {
            #expect(try await harness.get("/r/a", [FieldLine("X-Name", ObsText.text(value))]).text == "\(value)")
            try await harness.untilSettled()
          }
          for value in values {
            _ = try await harness.get("/r/b", [FieldLine("Authorization", ObsText.text(value))])
            try await harness.untilSettled()
          }
        }
        #expect(harness.requests.count == values.count * 2)
      }
    }

    @Test func `a deep URL makes few directories, and none are left of it`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, request.target.raw, headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        let deep = String(repeating: "/a", count: 1700)
        for path in [deep, deep + "/b", deep.dropLast(2) + "/b"] {
          for _ in 0..<2 {
            #expect(try await harness.get("/r\(path)").text == path)
            try await harness.untilSettled()
          }
        }
        #expect(harness.requests.count == 3)
        #expect(harness.stored.allSatisfy { $0.split(separator: "/").count <= 17 })
        let store = harness.files["store"]
        for exchange in try RecordingInventory.exchanges(in: store) { _ = try RecordingInventory.remove(exchange) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: store) == [".~~lock"])
      }
    }
  }
}

/// How often something happened, and those who wait for it.
private final class Arrivals: Sendable {
  private struct State {
    var count = 0
    var waiters: [(Int, CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  func add() {
    let ready = state.withLock { state in
      state.count += 1
      let ready = state.waiters.filter { $0.0 <= state.count }
      state.waiters.removeAll { $0.0 <= state.count }
      return ready
    }
    for waiter in ready { waiter.1.resume() }
  }

  func wait(for count: Int) async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.count < count { state.waiters.append((count, continuation)) }
        return state.count >= count
      }
      if isDone { continuation.resume() }
    }
  }
}
