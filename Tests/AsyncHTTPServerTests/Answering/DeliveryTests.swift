import AsyncHTTPServer
import Foundation
import HTTPCore
import Reactor
import Synchronization
import SystemPackage
import Testing

/// How answers travel, over a socket.
@Suite struct DeliveryTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let body = "0123456789"

  /// The ways to give the same answer, of ten octets.
  enum Way: String, CaseIterable, Sendable {
    case prepared, bytes, file, respondText, respondFile, stream, streamOfLength, headers

    /// Whether the head says the length.
    var hasLength: Bool { self != .stream && self != .headers }

    func answer(_ request: Request, _ path: FilePath) async throws {
      let bytes = Array(DeliveryTests.body.utf8)
      let fields = [FieldLine("X-Way", rawValue)]
      let way = try #require(HTTPField.Name("X-Way"))
      switch self {
      case .prepared: try await request.send(.prepared(PreparedResponse(status: 200, fields: fields, body: bytes)))
      case .bytes: try await request.send(.bytes(status: 200, fields: fields, body: bytes))
      case .file:
        let file = try Syscalls.open(path.string, flags: O_RDONLY)
        try await request.send(.file(status: 200, fields: fields, FileRegion(file: file, offset: 0, count: 10)))
      case .respondText: try await request.respond(.ok, DeliveryTests.body, headers: [way: rawValue])
      case .respondFile: try await request.respond(.ok, .file(path), headers: [way: rawValue])
      case .stream, .streamOfLength:
        let stream = ResponseBody.stream(length: self == .stream ? nil : 10) { writer in
          for octet in bytes { try await writer.write([octet]) }
        }
        try await request.respond(.ok, stream, headers: [way: rawValue])
      case .headers:
        let open = try await request.sendHeaders([way: rawValue])
        try await open.write(bytes)
        try await open.finish()
      }
    }
  }

  /// What a client receives, to the end of the stream, from an answer that travels by `delivery`, and how long it took.
  private func received(
    _ delivery: Delivery, _ way: Way = .bytes, _ requests: String = get + "GET /never HTTP/1.1\r\nHost: a\r\n\r\n",
    _ configuration: ServerConfiguration = .forTests
  ) async throws -> (text: String, duration: Duration) {
    let path = FilePath("/tmp/asynchttpd-delivery-\(UUID().uuidString)")
    try Data(Self.body.utf8).write(to: URL(filePath: path.string))
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    return try await withServer(configuration) { request in
      guard try await request.begin(delivery) else { return }
      try await way.answer(request, path)
    } _: { _, address in
      let start = ContinuousClock.now
      let text = try await roundTrip(address, requests)
      return (text, ContinuousClock.now - start)
    }
  }

  @Test func `a reset is a reset`() async throws {
    await #expect(throws: Errno.connectionReset) { try await received(Delivery(fault: .reset)) }
  }

  @Test func `an empty answer is the end of the connection`() async throws {
    #expect(try await received(Delivery(fault: .empty)).text == "")
  }

  @Test func `garbage is not HTTP, and the last of the connection`() async throws {
    let text = try await received(Delivery(fault: .garbage)).text
    #expect(text.contains("garbage") && !text.contains("HTTP/1."))
  }

  @Test func `answers before a fault are sent whole`() async throws {
    for fault in [Delivery.Fault.empty, .garbage, .truncate(at: .octets(1))] {
      let text = try await withServer { request in
        if request.target.raw == "/fault" {
          try await request.deliver(.bytes(status: 200, fields: [], body: Array("fault".utf8)), as: Delivery(fault: fault))
        } else {
          try await request.respond(.ok, "whole")
        }
      } _: { _, address in
        try await roundTrip(address, Self.get + Self.get + "GET /fault HTTP/1.1\r\nHost: a\r\n\r\n" + Self.get)
      }
      #expect(text.components(separatedBy: "whole").count == 3, "\(fault)")
    }
  }

  @Test func `a stalled answer is silent until its client goes, whatever the handler's deadline`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.handlerTimeout = .milliseconds(1)
    try await withServer(configuration) { request in
      _ = try await request.begin(Delivery(fault: .stall))
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      await waitFor("the deadline") { server.metrics.timeouts == 1 }
      #expect(server.metrics.openConnections == 1)
      wire.shutdownSending()
      #expect(try await wire.receiveAll() == "")
      await waitFor("the end of the connection") { server.metrics.openConnections == 0 }
    }
  }

  @Test func `a stalled answer is silent until the server ends, and does not hold it up`() async throws {
    try await withServer { request in
      _ = try await request.begin(Delivery(fault: .stall))
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      await waitFor("the request") { server.metrics.requests == 1 }
      await server.shutdown(gracePeriod: .seconds(3600))
      #expect(try await wire.receiveAll() == "")
    }
  }

  @Test(arguments: Way.allCases)
  func `a chunk breaks after half of the body's first piece`(way: Way) async throws {
    let text = try await received(Delivery(fault: .malformedChunk), way).text
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.contains("\r\nX-Way: \(way.rawValue)\r\n"), "\(text)")
    #expect(text.contains("\r\nTransfer-Encoding: chunked\r\n") && !text.contains("Content-Length") && !text.contains("/never"))
    let content = text.components(separatedBy: "\r\n\r\n")[1]
    // A stream that writes octet by octet has no half of its first piece.
    #expect(content.hasPrefix(way == .stream || way == .streamOfLength ? "xyz\r\n" : "5\r\n01234\r\nxyz\r\n"), "\(content)")
  }

  @Test(arguments: Way.allCases)
  func `a truncated answer announces the whole and ends within it`(way: Way) async throws {
    for (cut, count) in [(Delivery.Cut.octets(3), 3), (.octets(0), 0), (.percent(50), 5), (.octets(99), 10)] {
      let text = try await received(Delivery(fault: .truncate(at: cut)), way).text
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && !text.contains("Connection: close"), "\(text)")
      let content = try #require(text.components(separatedBy: "\r\n\r\n").last)
      if way.hasLength {
        #expect(text.contains("\r\nContent-Length: 10\r\n") && content == Self.body.prefix(count), "\(text)")
      } else {
        // Of a length that is not known there is no half: all of it, and no end.
        let octets = content.split(separator: "\r\n", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
        #expect(octets.map { String($0.element) }.joined() == Self.body.prefix(cut == .percent(50) ? 10 : count), "\(text)")
        #expect(!content.hasSuffix("0\r\n\r\n"))
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `a body with a rate is whole, and not there before its time`(way: Way) async throws {
    var configuration = ServerConfiguration.forTests
    // Neither is about a client that takes what it is sent.
    configuration.writeTimeout = .milliseconds(1)
    configuration.keepAliveTimeout = .milliseconds(1)
    let (text, duration) = try await received(
      Delivery(rate: 50), way, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", configuration)
    #expect(duration >= .milliseconds(195))
    let content = try #require(text.components(separatedBy: "\r\n\r\n").dropFirst().first)
    if way.hasLength { #expect(content == Self.body) } else { #expect(text.hasSuffix("\r\n0\r\n\r\n")) }
  }

  @Test func `an answer waits, and those behind it wait for it, in order`() async throws {
    let (text, duration) = try await withServer { request in
      let path = request.target.raw
      let delivery = path == "/slow" ? Delivery(wait: .milliseconds(100)) : Delivery()
      try await request.deliver(.task { try await $0.respond(.ok, path) }, as: delivery)
    } _: { _, address in
      let start = ContinuousClock.now
      let text = try await roundTrip(
        address, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      return (text, ContinuousClock.now - start)
    }
    #expect(duration >= .milliseconds(99))
    let slow = try #require(text.range(of: "\r\n\r\n/slow"))
    let fast = try #require(text.range(of: "\r\n\r\n/fast"))
    #expect(slow.upperBound < fast.lowerBound)
  }

  @Test func `a client that leaves ends the wait`() async throws {
    let hasEnded = Atomic<Bool>(false)
    try await withServer { request in
      defer { hasEnded.store(true, ordering: .releasing) }
      _ = try await request.begin(Delivery(wait: .seconds(3600)))
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      try await wire.send(Self.get)
      await waitFor("the request") { server.metrics.requests == 1 }
      wire.reset()
      await waitFor("the handler") { hasEnded.load(ordering: .acquiring) }
      await waitFor("the connection") { server.metrics.openConnections == 0 }
    }
  }

  @Test func `the end of the server ends the wait`() async throws {
    try await withServer { request in
      _ = try await request.begin(Delivery(wait: .seconds(3600)))
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(Self.get)
      await waitFor("the request") { server.metrics.requests == 1 }
      await server.shutdown(gracePeriod: .milliseconds(1))
      #expect(try await wire.receiveAll().hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    }
  }

  @Test func `what has no body has none to pace or to break`() async throws {
    for delivery in [Delivery(rate: 1), Delivery(fault: .truncate(at: .octets(0))), Delivery(rate: 1, fault: .malformedChunk)] {
      for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
        let answers = try await withServer { request in
          guard try await request.begin(delivery) else { return }
          try await request.respond(.init(code: status), Self.body)
        } _: { _, address in
          try await roundTrip(
            address, "\(method) / HTTP/1.1\r\nHost: a\r\n\r\n\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(answers.components(separatedBy: "HTTP/1.1 \(status)").count == 3 && !answers.contains(Self.body), "\(answers)")
      }
    }
  }
}
