import HTTPCore
import Logging
import Reactor
import Synchronization
import Testing

@testable import AsyncHTTPServer

/// The events for requests at the level debug.
@Suite struct RequestLogTests {
  /// Keeps the events of a logger, whose level may change.
  private final class Events: Sendable {
    struct Event: Sendable {
      let message: String
      let metadata: [String: String]
    }

    private let kept = Mutex<[Event]>([])
    private let level: Mutex<Logger.Level>

    init(level: Logger.Level) { self.level = Mutex(level) }

    /// Those of requests.
    var ofRequests: [Event] { kept.withLock { $0.filter { $0.message.hasSuffix("answered") } } }
    func use(_ new: Logger.Level) { level.withLock { $0 = new } }
    var logger: Logger { Logger(label: "test") { _ in Handler(events: self) } }

    private struct Handler: LogHandler {
      let events: Events
      var metadata: Logger.Metadata = [:]
      var logLevel: Logger.Level {
        get { events.level.withLock { $0 } }
        set { events.use(newValue) }
      }

      subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
      }

      func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).mapValues { "\($0)" }
        events.kept.withLock { $0.append(Event(message: event.message.description, metadata: fields)) }
      }
    }
  }

  @Test func `at debug each request is an event with what is to be known of it`() async throws {
    let events = Events(level: .debug)
    var configuration = ServerConfiguration.forTests
    configuration.logger = events.logger
    let name = RouteName(id: "greeting", in: RouteSlots())
    try await withServer(configuration) { request in
      request.attribute(to: name)
      request.attribute(to: .recorded)
      try await request.respond(.ok, "hello")
    } _: { _, address in
      _ = try await roundTrip(address, "GET /a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      _ = try await roundTrip(address, "no request\r\n\r\n")
    }
    let found = events.ofRequests
    try #require(found.count == 2)
    var metadata = found[0].metadata
    #expect(Int(metadata.removeValue(forKey: "duration_us") ?? "") != nil)
    #expect(metadata.removeValue(forKey: "request_id")?.utf8.count == 32)
    #expect(
      metadata == [
        "method": "GET", "target": "/a?b", "status": "200", "route": "greeting", "outcome": "recorded", "client": "127.0.0.1",
        "bytes_in": "0", "bytes_out": "5",
      ])
    #expect(found[1].message == "malformed request answered" && found[1].metadata["request"] == "no request")
    #expect(found[1].metadata["status"] == "400")
  }

  @Test func `another configuration switches them on and off while the server serves`() async throws {
    let events = Events(level: .info)
    var configuration = ServerConfiguration.forTests
    configuration.logger = events.logger
    let fixed = configuration
    let counts = try await withServer(configuration) { request in
      try await request.respond(.ok, "x")
    } _: { server, address in
      var counts: [Int] = []
      var hasID: [Bool] = []
      for level in [Logger.Level.info, .debug, .trace, .notice] {
        events.use(level)
        await server.reconfigure(fixed)
        let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        counts.append(events.ofRequests.count)
        hasID.append(answer.contains("X-Request-ID: "))
      }
      #expect(hasID == [false, true, true, false])
      return counts
    }
    #expect(counts == [0, 1, 2, 2])
  }
}
