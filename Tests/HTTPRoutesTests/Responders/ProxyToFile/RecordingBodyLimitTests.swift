import AsyncHTTPServer
import Foundation
import HTTPTypes
import Testing
import UpstreamClient

@testable import HTTPRoutes

extension ProxyTests {
  @Suite struct RecordingBodyLimitTests {
    /// Answers with more than the bound, announced, until nobody takes it any more.
    private static func endless(_ request: Request, cancelled: Gate) async throws {
      do {
        let answer = try await request.sendHeaders([.contentLength: "3000000000"])
        while true { try await answer.write([UInt8](repeating: 7, count: 65_536)) }
      } catch {
        cancelled.open()
        throw error
      }
    }

    @Test(arguments: [("max_size: 100KiB", "max_size"), ("max_body: 100KiB", "max_body"), ("max_body: 100KiB\nmode: record", "max_body")])
    func `an answer that says it is too large to record is a 502 at once, for all who share it`(_ options: String, _ key: String)
      async throws
    {
      let cancelled = Gate()
      let isAsked = Gate()
      try await ProxyHarness.with(options) { request in
        await isAsked.wait()
        try await Self.endless(request, cancelled: cancelled)
      } _: { (harness) async throws in
        let answers = try await withThrowingTaskGroup { group in
          for method in ["GET", "GET", "GET", "HEAD"] { group.addTask { try await harness.get("/r/film", method: method) } }
          isAsked.open()
          return try await group.reduce(into: [ProxyHarness.Fetched]()) { $0.append($1) }
        }
        for answer in answers {
          #expect(answer.status == 502)
          #expect(answer["Content-Type"] == "application/json")
          if answer.body.isEmpty { continue }
          let members = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
          #expect(members["error"] as? String == "Bad Gateway")
          #expect(members["upstream"] as? String == "http://\(harness.upstreamAddress)")
          #expect(
            members["reason"] as? String
              == "the response is too large to record: 3000000000 bytes, and \(key) is 102400; raise \(key), or pass it on with mode: passthrough"
          )
        }
        #expect(answers.filter(\.body.isEmpty).count == 1)
        await cancelled.wait()
        try await harness.untilSettled()
        #expect(harness.stored.isEmpty)
      }
    }

    @Test func `an answer that turns out too large is cut for all who share it`() async throws {
      let all = Gate()
      try await ProxyHarness.with("max_body: 100KiB") { request in
        let answer = try await request.sendHeaders([.contentType: "text/plain"])
        try await answer.write([UInt8](repeating: 1, count: 102_400))
        await all.wait()
        try await answer.write([2])
        try await answer.finish()
      } _: { (harness) async throws in
        let exchanges = try await withThrowingTaskGroup { group in
          for _ in 0..<4 { group.addTask { try await harness.open("/r/log") } }
          return try await group.reduce(into: [UpstreamExchange]()) { $0.append($1) }
        }
        #expect(exchanges.allSatisfy { $0.status == 200 })
        all.open()
        for exchange in exchanges { await #expect(throws: UpstreamError.self) { try await harness.rest(of: exchange) } }
        try await harness.untilSettled()
        #expect(harness.stored.isEmpty)
        #expect(harness.requests == ["GET /log"])
      }
    }

    @Test func `as large as may be is recorded`() async throws {
      try await ProxyHarness.with("max_body: 100KiB") { request in
        if request.target.raw == "/announced" { return try await request.respond(.ok, [UInt8](repeating: 7, count: 102_400)) }
        let answer = try await request.sendHeaders([:])
        for _ in 0..<4 { try await answer.write([UInt8](repeating: 7, count: 25_600)) }
        try await answer.finish()
      } _: { (harness) async throws in
        for name in ["announced", "chunked"] { #expect(try await harness.get("/r/\(name)").body.count == 102_400) }
        try await harness.untilSettled()
        #expect(harness.stored == ["announced.bin", "announced.head.yaml", "chunked.bin", "chunked.head.yaml"])
      }
    }

    @Test func `the old recording stands in for an answer that is too large`() async throws {
      let cancelled = Gate()
      try await ProxyHarness.with("mode: refresh\nrefresh_after: 1h\nmax_body: 100KiB") { request in
        try await Self.endless(request, cancelled: cancelled)
      } _: { (harness) async throws in
        try harness.files.write("old", to: "store/film.txt")
        try harness.files.write(
          "status: 200\nrecorded_at: 2001-02-03T04:05:06Z\nbody: {file: film.txt}\n", to: "store/film.head.yaml")
        let stale = try await harness.get("/r/film")
        #expect(stale.status == 200)
        #expect(stale.text == "old")
        #expect(stale["Warning"] == "111 asynchttpd \"Revalidation Failed\"")
        await cancelled.wait()
      }
    }

    @Test(arguments: ["mode: passthrough\nmax_body: 1KiB", "save_status: [404]\nmax_body: 1KiB"])
    func `what is not recorded anyway has no bound`(_ options: String) async throws {
      try await ProxyHarness.with(options) { request in
        try await request.respond(.ok, [UInt8](repeating: 7, count: 300_000))
      } _: { (harness) async throws in
        #expect(try await harness.get("/r/a").body == [UInt8](repeating: 7, count: 300_000))
      }
    }
  }
}
