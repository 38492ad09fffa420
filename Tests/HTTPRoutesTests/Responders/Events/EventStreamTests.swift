// Streams of server-sent events, over real sockets.

import AsyncHTTPServer
import HTTPCore
import Reactor
import SystemPackage
import Testing

@testable import HTTPRoutes

@Suite struct EventStreamTests {
  /// The head of an answer and its content, whose chunks are joined.
  private static func parts(_ octets: [UInt8]) throws -> (head: String, content: String) {
    let text = String(decoding: octets, as: UTF8.self)
    let end = try #require(text.firstRange(of: "\r\n\r\n"))
    var rest = text[end.upperBound...].utf8[...]
    var content: [UInt8] = []
    while let line = rest.firstRange(of: "\r\n".utf8), let size = Int(Substring(rest[..<line.lowerBound]), radix: 16), size > 0 {
      rest = rest[line.upperBound...]
      content += rest.prefix(size)
      rest = rest.dropFirst(size + 2)
    }
    return (String(text[..<end.lowerBound]), String(decoding: content, as: UTF8.self))
  }

  @Test func `events are sent one after the other, and then the stream ends`() async throws {
    let yaml = """
      routes:
        - path: /{name}
          headers: {X-Name: "{{path.name}}"}
          cors: {origins: "*"}
          events:
            - {data: {n: "{{index}}", name: "{{path.name}}"}, event: tick, id: "{{path.name}}-{{index}}", times: 2}
            - {data: "one\\ntwo\\r\\nthree", retry: 5s}
      """
    try await Site.with(yaml) { (site, _) async throws in
      let (head, content) = try Self.parts(try await site.octets("/a%22%0Ab").get())
      #expect(head.hasPrefix("HTTP/1.1 500 "))
      let plain = try Self.parts(try await site.octets("/ada").get())
      #expect(plain.head.hasPrefix("HTTP/1.1 200 "))
      for line in ["Content-Type: text/event-stream", "Cache-Control: no-store", "X-Name: ada"] {
        #expect(plain.head.contains("\r\n\(line)"), "\(line)")
      }
      #expect(content.isEmpty)
      #expect(
        plain.content == """
          event: tick
          id: ada-0
          data: {"n":0,"name":"ada"}

          event: tick
          id: ada-1
          data: {"n":1,"name":"ada"}

          retry: 5000
          data: one
          data: two
          data: three


          """)
    }
  }

  @Test func `a client that comes again is sent what comes behind the event it had last`() async throws {
    let yaml = "routes: [{path: /, events: [{data: a, id: \"a{{index}}\", times: 3}, {data: b, id: last}]}]"
    try await Site.with(yaml) { (site, _) async throws in
      for (last, expected) in [
        ("a1", "id: a2\ndata: a\n\nid: last\ndata: b\n\n"), ("a2", "id: last\ndata: b\n\n"), ("last", ""),
      ] {
        let (_, content) = try Self.parts(try await site.octets("/", ["Last-Event-ID: \(last)"]).get())
        #expect(content == expected, "\(last)")
      }
      let (_, content) = try Self.parts(try await site.octets("/", ["Last-Event-ID: other"]).get())
      #expect(content.hasPrefix("id: a0\n"))
    }
  }

  @Test func `each event waits for its delay`() async throws {
    try await Site.with("routes: [{path: /, events: [{data: a, after: 15ms, times: 3}]}]") { (site, _) async throws in
      let start = ContinuousClock.now
      _ = try await site.octets("/").get()
      #expect(ContinuousClock.now - start >= .milliseconds(45))
    }
  }

  @Test func `HEAD is answered with the head`() async throws {
    try await Site.with("routes: [{path: /, events: [{data: a, after: 1h, times: forever}]}]") { (site, _) async throws in
      let text = String(decoding: try await site.octets("/", method: "HEAD").get(), as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 200 ") && text.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `a client that leaves ends the stream`() async throws {
    let yaml = "routes: [{path: /, events: [{data: a}, {data: b, after: 1h}]}]"
    try await Site.with(yaml) { (site, _) async throws in
      let count = Counter()
      _ = try await site.download("/", progress: count, while: { count.value == 0 })
      _ = try await eventually { site.server.metrics.openConnections == 0 ? true : nil }
    }
  }

  @Test func `a drain of the server ends the stream as a stream ends`() async throws {
    let yaml = "routes: [{path: /, events: [{data: a}, {data: b, after: 1h}]}]"
    try await Site.with(yaml) { (site, _) async throws in
      let count = Counter()
      let drained = Task {
        _ = try await eventually { count.value > 0 ? true : nil }
        await site.server.shutdown(gracePeriod: .seconds(600))
      }
      let octets = try await site.octets("/", progress: count).get()
      #expect(String(decoding: octets, as: UTF8.self).hasSuffix("data: a\n\n\r\n0\r\n\r\n"))
      try await drained.value
    }
  }
}
