import AsyncHTTPServer
import HTTPRoutes
import Testing

/// Routes in code, over a socket.
@Suite struct RouterTests {
  private func ask(_ url: String, _ method: String = "GET", _ content: String = "") async throws -> Reply {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
    let port = try #require(parts[1].split(separator: ":").last.flatMap { UInt16($0) })
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    let lines = [
      "\(method) /\(parts.count > 2 ? parts[2] : "") HTTP/1.1", "Host: a", "Connection: close", "Content-Length: \(content.utf8.count)",
    ]
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + content).utf8)
    return try Reply(try await onOwnThread { Site.exchange(request, address) }.get(), hasContent: method != "HEAD")
  }

  private func users() throws -> Router {
    try Router { routes in
      routes.get("/health") { _ in .text("ok") }
      routes.get("/users/{id}") { _, path in .text("user \(try path.require("id", as: Int.self))") }
      routes.post("/users") { request in .text("made \(try await request.body.text())", status: .created) }
      routes.get("/files/**") { _, path in .text("<\(path["**"] ?? "-")>") }
    }
  }

  @Test func `a path and a method find their route`() async throws {
    try await withServer(users()) { url in
      #expect(try await ask(url + "/health").text == "ok")
      #expect(try await ask(url + "/users/7").text == "user 7")
      #expect(try await ask(url + "/users/%37").text == "user 7")
      #expect(try await ask(url + "/users", "POST").status == 201)
      #expect(try await ask(url + "/files/a/b%20c").text == "<a/b c>")
      #expect(try await ask(url + "/files").text == "<>")
      let head = try await ask(url + "/health", "HEAD")
      #expect(head.status == 200 && head.body.isEmpty)
    }
  }

  @Test func `what no route answers is 404, 405, 400 or the list of methods`() async throws {
    try await withServer(users()) { url in
      #expect(try await ask(url + "/none").status == 404)
      let other = try await ask(url + "/users/7", "DELETE")
      #expect(other.status == 405 && other["Allow"] == "GET, HEAD, OPTIONS")
      let options = try await ask(url + "/users", "OPTIONS")
      #expect(options.status == 204 && options["Allow"] == "POST, OPTIONS")
      #expect(try await ask(url + "/users/seven").text == "400 Bad Request: id must be Int, not \"seven\"\n")
    }
  }

  @Test func `the first route that matches answers`() async throws {
    let router = try Router { routes in
      routes.get("/a/{any}") { _ in .text("pattern") }
      routes.get("/a/b") { _ in .text("literal") }
      routes.on([], "/every") { request, _ in .text(request.method.rawValue) }
    }
    try await withServer(router) { url in
      let first = try await ask(url + "/a/b")
      #expect(first.text == "pattern")
      #expect(try await ask(url + "/every", "PATCH").text == "PATCH")
    }
  }

  @Test func `middleware sees the request first and the answer last`() async throws {
    let trace = HTTPField.Name("X-Trace")!
    func traced(_ name: String) -> RouteGroup.Middleware {
      { request, next in
        var response = try await next(request)
        response.headers[trace] = (response.headers[trace] ?? "") + name
        return response
      }
    }
    let router = try Router { routes in
      routes.get("/before") { _ in .text("plain") }
      routes.use(traced("a"))
      routes.group("/api") { api in
        api.use(traced("b"))
        api.get("/open") { _ in .text("open") }
        api.group("/admin") { admin in
          admin.use { request, next in
            guard request.queryItems["key"] == "secret" else { throw HTTPError(.forbidden, "no key") }
            return try await next(request)
          }
          admin.delete("/{id}") { _, path in .text("deleted \(path["id"] ?? "-")") }
        }
      }
      routes.get("/after") { _ in .text("one") }
    }
    try await withServer(router) { url in
      #expect(try await ask(url + "/before")["X-Trace"] == nil)
      #expect(try await ask(url + "/api/open")["X-Trace"] == "ba")
      #expect(try await ask(url + "/after")["X-Trace"] == "a")
      #expect(try await ask(url + "/api/admin/3", "DELETE").text == "403 Forbidden: no key\n")
      let deleted = try await ask(url + "/api/admin/3?key=secret", "DELETE")
      #expect(deleted.text == "deleted 3" && deleted["X-Trace"] == "ba")
    }
  }

  @Test func `a pattern that cannot be read is an error that names it`() throws {
    let error = try #require(throws: RouterError.self) {
      try Router { routes in
        routes.get("/ok") { _ in .text("") }
        routes.group("/a") { $0.get("/{x") { _ in .text("") } }
        routes.get("no-slash") { _ in .text("") }
      }
    }
    #expect(error.problems.count == 2)
    #expect(error.problems[0].hasPrefix("/a/{x: ") && error.problems[1].hasPrefix("no-slash: "))
  }

  private static let yaml = """
    routes:
      - path: /both
        text: from the file
      - path: /file
        text: from the file
    """

  @Test func `code may stand before the file`() async throws {
    let routes = try RouteTable(yaml: Self.yaml)
    let router = try Router(otherwise: routes) { router in
      router.get("/both") { _ in .text("from code") }
      router.post("/file") { _ in .text("from code") }
    }
    try await withServer(router) { url in
      let both = try await ask(url + "/both")
      #expect(both.text == "from code")
      #expect(try await ask(url + "/file").text == "from the file")
      #expect(try await ask(url + "/file", "POST").text == "from code")
      #expect(try await ask(url + "/neither").status == 404)
    }
  }

  @Test func `the file may stand before code`() async throws {
    struct FileFirst: RequestHandler {
      let routes: RouteTable
      let router: Router
      func handle(_ request: Request) async throws {
        if try await routes.answer(request) { return }
        if try await router.answer(request) { return }
        throw HTTPError(.notFound, "neither has it")
      }
    }
    let router = try Router { router in
      router.get("/both") { _ in .text("from code") }
      router.get("/code") { _ in .text("from code") }
    }
    try await withServer(FileFirst(routes: RouteTable(yaml: Self.yaml), router: router)) { url in
      let both = try await ask(url + "/both")
      #expect(both.text == "from the file")
      #expect(try await ask(url + "/code").text == "from code")
      #expect(try await ask(url + "/neither").text == "404 Not Found: neither has it\n")
    }
  }
}
