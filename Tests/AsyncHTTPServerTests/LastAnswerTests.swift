// The end of a connection by the server (RFC 9112 §9.6): the last answer arrives whole, whatever the client sends meanwhile, and nothing that
// comes after the last request is answered.

import AsyncHTTPServer
import SystemPackage
import Testing

@Suite struct LastAnswerTests {
  private static let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

  /// 12 MiB of requests: more than the buffers of two sockets.
  private static let more = Array(String(repeating: next, count: 400_000).utf8)

  /// Sends everything before it reads anything, as simple clients do, and reads to the end of the stream.
  private func sendThenReceive(_ address: SocketAddress, _ request: String) async throws -> [UInt8] {
    let wire = try await Wire.connect(to: address)
    defer { wire.close() }
    try await wire.send(Array(request.utf8) + Self.more)
    return try await wire.receive { _ in false }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET /close HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
  ])
  func `the last answer arrives whole although much more is sent`(_ request: String) async throws {
    let size = 4 << 20
    try await withServer { request in
      let fields: HTTPFields = request.target.raw == "/close" ? [.connection: "close"] : [:]
      try await request.respond(.ok, [UInt8](repeating: 0x61, count: size), headers: fields)
    } _: { server, address in
      let answer = try await sendThenReceive(address, request)
      #expect(answer.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)))
      #expect(answer.count > size && answer[(answer.count - size)...].allSatisfy { $0 == 0x61 })
      #expect(server.metrics.requests == 1)
    }
  }

  @Test(arguments: [
    ("BAD\r\n\r\n", 400), ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", 400), ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
  ])
  func `a refusal arrives although the rest of what it refuses is on its way`(_ request: String, _ status: Int) async throws {
    try await withServer { request in
      try await request.respond(.ok, request.body.collect(upTo: 100))
    } _: { _, address in
      let answer = String(decoding: try await sendThenReceive(address, request), as: UTF8.self)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      #expect(answer.split(separator: "HTTP/1.1 ").count == 1)
    }
  }

  @Test func `a body that is announced beyond the limit is refused although nothing of it comes`() async throws {
    try await withServer { request in
      try await request.respond(.ok)
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
      // To the end of the stream: no reset, though the client has not closed its side.
      let answer = try await wire.receiveAll()
      #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n") && answer.contains("\r\nConnection: close\r\n"))
      await waitFor("the end of the connection") { server.metrics.openConnections == 0 }
    }
  }

  @Test func `a client that never stops sending is not listened to for ever`() async throws {
    try await withServer { request in
      try await request.respond(.ok)
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("BAD\r\n\r\n")
      let piece = [UInt8](repeating: 0x61, count: 1 << 20)
      await #expect(throws: Errno.self) {
        while true { try await wire.send(piece) }
      }
    }
  }

  @Test func `what was asked before a mistake is answered before the mistake is`() async throws {
    try await withServer { request in
      // Answers in no hurry: the mistake has been read long since.
      for _ in 0..<10 { await Task.yield() }
      try await request.respond(.ok, request.target.raw)
    } _: { _, address in
      let answers = try await roundTrip(
        address,
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"
          + "GET /3 HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n" + Self.next)
      #expect(answers.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "200", "400"])
      #expect(answers.contains("/1HTTP/1.1 200") && answers.contains("/2HTTP/1.1 400"))
    }
  }

  /// The client was told 403 and has not been asked for its body. What it sends may be the body or not, so it is neither.
  @Test func `a body that was answered before it came is not read as a request`() async throws {
    try await withServer { request in
      try await request.respond(.forbidden, "no")
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(Self.next.utf8.count)\r\n\r\n")
      #expect(try await wire.receive(through: "no").hasPrefix("HTTP/1.1 403 "))
      try await wire.send(Self.next)
      #expect(try await wire.receiveAll() == "")
      #expect(server.metrics.requests == 1)
    }
  }
}
