import AsyncHTTPServer
import HTTPCore
import Reactor
import Synchronization
import Testing

/// What observers hear: once for each answered request, with what is to be known of it.
@Suite struct RequestObserverTests {
  /// Keeps what it hears.
  private final class Recorder: RequestObserver, RequestObserverSource {
    struct Entry: Sendable {
      let answer: AnsweredRequest
      /// The request line's target, or what was read where there is no request.
      let text: String
      let isMalformed: Bool
    }

    let entries = Mutex<[Entry]>([])

    func makeObserver(on reactor: Reactor) -> any RequestObserver { self }

    func requestAnswered(
      _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
    ) {
      let target = Self.text(bytes.extracting(head.target))
      entries.withLock { $0.append(Entry(answer: answer, text: target, isMalformed: false)) }
    }

    func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {
      let text = Self.text(bytes)
      entries.withLock { $0.append(Entry(answer: answer, text: text, isMalformed: true)) }
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
      String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
  }

  /// What is heard while `requests` are answered, each on a connection of its own.
  private func heard(_ requests: [String], maxBodySize: Int = 100, _ handler: @escaping @Sendable (Request) async throws -> Void)
    async throws -> (entries: [Recorder.Entry], listener: SocketAddress)
  {
    let recorder = Recorder()
    var configuration = ServerConfiguration.forTests
    configuration.observers = [recorder]
    configuration.maxBodySize = maxBodySize
    let listener = try await withServer(configuration, handler: handler) { _, address in
      for request in requests { _ = try await roundTrip(address, request) }
      return address
    }
    return (recorder.entries.withLock { $0 }, listener)
  }

  @Test func `an answer is heard of once, with its octets and its route`() async throws {
    let name = RouteName(id: "upload", in: RouteSlots())
    let request = "PUT /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"
    let (entries, listener) = try await heard([request]) { request in
      request.attribute(to: name)
      request.attribute(to: .fetched)
      try await request.respond(.created, "thanks")
    }
    try #require(entries.count == 1)
    let answer = entries[0].answer
    #expect(entries[0].text == "/a" && !entries[0].isMalformed)
    #expect(answer.status == 201 && answer.sentBytes == 6 && answer.receivedBytes == 4)
    #expect(answer.route === name && answer.outcome == .fetched && answer.outcome?.description == "fetched")
    #expect(answer.listener == listener && answer.peer.host == "127.0.0.1")
  }

  @Test func `what one request says of its route is not said of the next`() async throws {
    let name = RouteName(id: "first", in: RouteSlots())
    let requests = "GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    let (entries, _) = try await heard([requests]) { request in
      if request.target.raw == "/first" { request.attribute(to: name) }
      try await request.respond(.ok, "x")
    }
    #expect(entries.map(\.text) == ["/first", "/second"])
    #expect(entries.map { $0.answer.route?.id } == ["first", nil])
    #expect(entries.allSatisfy { $0.answer.outcome == nil })
  }

  @Test func `a body that is streamed counts its own octets, and one for HEAD counts none`() async throws {
    let requests = ["GET", "HEAD"].map { "\($0) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" }
    let (entries, _) = try await heard(requests) { request in
      try await request.respond(.ok, .stream { try await $0.write("streamed") })
    }
    #expect(entries.map(\.answer.sentBytes) == [8, 0])
  }

  @Test func `answers of the server itself are heard of, too`() async throws {
    let requests = [
      "no request\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n",
      "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nff\r\n",
      "GET /thrown HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ]
    let (entries, _) = try await heard(requests) { request in
      _ = try await request.body.collect(upTo: 1000)
      throw HTTPError(.conflict)
    }
    #expect(entries.map(\.answer.status) == [400, 204, 413, 413, 409])
    #expect(entries.map(\.isMalformed) == [true, false, false, false, false])
    #expect(entries.dropFirst().map(\.text) == ["*", "/large", "/chunked", "/thrown"])
    #expect(entries[0].text.hasPrefix("no request") && entries[3].answer.receivedBytes == 3)
    #expect(entries[0].answer.sentBytes > 0 && entries[1].answer.sentBytes == 0)
  }

  @Test func `an answer that was spoilt on purpose is heard of as what the client had of it`() async throws {
    let requests = ["/empty", "/garbage", "/cut"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" }
    let faults = ["/empty": Delivery.Fault.empty, "/garbage": .garbage, "/cut": .truncate(at: .octets(3))]
    let (entries, _) = try await heard(requests) { request in
      let delivery = Delivery(fault: faults[request.target.raw])
      try await request.deliver(.bytes(status: 200, fields: [], body: Array("whole".utf8)), as: delivery)
    }
    #expect(entries.map(\.answer.status) == [0, 0, 200])
    #expect(entries.map(\.answer.sentBytes) == [0, 0, 3])
    #expect(entries.allSatisfy { $0.answer.outcome == .fault })
  }
}
