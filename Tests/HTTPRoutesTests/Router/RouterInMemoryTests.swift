import AsyncHTTPServer
import HTTPRoutes
import Testing

/// Routes in code, asked without a socket.
@Suite struct RouterInMemoryTests {
  private let router: Router

  init() throws {
    router = try Router { routes in
      routes.get("/users/{id}") { request, path in
        .text("user \(try path.require("id", as: Int.self)) in \(request.queryItems["lang"] ?? "-") by \(request.host ?? "-")")
      }
      routes.post("/notes") { request in
        let form = try await request.body.form()
        return .text(try form.require("text"), status: .created, headers: [.location: "/notes/1"])
      }
      routes.get("/client") { request in .text("\(request.remoteAddress) \(request.cookies["a"] ?? "-")") }
      routes.get("/sent") { request in
        try await request.respond(.ok, "sent")
        return .text("unreached")
      }
    }
  }

  @Test func `a request in memory is routed and answered`() async throws {
    let response = try await router.respond(to: Request(.get, "/users/%37?lang=en"))
    #expect(response.status == .ok)
    #expect(response.body.textInMemory == "user 7 in en by localhost")
  }

  @Test func `it may have fields, a body and an address`() async throws {
    let note = try await router.respond(
      to: Request(.post, "/notes", headers: [.contentType: "application/x-www-form-urlencoded"], body: "text=a+b"))
    #expect(note.status == .created && note.headers[.location] == "/notes/1" && note.body.textInMemory == "a b")
    let address = try #require(SocketAddress("192.0.2.1", port: 5))
    let client = try await router.respond(to: Request(.get, "/client", headers: [.cookie: "a=1"], remoteAddress: address))
    #expect(client.body.textInMemory == "192.0.2.1:5 1")
  }

  @Test func `errors and missing routes are answers too`() async throws {
    let missing = try await router.respond(to: Request(.post, "/notes", headers: [.contentType: "text/plain"]))
    #expect(missing.status == .unsupportedMediaType)
    #expect(try await router.respond(to: Request(.get, "/users/x")).body.textInMemory == "400 Bad Request: id must be Int, not \"x\"\n")
    #expect(try await router.respond(to: Request(.get, "/none")).status == .notFound)
    let other = try await router.respond(to: Request(.delete, "/notes"))
    #expect(other.status == .methodNotAllowed && other.headers[.allow] == "POST, OPTIONS")
  }

  @Test func `no client waits for it`() async throws {
    await #expect(throws: ServerError.connectionClosed) { try await router.respond(to: Request(.get, "/sent")) }
  }

  @Test(arguments: ["no-slash", "/a b", "/a\r\nX: y"])
  func `a target that a server would refuse is an error`(target: String) {
    let error = #expect(throws: HTTPError.self) { try Request(.get, target) }
    #expect(error?.status == .badRequest)
  }
}
