import AsyncHTTPServer
import Testing

/// Listeners with a handler of their own.
@Suite struct ListenerHandlerTests {
  private struct Named: RequestHandler {
    let name: String
    func handle(_ request: Request) async throws { try await request.respond(.ok, name) }
  }

  private func ask(_ address: SocketAddress) async throws -> String? {
    try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").split(separator: "\r\n\r\n").last.map(
      String.init)
  }

  private static let anyPort = SocketAddress("127.0.0.1", port: 0)

  @Test func `requests go to the handler of their listener, all others to that of serve`() async throws {
    let anyPort = try #require(Self.anyPort)
    try await withServer {
      try await $0.respond(.ok, "serve")
    } _: { server, first in
      let second = try server.listen(anyPort, handler: Named(name: "second"))
      let third = try server.listen(anyPort, handler: Named(name: "third"))
      let fourth = try server.listen(anyPort)
      #expect(server.localAddresses == [first, second, third, fourth])
      for (address, name) in [(first, "serve"), (second, "second"), (third, "third"), (fourth, "serve"), (second, "second")] {
        #expect(try await ask(address) == name)
      }
      await server.replaceHandler(Named(name: "replaced"))
      #expect(try await ask(first) == "replaced")
      #expect(try await ask(second) == "second")
    }
  }

  @Test func `the handler of a listener goes before the one of acceptRequest`() async throws {
    let anyPort = try #require(Self.anyPort)
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(anyPort, handler: Named(name: "own"))
    async let answer = ask(address)
    try await server.acceptRequest { try await $0.respond(.ok, "accepted") }
    #expect(try await answer == "own")
    await server.shutdown(gracePeriod: .seconds(30))
  }

  @Test func `a listener that is gone lets go of its handler`() async throws {
    final class Kept: RequestHandler {
      func handle(_ request: Request) async throws { try await request.respond(.ok, "kept") }
    }
    let anyPort = try #require(Self.anyPort)
    try await withServer {
      try await $0.respond(.ok, "serve")
    } _: { server, _ in
      weak var kept: Kept?
      func listen() throws -> SocketAddress {
        let handler = Kept()
        kept = handler
        return try server.listen(anyPort, handler: handler)
      }
      let address = try listen()
      #expect(try await ask(address) == "kept")
      #expect(kept != nil)
      server.stopListening(on: address)
      await waitFor("the handler to go") { kept == nil }
    }
  }

  @Test func `the version has three numbers`() {
    #expect(AsyncHTTPServer.version.split(separator: ".").compactMap { Int($0) }.count == 3)
  }
}
