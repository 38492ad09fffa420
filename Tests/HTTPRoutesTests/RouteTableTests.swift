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
    func makeObserver(on reactor: Reactor) -> any RequestObserver { self }
    func requestAnswered(
      _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
    ) {
      routes.withLock { $0.append(answer.route?.id) }
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
}
