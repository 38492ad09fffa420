// Callbacks over real sockets: what arrives, what is refused, what is sent again.

import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor
import Synchronization
import SystemPackage
import Testing

@testable import HTTPRoutes

@Suite struct CallbackSenderTests {
  /// Serves `yaml`, in which `PORT` stands for that of a server that answers callbacks by `statuses`, one after the other and the last for
  /// ever; `body` has the site, the log, and what has arrived.
  private static func with(
    _ yaml: String, statuses: [Int] = [200], _ body: @escaping @Sendable (Site, KeptLog, CallbackArrivals) async throws -> Void
  ) async throws {
    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.logger.logLevel = .critical
    let receiver = AsyncHTTPServer(configuration: configuration)
    let address = try receiver.listen(port: 0, address: "127.0.0.1")
    let arrivals = CallbackArrivals(statuses: statuses)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await receiver.serve { request in try await arrivals.answer(request) } }
      group.addTask {
        let log = KeptLog()
        try await Site.with(yaml.replacing("PORT", with: "\(address.port ?? 0)"), log: log) { site, _ in try await body(site, log, arrivals)
        }
        receiver.close()
      }
      defer { receiver.close() }
      while let result = await group.nextResult() {
        if case .failure(let error) = result, (error as? ServerError) != .serverClosed { throw error }
      }
    }
  }

  @Test func `a callback is sent once the answer has been, with what the request says`() async throws {
    let yaml = """
      callbacks: {allow: [127.0.0.1]}
      routes:
        - path: /jobs/{id}
          method: POST
          status: 202
          text: accepted
          after:
            - url: "http://127.0.0.1:PORT/done/{{path.id}}?q={{query.q}}"
              headers: {X-Job: "{{path.id}}"}
              json: {id: "{{path.id}}", name: "{{json.name}}", state: done}
      """
    try await Self.with(yaml) { (site, log, arrivals) async throws in
      let reply = try await site.ask(
        "POST /jobs/a%2Fb%20c?q=x%26y%3D1", ["Authorization: secret", "Content-Type: application/json"], body: "{\"name\": \"Ada\"}")
      #expect(reply.status == 202)
      let arrived = try await eventually { arrivals.all.first }
      #expect(arrived.line == "POST /done/a%2Fb%20c?q=x%26y%3D1")
      #expect(arrived.body == "{\"id\":\"a/b c\",\"name\":\"Ada\",\"state\":\"done\"}")
      #expect(arrived.contentType == "application/json" && arrived.job == "a/b c" && arrived.authorization == nil)
      _ = try await eventually { log.lines.first { $0.message == "callback sent" && $0.metadata["outcome"] == "200" } }
      _ = try await eventually { site.table.waitingCallbacks == 0 ? true : nil }
    }
  }

  @Test func `a client may choose where, among the servers that are listed`() async throws {
    let yaml = """
      callbacks: {allow: [127.0.0.1]}
      routes: [{path: /, text: a, after: [{url: "{{headers.x-callback-url}}"}]}]
      """
    try await Self.with(yaml) { (site, log, arrivals) async throws in
      #expect(try await site.get("/").text == "a")
      for url in ["http://127.0.0.2/", "http://example.com/", "file:///etc/passwd", "http://127.0.0.1@example.com/", "http://[::1]/"] {
        #expect(try await site.get("/", "X-Callback-URL: \(url)").text == "a")
      }
      let refusals = log.lines.filter { $0.level == .warning && $0.message == "a callback is refused" }
      #expect(refusals.count == 5)
      #expect(arrivals.all.isEmpty && site.table.waitingCallbacks == 0)
    }
  }

  @Test func `a name that stands for an address that is not listed is refused when it is connected to`() async throws {
    let yaml = """
      callbacks: {allow: [hooks.localhost]}
      routes: [{path: /, text: a, after: [{url: "http://hooks.localhost:PORT/", retry: 3}]}]
      """
    try await Self.with(yaml) { (site, log, arrivals) async throws in
      #expect(try await site.get("/").text == "a")
      // libcurl itself says what names below localhost stand for.
      let failure = try await eventually { log.lines.first { $0.message == "callback failed" } }
      #expect(failure.level == .warning && failure.metadata["outcome"]?.contains("not allowed") == true)
      #expect(arrivals.all.isEmpty)
    }
  }

  @Test func `a callback that fails is sent again, with pauses, and no more often than that`() async throws {
    let yaml = """
      callbacks: {allow: [127.0.0.1], retry_pause: 10ms}
      routes:
        - {path: /passing, text: a, after: [{url: "http://127.0.0.1:PORT/", text: b, retry: 5}]}
        - {path: /refused, text: a, after: [{url: "http://127.0.0.1:PORT/", method: PUT, retry: 5}]}
      """
    try await Self.with(yaml, statuses: [503, 429, 200, 404]) { (site, log, arrivals) async throws in
      let start = ContinuousClock.now
      _ = try await site.get("/passing")
      _ = try await eventually { log.lines.first { $0.message == "callback sent" } }
      #expect(ContinuousClock.now - start >= .milliseconds(30))
      #expect(arrivals.all.map(\.body) == ["b", "b", "b"])
      _ = try await site.get("/refused")
      _ = try await eventually { log.lines.first { $0.message == "callback failed" && $0.metadata["outcome"] == "404" } }
      #expect(arrivals.all.count == 4 && arrivals.all.last?.line == "PUT /")
    }
  }

  @Test func `what waits beyond the bound is dropped, and the end of a process says what is left`() async throws {
    let yaml = """
      callbacks: {allow: [127.0.0.1], max_waiting: 2}
      routes: [{path: /, text: a, after: [{url: "http://127.0.0.1:PORT/", delay: 1h}]}]
      """
    try await Self.with(yaml) { (site, log, _) async throws in
      for _ in 0..<3 { _ = try await site.get("/") }
      #expect(site.table.waitingCallbacks == 2)
      #expect(log.lines.filter { $0.message.hasPrefix("a callback is dropped") }.map { $0.metadata["max_waiting"] } == ["2"])
      let reactor = try Reactor(name: "settling")
      reactor.start()
      defer { reactor.stop() }
      #expect(await site.table.settleCallbacks(atMost: 1, on: reactor) == 2)
    }
  }

  @Test func `no redirect is followed`() async throws {
    let yaml = """
      callbacks: {allow: [127.0.0.1]}
      routes: [{path: /, text: a, after: [{url: "http://127.0.0.1:PORT/"}]}]
      """
    try await Self.with(yaml, statuses: [302, 200]) { (site, log, arrivals) async throws in
      _ = try await site.get("/")
      _ = try await eventually { log.lines.first { $0.message == "callback failed" && $0.metadata["outcome"] == "302" } }
      #expect(arrivals.all.count == 1)
    }
  }

  @Test func `a header value with a line end is refused`() async throws {
    let yaml = """
      callbacks: {allow: [127.0.0.1]}
      routes: [{path: /, text: a, after: [{url: "http://127.0.0.1:PORT/", headers: {X-Job: "{{query.q}}"}}]}]
      """
    try await Self.with(yaml) { (site, log, arrivals) async throws in
      #expect(try await site.get("/?q=a%0D%0AX-Evil:%201").text == "a")
      #expect(log.lines.contains { $0.message == "a callback is refused" && $0.metadata["reason"]?.contains("X-Job") == true })
      #expect(arrivals.all.isEmpty)
    }
  }
}

/// What has arrived, answered by statuses in turn.
final class CallbackArrivals: Sendable {
  struct Arrival: Sendable {
    let line: String
    let body: String
    let contentType: String?
    let job: String?
    let authorization: String?
  }

  private let statuses: [Int]
  private let kept = KeptLines<Arrival>()

  init(statuses: [Int]) { self.statuses = statuses }

  var all: [Arrival] { kept.lines }

  func answer(_ request: Request) async throws {
    let body = try await request.body.collect(upTo: 1 << 20)
    let status = statuses[min(kept.lines.count, statuses.count - 1)]
    kept.append(
      Arrival(
        line: "\(request.method.rawValue) \(request.target.raw)", body: String(decoding: body, as: UTF8.self),
        contentType: request.headers[.contentType], job: request.headers[.init("X-Job")!], authorization: request.headers[.authorization]))
    try await request.respond(.init(code: status), "", headers: status == 302 ? [.location: "/elsewhere"] : [:])
  }
}
