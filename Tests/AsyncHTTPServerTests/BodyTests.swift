import AsyncHTTPServer
import SystemPackage
import Testing

/// Bodies in both directions: limits, order of `100 Continue`, streaming.
@Suite struct BodyTests {
  private static let echo: @Sendable (Request) async throws -> Void = { request in
    try await request.respond(.ok, request.body.collect(upTo: 1 << 20))
  }

  @Test func `a body over the limit is refused before it is read`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = 10
    try await withServer(configuration, handler: Self.echo) { _, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n") && answer.contains("\r\nConnection: close\r\n"))
      #expect(answer.contains("11 bytes is larger than the limit of 10"))
    }
  }

  @Test func `a chunked body is refused where it crosses the limit`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = 10
    try await withServer(configuration, handler: Self.echo) { _, address in
      let answer = try await roundTrip(
        address, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n123\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
    }
  }

  @Test func `a chunk that will cross the limit is refused before it comes`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = 10
    try await withServer(configuration, handler: Self.echo) { _, address in
      for chunks in ["B\r\n", "8\r\n12345678\r\n3\r\n", "7FFFFFFFFFFFFFFF\r\n"] {
        let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
        #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
      }
    }
  }

  @Test func `a chunk size counts when its line is whole, however it arrives`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = 10
    try await withServer(configuration, handler: Self.echo) { server, address in
      // Too large, and then no chunk size at all.
      for pieces in [["1000 b\r\n"], ["1000 ", "b\r\n"], ["1000", " b\r\n"]] {
        let wire = try await Wire.connect(to: address)
        defer { wire.close() }
        try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces {
          try await wire.send(piece)
          for _ in 0..<2 { await server.awaitTurn() }
        }
        #expect(try await wire.receiveAll().hasPrefix("HTTP/1.1 400 "), "\(pieces)")
      }
    }
  }

  @Test func `a body exactly at the limit is taken`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = 10
    try await withServer(configuration, handler: Self.echo) { _, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789")
      #expect(answer.hasSuffix("\r\n\r\n0123456789"))
    }
  }

  @Test func `100 Continue comes when the body is wanted`() async throws {
    try await withServer(handler: Self.echo) { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
      #expect(try await wire.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try await wire.send("ok")
      #expect(try await wire.receive(through: "\r\n\r\nok").hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  @Test func `a client of HTTP 1.0 is not told to continue`() async throws {
    try await withServer(handler: Self.echo) { _, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
      #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.hasSuffix("\r\n\r\nok"))
    }
  }

  @Test func `a client that holds back a body nobody wants gets the final answer alone`() async throws {
    try await withServer { request in
      try await request.respond(.forbidden, "no")
    } _: { _, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 403 Forbidden\r\n") && answer.contains("\r\nConnection: close\r\n"))
    }
  }

  @Test func `a body that came although it was to be held back needs no 100 Continue`() async throws {
    try await withServer(handler: Self.echo) { _, address in
      let answer = try await roundTrip(
        address, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
      #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.hasSuffix("ok"))
    }
  }

  @Test func `a body that the answer does not need is read to its end first`() async throws {
    try await withServer { request in
      try await request.respond(.ok, "answered")
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
      try await wire.send("defGET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let answers = try await wire.receiveAll()
      #expect(answers.split(separator: "answered", omittingEmptySubsequences: false).count == 3)
    }
  }

  @Test func `a request whose body never completes gets 408`() async throws {
    var configuration = ServerConfiguration.forTests
    configuration.bodyTimeout = .milliseconds(50)
    try await withServer(configuration) { request in
      try await request.respond(.ok, "answered")
    } _: { server, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
      #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n") && !answer.contains("answered"))
      #expect(server.metrics.timeouts == 1)
    }
  }

  @Test func `a malformed chunk gets 400, and the handler an error`() async throws {
    try await withServer(handler: Self.echo) { _, address in
      let answer = try await roundTrip(address, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && !answer.contains("200 OK"))
    }
  }

  @Test func `a streamed answer is chunked, and ends the connection for HTTP 1.0`() async throws {
    try await withServer { request in
      try await request.respond(
        .ok,
        .stream { writer in
          try await writer.write("one")
          try await writer.write("")
          try await writer.write("three")
        })
    } _: { _, address in
      let modern = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(
        modern.withoutDate
          == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n")
      let old = try await roundTrip(address, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(old.withoutDate == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonethree")
    }
  }

  @Test func `an answer may be written while the request is still being read`() async throws {
    try await withServer { request in
      try await request.respond(
        .ok,
        .stream { writer in
          for try await piece in request.body { try await writer.write(piece) }
        })
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nping\r\n")
      #expect(try await wire.receive(through: "4\r\nping\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
      try await wire.send("4\r\npong\r\n")
      #expect(try await wire.receive(through: "pong\r\n") == "4\r\npong\r\n")
      try await wire.send("0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(try await wire.receiveAll().hasPrefix("0\r\n\r\nHTTP/1.1 200 OK\r\n"))
    }
  }

  @Test func `an announced length is kept, or the connection is reset`() async throws {
    try await withServer { request in
      let response = try await request.sendHeaders([.contentLength: "5"])
      try await response.write(request.target.raw == "/short" ? "abc" : "abcde")
      try await response.finish()
    } _: { server, address in
      let whole = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(whole.withoutDate == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde")
      await #expect(throws: Errno.connectionReset) {
        _ = try await roundTrip(address, "GET /short HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      }
      #expect(server.metrics.failedHandlers == 1)
      // What was written is not lost with the rest.
      let wire = try await Wire.connect(to: address)
      try await wire.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await wire.receive(through: "abc").withoutDate.hasPrefix("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"))
      await #expect(throws: Errno.connectionReset) { _ = try await wire.receiveAll() }
      wire.close()
    }
  }

  @Test func `a large upload and a large download pass through in pieces`() async throws {
    let size = 20 << 20
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = size
    try await withServer(configuration) { request in
      var count = 0
      var largest = 0
      for try await piece in request.body {
        count += piece.count
        largest = max(largest, piece.count)
      }
      let received = count
      #expect(largest <= 65_536)
      try await request.respond(
        .ok,
        .stream(length: Int64(received)) { writer in
          let piece = [UInt8](repeating: 0x61, count: 100_000)
          var left = received
          while left > 0 {
            try await writer.write(Array(piece.prefix(left)))
            left -= min(left, piece.count)
          }
        })
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(size)\r\n\r\n")
      let piece = [UInt8](repeating: 0x62, count: 1 << 20)
      for _ in 0..<20 { try await wire.send(piece) }
      let answer = try await wire.receive { _ in false }
      let head = try #require(answer.firstRange(of: Array("\r\n\r\n".utf8)))
      #expect(answer.count - head.upperBound == size)
    }
  }

  @Test func `a file is sent, in part when asked, and one that cannot be read is an error to the handler`() async throws {
    let path = FilePath(#filePath)
    try await withServer { request in
      do {
        try await request.respond(.ok, .file(request.target.raw == "/gone" ? "/nonexistent/file" : path, range: 0..<14))
      } catch ServerError.unreadableFile(let path, let errno) {
        try await request.respond(.notFound, "\(path): \(errno.rawValue)")
      }
    } _: { _, address in
      let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(answer.withoutDate == "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nConnection: close\r\n\r\nimport AsyncHT")
      let gone = try await roundTrip(address, "GET /gone HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(gone.hasPrefix("HTTP/1.1 404") && gone.hasSuffix("/nonexistent/file: 2"))
    }
  }
}

extension Array<UInt8> {
  fileprivate func firstRange(of pattern: [UInt8]) -> Range<Int>? {
    guard count >= pattern.count else { return nil }
    for start in 0...(count - pattern.count) where self[start..<start + pattern.count].elementsEqual(pattern) {
      return start..<start + pattern.count
    }
    return nil
  }
}
