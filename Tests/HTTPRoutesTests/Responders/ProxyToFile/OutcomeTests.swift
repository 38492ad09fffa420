import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import Reactor
import Synchronization
import Testing

@testable import HTTPRoutes

extension ProxyTests {
  /// What observers hear of an answer of `proxy_to_file`, and the ids by which a request is known on both sides.
  @Suite struct OutcomeTests {
    private final class Observer: RequestObserver, RequestObserverSource {
      private let kept = Mutex<[(outcome: AnswerOutcome?, id: String?)]>([])
      let wantsRequestIDs: Bool

      init(wantsRequestIDs: Bool = false) { self.wantsRequestIDs = wantsRequestIDs }

      var outcomes: [AnswerOutcome?] { kept.withLock { $0.map(\.outcome) } }
      var ids: [String?] { kept.withLock { $0.map(\.id) } }

      func makeObserver(on reactor: Reactor) -> any RequestObserver { self }

      func requestAnswered(
        _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
      ) {
        kept.withLock { $0.append((answer.outcome, answer.requestID?.description)) }
      }

      func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {}
    }

    /// What is heard of these requests, one after another, each with its recording settled.
    private func outcomes(
      _ options: String, of paths: [String], store: String = "STORE", upstreamAddress: SocketAddress? = nil,
      upstream handler: @escaping @Sendable (Request) async throws -> Void = { try await $0.respond(.ok, "x") }
    ) async throws -> [AnswerOutcome?] {
      let observer = Observer()
      try await ProxyHarness.with(
        options, store: store, upstreamAddress: upstreamAddress, observers: [observer], upstream: handler
      ) { (harness) async throws in
        for path in paths {
          _ = try await harness.get(path)
          try await harness.untilSettled()
        }
      }
      return observer.outcomes
    }

    @Test func `what is fetched is told from what is recorded, whether a task answers or not`() async throws {
      #expect(try await outcomes("mode: once", of: ["/r/a", "/r/a", "/r/a", "/r/b"]) == [.fetched, .recorded, .recorded, .fetched])
      #expect(try await outcomes("mode: record", of: ["/r/a", "/r/a"]) == [.fetched, .fetched])
    }

    @Test func `what is not recorded is passed on`() async throws {
      #expect(try await outcomes("mode: passthrough", of: ["/r/a"]) == [.passed])
      let outcomes = try await outcomes("mode: once", of: ["/r/a"]) { try await $0.respond(.internalServerError, "x") }
      #expect(outcomes == [.passed])
    }

    @Test func `an upstream that fails and a recording that is missing are told apart`() async throws {
      // Nothing listens on port 1.
      let gone = try #require(SocketAddress("127.0.0.1", port: 1))
      #expect(try await outcomes("mode: once", of: ["/r/a"], upstreamAddress: gone) == [.failed])
      #expect(try await outcomes("mode: passthrough", of: ["/r/a"], upstreamAddress: gone) == [.failed])
      #expect(try await outcomes("mode: replay", of: ["/r/a"], store: ".") == [.missed])
    }

    @Test func `a recording that is too old is refreshed, or stale where the upstream fails`() async throws {
      let answers = Atomic<Int>(0)
      let outcomes = try await outcomes("mode: refresh\nrefresh_after: 1ms", of: ["/r/a", "/r/a", "/r/a"]) { request in
        let isLast = answers.add(1, ordering: .relaxed).newValue == 3
        try await request.respond(isLast ? .badGateway : .ok, "x")
      }
      #expect(outcomes == [.fetched, .refreshed, .stale])
    }

    // MARK: Ids

    private static let id = HTTPField.Name("X-Request-ID")!

    @Test(arguments: ["mode: once", "mode: record", "mode: passthrough"])
    func `the upstream is sent the id, the client is answered it, and a recording has it not`(_ mode: String) async throws {
      let observer = Observer(wantsRequestIDs: true)
      try await ProxyHarness.with(mode, observers: [observer]) { request in
        try await request.respond(.ok, "x", headers: [Self.id: "of-the-upstream"])
      } _: { (harness) async throws in
        for index in 0..<2 {
          let answer = try await harness.get("/r/a", [FieldLine("X-Request-ID", "of-the-client")])
          try await harness.untilSettled()
          let id = try #require(observer.ids[index])
          #expect(answer["X-Request-ID"] == id && id.utf8.count == 32)
          if index < harness.requests.count { #expect(harness.field("x-request-id", ofRequest: index) == id) }
        }
        #expect(Set(observer.ids).count == 2)
      }
    }

    @Test func `without ids, what client and upstream say of theirs passes`() async throws {
      try await ProxyHarness.with("mode: once", observers: [Observer()]) { request in
        try await request.respond(.ok, "x", headers: [Self.id: "of-the-upstream"])
      } _: { (harness) async throws in
        let answer = try await harness.get("/r/a", [FieldLine("X-Request-ID", "of-the-client")])
        #expect(answer["X-Request-ID"] == "of-the-upstream")
        #expect(harness.field("x-request-id", ofRequest: 0) == "of-the-client")
      }
    }

    @Test func `a trusted proxy's id goes up, and a key that names the field has what came`() async throws {
      let observer = Observer(wantsRequestIDs: true)
      try await ProxyHarness.with("mode: once", trusting: ["127.0.0.1"], observers: [observer]) { request in
        try await request.respond(.ok, "x")
      } _: { (harness) async throws in
        _ = try await harness.get("/r/a", [FieldLine("X-Request-ID", "of-the-proxy")])
        #expect(harness.field("x-request-id", ofRequest: 0) == "of-the-proxy" && observer.ids == ["of-the-proxy"])
      }
      try await ProxyHarness.with("mode: once\nkey: {headers: [x-request-id]}", observers: [observer]) { request in
        try await request.respond(.ok, "x")
      } _: { (harness) async throws in
        _ = try await harness.get("/r/a", [FieldLine("X-Request-ID", "told apart")])
        #expect(harness.field("x-request-id", ofRequest: 0) == "told apart")
      }
    }
  }
}
