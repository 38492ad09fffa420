// Answers that the server gives by itself. Found by the connection fuzzer, these two left a client that read on out of step.

import AsyncHTTPServer
import Testing

@Suite struct RejectionTests {
  private var smallBodies: ServerConfiguration {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = 10
    return configuration
  }

  @Test(arguments: [
    "Content-Length: 11\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nB\r\n0123456789a\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nx",
  ])
  func `an answer that refuses the body of a HEAD has none itself`(_ rest: String) async throws {
    try await withServer(smallBodies) { request in
      _ = try await request.body.collect(upTo: 100)
      try await request.respond(.ok)
    } _: { _, address in
      let answer = try await roundTrip(address, "HEAD / HTTP/1.1\r\nHost: a\r\n\(rest)")
      #expect(answer.hasPrefix("HTTP/1.1 4"))
      #expect(answer.contains("Connection: close\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `OPTIONS for the server with a body announces that the connection ends`() async throws {
    try await withServer(handler: { try await $0.respond(.ok) }) { _, address in
      let answer = try await roundTrip(address, "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
      #expect(answer.hasPrefix("HTTP/1.1 204 "))
      #expect(answer.contains("Connection: close\r\n"))
    }
  }
}
