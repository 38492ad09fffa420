import AsyncHTTPServer
import Logging
import Synchronization
import Testing

/// Errors that handlers throw, as clients and logs see them.
@Suite struct HTTPErrorTests {
  private struct Lines: LogHandler {
    final class Texts: Sendable {
      let all = Mutex<[String]>([])
    }

    let texts: Texts
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.error

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { texts.all.withLock { $0.append("\(event.message) \(event.metadata?["reason"] ?? "")") } }
  }

  /// The answer to a request whose handler throws `error`, what was logged, and how many handlers count as failed.
  private func answer(
    _ error: any Error & Sendable, to request: String = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
  ) async throws -> (text: String, lines: [String], failures: Int) {
    let texts = Lines.Texts()
    var configuration = ServerConfiguration.forTests
    configuration.logger = Logger(label: "test") { _ in Lines(texts: texts) }
    return try await withServer(configuration) { _ in
      throw error
    } _: { server, address in
      let text = try await roundTrip(address, request)
      return (text.withoutDate, texts.all.withLock { $0 }, server.metrics.failedHandlers)
    }
  }

  @Test func `an error with a status is that answer, and no failure of the handler`() async throws {
    let (text, lines, failures) = try await answer(HTTPError(.badRequest, "page must be a number"))
    #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && text.hasSuffix("\r\n\r\n400 Bad Request: page must be a number\n"))
    #expect(text.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
    #expect(lines.isEmpty && failures == 0)
  }

  @Test func `its fields are sent, but for those that are the server's`() async throws {
    let error = HTTPError(.unauthorized, headers: [.wwwAuthenticate: "Basic", .contentType: "text/html", .contentLength: "1"])
    let (text, _, _) = try await answer(error)
    #expect(text.contains("\r\nWWW-Authenticate: Basic\r\n"))
    #expect(!text.contains("text/html") && !text.contains("Content-Length: 1\r\n"))
    #expect(text.hasSuffix("\r\n\r\n401 Unauthorized\n"))
  }

  @Test func `one of 500 and up is logged with its reason`() async throws {
    let (text, lines, failures) = try await answer(HTTPError(.badGateway, "no answer from billing"))
    #expect(text.hasSuffix("\r\n\r\n502 Bad Gateway: no answer from billing\n"))
    #expect(lines == ["handler failed the handler threw 502 Bad Gateway: no answer from billing"])
    #expect(failures == 1)
  }

  @Test(arguments: [100, 200, 204, 304, 600])
  func `a status that is no error is answered 500`(status: Int) async throws {
    let (text, lines, _) = try await answer(HTTPError(.init(code: status), "odd"))
    #expect(text.hasPrefix("HTTP/1.1 500 "))
    #expect(lines.count == 1)
  }

  @Test func `control characters of a reason are shown`() async throws {
    let (text, _, _) = try await answer(HTTPError(.badRequest, "a\u{1B}[2J\r\nb"))
    #expect(text.hasSuffix("400 Bad Request: a\\u{1B}[2J\\r\\nb\n"))
  }

  @Test func `HEAD gets the status without the reason`() async throws {
    let (text, _, _) = try await answer(
      HTTPError(.notFound, "gone"), to: "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(text.hasPrefix("HTTP/1.1 404 Not Found\r\n") && text.hasSuffix("\r\n\r\n"))
  }

  @Test func `the connection goes on after it`() async throws {
    try await withServer { request in
      if request.target.raw == "/bad" { throw HTTPError(.badRequest, "bad") }
      try await request.respond(.ok, "good")
    } _: { _, address in
      let text = try await roundTrip(
        address, "GET /bad HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(text.contains("400 Bad Request: bad\n") && text.hasSuffix("\r\n\r\ngood"))
    }
  }

  @Test func `in the middle of an answer it resets the connection`() async throws {
    try await withServer { request in
      try await request.respond(
        .ok,
        .stream { writer in
          try await writer.write("half")
          throw HTTPError(.badRequest, "too late")
        })
    } _: { _, address in
      let text = (try? await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) ?? ""
      #expect(!text.contains("too late") && !text.hasSuffix("0\r\n\r\n"))
    }
  }
}
