import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import Reactor
import Synchronization
import Testing

/// What a table of routes says of the requests it answers.
@Suite struct RouteTableTests {
  private final class Recorder: RequestObserver, RequestObserverSource {
    let routes = Mutex<[String?]>([])
    let outcomes = Mutex<[AnswerOutcome?]>([])
    func makeObserver(on reactor: Reactor) -> any RequestObserver { self }
    func requestAnswered(
      _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
    ) {
      routes.withLock { $0.append(answer.route?.id) }
      outcomes.withLock { $0.append(answer.outcome) }
    }
    func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) { routes.withLock { $0.append("malformed") } }
  }

  @Test func `observers hear which route has answered, at once or in a task, and of none where none has`() async throws {
    let routes = try RouteTable(
      yaml: """
        routes:
          - {path: /constant, id: constant, json: {a: 1}}
          - {path: "/asked/{name}", id: asked, json: {a: 1}, headers: {X-Name: "{name}"}}
          - {path: /slow, id: slow, json: {a: 1}, delay: 1ms}
        """)
    let recorder = Recorder()
    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.observers = [recorder]
    try await withServer(routes, configuration: configuration) { url in
      let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
      let address = try #require(SocketAddress("127.0.0.1", port: port))
      for path in ["/constant", "/asked/x", "/slow", "/none"] {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
        _ = try await onOwnThread { Site.exchange(request, address) }.get()
      }
      // With a body it is a task that answers.
      let request = Array("POST /constant HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx".utf8)
      _ = try await onOwnThread { Site.exchange(request, address) }.get()
    }
    #expect(recorder.routes.withLock { $0 } == ["constant", "asked", "slow", nil, "constant"])
  }

  @Test func `observers can tell what no route fits, and what a rate limit refuses, from all else`() async throws {
    let recorder = Recorder()
    let yaml = """
      routes:
        - {path: /get, method: GET, text: a, cors: {origins: ["http://a"]}}
        - {path: /when, when: {query: {a: "1"}}, text: a}
        - {path: /limited, text: a, rate_limit: {requests: 1, within: 1d}}
      """
    try await Site.with(yaml, observers: [recorder]) { (site, _) async throws in
      for target in ["/get", "/none", "/when", "/limited", "/limited", "/%2e%2e/%2e%2e"] { _ = try await site.get(target) }
      _ = try await site.get("/get", method: "DELETE")
      _ = try await site.get("/get", "Origin: http://a", "Access-Control-Request-Method: GET", method: "OPTIONS")
    }
    #expect(recorder.outcomes.withLock { $0 } == [nil, .unmatched, .unmatched, nil, .limited, nil, .unmatched, nil])
  }

  @Test func `a route keeps its name and slot over reloads, and slots of routes that are gone are used again`() throws {
    func table(_ ids: [String], replacing old: RouteTable? = nil) throws -> RouteTable {
      let routes = ids.map { "  - {path: /\($0), id: \($0), text: a}\n" }.joined()
      return try RouteTable(yaml: "routes:\n\(routes)", replacing: old)
    }
    let first = try table(["a", "b", "c"])
    #expect(first.routes.map(\.name.slot) == [0, 1, 2])
    var second: RouteTable? = try table(["c", "d", "a"], replacing: first)
    #expect(second?.routes.map(\.name.slot) == [2, 3, 0])
    #expect(second?.routes[0].name === first.routes[2].name)
    let third = try table(["e"], replacing: second)
    second = nil
    #expect(third.routes[0].name.slot == 4)
    let fourth = try table(["f", "e"], replacing: third)
    #expect(fourth.routes.map(\.name.slot) == [3, 4], "the slot of d is free, and those of the first table are not")
    withExtendedLifetime(first) {}
  }
}
