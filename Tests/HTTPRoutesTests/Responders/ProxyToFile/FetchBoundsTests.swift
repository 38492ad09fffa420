import AsyncHTTPServer
import Foundation
import HTTPTypes
import Reactor
import Recordings
import Synchronization
import Testing
import UpstreamClient

@testable import HTTPRoutes

extension ProxyTests {
  /// What a fetch may take: memory, turns of the loop, places that others wait for.
  @Suite struct FetchBoundsTests {
    private static let deflate: HTTPFields = [.contentEncoding: "deflate", .contentType: "text/plain"]

    // MARK: Coded content

    @Test(arguments: [("max_body: 64KiB", "max_body", 65_536), ("max_size: 100KiB", "max_size", 102_400)])
    func `what is larger than may be once it is decoded is a 502 with the bound's sentence`(_ options: String, _ key: String, _ limit: Int)
      async throws
    {
      let bomb = zlibBomb(64 << 20)
      try await ProxyHarness.with(options) { request in
        try await request.respond(.ok, bomb, headers: Self.deflate)
      } _: { (harness) async throws in
        for _ in 0..<2 {
          let answer = try await harness.get("/r/bomb")
          #expect(answer.status == 502)
          let members = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
          #expect(
            members["reason"] as? String
              == "the response is too large to record: more than \(key), \(limit); raise \(key), or pass it on with mode: passthrough")
        }
        try await harness.untilSettled()
        #expect(harness.stored.isEmpty)
      }
    }

    @Test func `what is as large as may be is recorded, however well it was coded`() async throws {
      let bomb = zlibBomb(3 << 20)
      try await ProxyHarness.with("max_body: 3MiB") { request in
        try await request.respond(.ok, bomb, headers: Self.deflate)
      } _: { (harness) async throws in
        for _ in 0..<2 {
          let answer = try await harness.get("/r/zeros")
          #expect(answer.status == 200)
          #expect(answer["Content-Encoding"] == nil)
          #expect(answer.body == [UInt8](repeating: 0, count: 3 << 20))
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 1)
      }
    }

    @Test func `many of them hold neither the memory nor the loop`() async throws {
      let bomb = zlibBomb(16 << 20)
      try await ProxyHarness.with("save_status: [404]") { request in
        if request.target.raw == "/plain" { return try await request.respond(.ok, "plain") }
        try await request.respond(.ok, bomb, headers: Self.deflate)
      } _: { (harness) async throws in
        let before = Self.residentBytes()
        let progress = Progress()
        try await withThrowingTaskGroup { group in
          // As long as they are decoded, others are answered.
          group.addTask {
            var answered = 0
            while !progress.isOver.load(ordering: .relaxed) {
              let plain = try await harness.get("/r/plain")
              #expect(plain.text == "plain")
              answered += 1
              progress.peak.max(Self.residentBytes(), ordering: .relaxed)
            }
            #expect(answered > 1)
          }
          try await withThrowingTaskGroup { bombs in
            for number in 0..<8 {
              bombs.addTask {
                let exchange = try await harness.open("/r/bomb/\(number)")
                var count = 0
                while let bytes = try await harness.chunk(of: exchange) { count += bytes.count }
                #expect(count == 16 << 20)
              }
            }
            try await bombs.waitForAll()
          }
          progress.isOver.store(true, ordering: .relaxed)
          try await group.waitForAll()
        }
        #expect(progress.peak.load(ordering: .relaxed) - before < 32 << 20)
      }
    }

    private final class Progress: Sendable {
      let isOver = Atomic<Bool>(false)
      let peak = Atomic<Int>(0)
    }

    private static func residentBytes() -> Int {
      let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
      return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
    }

    @Test func `a coding that cannot be decoded within bounds is kept as it came, asked for once`() async throws {
      try await ProxyHarness.with { request in
        try await request.respond(.ok, "coded", headers: [.contentEncoding: "br", .contentType: "text/plain"])
      } _: { (harness) async throws in
        for _ in 0..<2 {
          let answer = try await harness.get("/r/a")
          #expect(answer.text == "coded")
          #expect(answer["Content-Encoding"] == "br")
          try await harness.untilSettled()
        }
        #expect(harness.requests == ["GET /a"])
      }
    }

    // MARK: Clients that do not read

