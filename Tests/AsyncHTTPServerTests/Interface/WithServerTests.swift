import AsyncHTTPServer
import Testing

/// The server that lasts as long as a test.
@Suite struct WithServerTests {
  private struct Hello: RequestHandler {
    func handle(_ request: Request) async throws { try await request.respond(.ok, "hello") }
  }

  private func ask(_ url: String, _ path: String) async throws -> String {
    try await roundTrip(address(url), "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
  }

  private func address(_ url: String) throws -> SocketAddress {
    let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
    return try #require(SocketAddress("127.0.0.1", port: port))
  }

  @Test func `a handler is reached by the URL, and gone afterwards`() async throws {
    let used = try await withServer(Hello()) { url in
      #expect(url.hasPrefix("http://127.0.0.1:"))
      let text = try await ask(url, "/")
      #expect(text.hasSuffix("hello"))
      return url
    }
    let gone = try address(used)
    await #expect(throws: (any Error).self) { _ = try await Wire.connect(to: gone) }
  }

  @Test func `a closure may answer`() async throws {
    try await withServer({ request in .text("to \(request.path)") }) { url in
      let text = try await ask(url, "/x")
      #expect(text.hasSuffix("to /x"))
    }
  }

  @Test func `an error of the body ends the server too`() async throws {
    struct Stop: Error {}
    var used = ""
    await #expect(throws: Stop.self) {
      try await withServer(Hello()) { url in
        used = url
        throw Stop()
      }
    }
    let address = try address(used)
    await #expect(throws: (any Error).self) { _ = try await Wire.connect(to: address) }
  }

  @Test func `a body that asks for nothing ends at once, however often`() async throws {
    for number in 0..<50 { #expect(try await withServer(Hello()) { _ in number } == number) }
  }
}
