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

  /// A connection that has had one answer and is open still. Its end is the server's: the port may be another server's soon after.
  private func connection(_ url: String) async throws -> Wire {
    let wire = try await Wire.connect(to: address(url))
    try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try await wire.receive(through: "hello")
    return wire
  }

  @Test func `a handler is reached by the URL, and gone afterwards`() async throws {
    let wire = try await withServer(Hello()) { url in
      #expect(url.hasPrefix("http://127.0.0.1:"))
      return try await connection(url)
    }
    defer { wire.close() }
    #expect(try await wire.receiveAll() == "")
  }

  @Test func `a closure may answer`() async throws {
    try await withServer({ request in .text("to \(request.path)") }) { url in
      let text = try await ask(url, "/x")
      #expect(text.hasSuffix("to /x"))
    }
  }

  @Test func `an error of the body ends the server too`() async throws {
    struct Stop: Error {}
    var kept: Wire?
    await #expect(throws: Stop.self) {
      try await withServer(Hello()) { url in
        kept = try await connection(url)
        throw Stop()
      }
    }
    let wire = try #require(kept)
    defer { wire.close() }
    #expect(try await wire.receiveAll() == "")
  }

  @Test func `a body that asks for nothing ends at once, however often`() async throws {
    for number in 0..<50 { #expect(try await withServer(Hello()) { _ in number } == number) }
  }
}