    @Test(arguments: ["save_status: [404]", "mode: passthrough"])
    func `clients that do not read their answers do not keep others from the upstream`(_ options: String) async throws {
      try await ProxyHarness.with(options) { request in
        guard request.target.raw.hasPrefix("/endless") else { return try await request.respond(.init(code: 201), "short") }
        let answer = try await request.sendHeaders([.contentType: "text/plain"])
        while true { try await answer.write([UInt8](repeating: 7, count: 65_536)) }
      } _: { (harness) async throws in
        // More than there are places, for fetches and for connections to one host alike.
        var unread: [UpstreamExchange] = []
        for number in 0..<80 { unread.append(try await harness.open("/r/endless/\(number)")) }
        let answer = try await harness.get("/r/short")
        #expect(answer.status == 201)
        #expect(answer.text == "short")
        withExtendedLifetime(unread) {}
      }
    }

    // MARK: Fetches that nobody waits for

    @Test func `a fetch that has no reader and no recording is given up`() async {
      let flight = Flight()
      let readers = [flight.join()!, flight.join()!]
      let fetch = Task<Void, Never> { await Gate().waitUntilCancelled() }
      flight.start(fetch)
      #expect(!flight.leave(readers[0]))
      #expect(!fetch.isCancelled)
      #expect(flight.leave(readers[1]))
      #expect(fetch.isCancelled)
      #expect(flight.join() == nil)
      #expect(!flight.begin(.init(status: 200, fields: [], contentLength: nil), count: 0))
      // One that is given up before it has begun does not begin.
      let other = Flight()
      #expect(other.leave(other.join()!))
      let late = Task<Void, Never> { await Gate().waitUntilCancelled() }
      other.start(late)
      #expect(late.isCancelled)
    }

    @Test func `what is not recorded is not waited for at the end`() async throws {
      let gate = Gate()
      let isAsked = Gate()
      try await ProxyHarness.with { request in
        isAsked.open()
        await gate.wait()
        try await request.respond(.ok, "late", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        async let late = harness.get("/r/late")
        await isAsked.wait()
        // The upstream has not answered: nothing would be lost.
        try await harness.untilSettled()
        gate.open()
        #expect(try await late.text == "late")
        try await harness.untilSettled()
        #expect(harness.stored == ["late.head.yaml", "late.txt"])
      }
    }

    // MARK: Responses that break off

    @Test(arguments: ["", "mode: passthrough", "save_status: [404]"])
    func `an upstream that breaks off right after its head is a 502`(_ options: String) async throws {
      struct Break: Error {}
      try await ProxyHarness.with(options) { request in
        _ = try await request.sendHeaders(request.target.raw == "/announced" ? [.contentLength: "10"] : [:])
        throw Break()
      } _: { (harness) async throws in
        for path in ["/r/announced", "/r/chunked"] {
          let answer = try await harness.get(path)
          #expect(answer.status == 502)
          #expect(answer.text.contains("the connection broke"))
        }
        try await harness.untilSettled()
        #expect(harness.stored.isEmpty)
      }
    }

    // MARK: Requests with a body

    @Test(arguments: ["mode: passthrough", "key: {body: hash}"])
    func `a large body goes up whole, with its length`(_ options: String) async throws {
      let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
      try await ProxyHarness.with(options, route: "methods: [POST, PUT]") { request in
        let length = request.headers[.contentLength] ?? "none"
        let received = try await request.body.collect(upTo: 4_000_000)
        try await request.respond(
          .ok, "\(request.method) \(length) \(SHA256.hexDigest(of: received))", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for size in [65_536, 65_537, body.count] {
          let sent = Array(body[..<size])
          for method in ["POST", "PUT", "POST"] {
            let answer = try await harness.get("/r/upload", method: method, body: sent)
            #expect(answer.text == "\(method) \(size) \(SHA256.hexDigest(of: sent))")
            try await harness.untilSettled()
          }
        }
        #expect(harness.requests.count == (options.hasPrefix("mode") ? 9 : 6))
      }
    }

    @Test func `large JSON bodies that mean the same are one recording`() async throws {
      let members = (0..<20_000).map { "\"m\($0)\": \($0)" }
      let texts = ["{\(members.joined(separator: ", "))}", "{\(members.reversed().joined(separator: ","))}"]
      try await ProxyHarness.with("key: {body: json}", route: "method: POST") { request in
        _ = try await request.body.collect(upTo: 4_000_000)
        try await request.respond(.ok, "x", headers: [.contentType: "text/plain"])
      } _: { (harness) async throws in
        for text in texts {
          #expect(try await harness.get("/r/q", method: "POST", body: Array(text.utf8)).text == "x")
          try await harness.untilSettled()
        }
        #expect(harness.requests.count == 1)
      }
    }
  }
}

extension Gate {
  /// Waits for the end of the task.
  fileprivate func waitUntilCancelled() async {
    await withTaskCancellationHandler {
      await wait()
    } onCancel: {
      open()
    }
  }
}
