import Reactor
import Testing

@testable import UpstreamClient

extension UpstreamClientTests {
  /// The upstream answers the first request of a connection, and closes it at the second without a byte, having seen it.
  @Suite struct RepeatedRequestTests {
    private let upstream = ScriptedUpstream.plain

    @Test(arguments: ["GET", "HEAD", "OPTIONS", "TRACE"])
    func `a safe method is repeated once, on a new connection`(_ method: String) async throws {
      for kept in [0, 3] { #expect(try await sent(method, kept: kept, tag: "\(method)-\(kept)") == 2) }
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "PURGE", "get"])
    func `no other method is sent twice`(_ method: String) async throws {
      for body in [nil, Array("body".utf8)] {
        #expect(try await sent(method, kept: 3, tag: "\(method)-\(body?.count ?? 0)", body: body) == 1)
      }
    }

    @Test func `a safe method with a body is not sent twice`() async throws {
      #expect(try await sent("OPTIONS", kept: 0, tag: "OPTIONS-body", body: [1]) == 1)
    }

    @Test(arguments: ["length", "chunked", "head", "with-it"])
    func `what nobody asked for is not taken for an answer`(_ way: String) async throws {
      let upstream = upstream
      try await withClient { client, _ in
        let method = way == "head" ? "HEAD" : "GET"
        let first = try await client.fetchAll(UpstreamRequest(method: method, url: upstream.url("/unasked/\(way)/\(way)")))
        #expect(first.text == (way == "head" ? "" : "hello"))
        // Once it has been sent, it waits on the connection that is kept.
        while try await fetched("/count/\(way)").text != "1" {}
        for _ in 0..<2 { #expect(try await client.fetchAll(UpstreamRequest(url: upstream.url("/plain"))).text == "hello") }
      }
    }

    /// Sends one request where one connection is kept, and as many more; answers how many requests the upstream has seen.
    private func sent(_ method: String, kept: Int, tag: String, body: [UInt8]? = nil) async throws -> Int {
      let upstream = upstream
      return try await withClient { client, _ in
        try await withThrowingTaskGroup { group in
          for _ in 0..<kept { group.addTask { _ = try await client.fetchAll(UpstreamRequest(url: upstream.url("/wait/\(tag)"))) } }
          group.addTask { _ = try await client.fetchAll(UpstreamRequest(url: upstream.url("/open/\(tag)"))) }
          try await group.waitForAll()
        }
        let answer = try await client.fetchAll(UpstreamRequest(method: method, url: upstream.url("/dropped/\(tag)"), body: body))
        #expect(answer.status == 200)
        return Int(try await client.fetchAll(UpstreamRequest(url: upstream.url("/count/\(tag)"))).text) ?? 0
      }
    }
  }
}
