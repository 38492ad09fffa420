// The snippets of README and of the DocC catalogues as they stand there, compiled and run; those about pets are in StubServerTests.swift.
// Lines that end in "// test" are not in the text, and every port is 0 here.

import AsyncHTTPServer
import AsyncHTTPServerJSON
import Foundation
import HTTPRoutes
import Testing

/// What comes back for one request: everything behind the head.
private func ask(_ url: String, _ method: String = "GET", _ content: String = "", _ fields: String...) async throws -> String {
  let parts = url.dropFirst("http://".count).split(separator: "/", maxSplits: 1)
  guard let port = parts[0].split(separator: ":").last.flatMap({ UInt16($0) }) else { throw HarnessError(url) }
  let lines =
    ["\(method) /\(parts.dropFirst().first ?? "") HTTP/1.1", "Host: a", "Connection: close", "Content-Length: \(content.utf8.count)"]
    + fields
  let request = lines.joined(separator: "\r\n") + "\r\n\r\n" + content
  // The client blocks its thread, which must not be one of the few that tests and servers share.
  let answer = try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(
        with: Result {
          let connection = try RawConnection(port: port)
          try connection.send(request)
          return try connection.receive()
        })
    }
  }
  guard let end = answer.range(of: "\r\n\r\n") else { throw HarnessError(answer) }
  return String(answer[end.upperBound...])
}

private func get(_ url: String) async throws -> String { try await ask(url) }

/// Has a client use the server as soon as it listens, and closes it after that.
private func use(_ server: AsyncHTTPServer, _ client: @escaping @Sendable (String) async throws -> Void) -> Task<Void, any Error> {
  Task {
    defer { server.close() }
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if let url = server.url { return try await client(url) }
      await Task.yield()
    }
    throw HarnessError("the server does not listen")
  }
}

/// The same with one request, whose answer is checked.
private func use(
  _ server: AsyncHTTPServer, _ path: String = "", _ method: String = "GET", _ content: String = "", gives expected: String
) -> Task<Void, any Error> {
  use(server) { url in
    let answer = try await ask(url + path, method, content)
    #expect(answer == expected)
  }
}

@Suite struct SnippetTests {
  // MARK: README

  @Test func `README returns its answer`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server) { url in  // test
      let answer = try await get(url + "/?name=Ada")  // test
      #expect(answer == "Hello Ada")  // test
      #expect(try await get(url) == "400 Bad Request: name is missing\n")  // test
    }  // test
    try await server.serve(port: 0) { request in
      guard let name = request.queryItems["name"] else { throw HTTPError(.badRequest, "name is missing") }
      return .text("Hello \(name)")
    }
    try await client.value
  }

  @Test func `README has routes in code`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server) { url in
      let health = try await get(url + "/health")
      #expect(health == "ok")
      #expect(try await get(url + "/api/users/7").contains("\"id\":7"))
      #expect(try await ask(url + "/api/users", "POST", #"{"id": 1}"#) == "400 Bad Request: name: is missing\n")
      #expect(try await ask(url + "/api/users", "POST", #"{"id": 1, "name": "Bo"}"#).contains("\"name\":\"Bo\""))
    }
    struct User: Codable {
      let id: Int
      let name: String
    }

    let router = try Router { routes in
      routes.get("/health") { _ in .text("ok") }
      routes.group("/api") { api in
        api.use { request, next in
          var response = try await next(request)
          response.headers[.cacheControl] = "no-store"
          return response
        }
        api.get("/users/{id}") { _, path in
          try .json(User(id: try path.require("id", as: Int.self), name: "Ada"))
        }
        api.post("/users") { request in
          let user = try await request.body.decode(User.self)
          return try .json(user, status: .created)
        }
      }
    }
    try await server.serve(port: 0, handler: router)
    try await client.value
  }

  // MARK: AsyncHTTPServer

  @Test func `a server greets`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server, gives: "Hello World")  // test
    try await server.serve(port: 0) { request in
      try await request.respond(.ok, "Hello World")
    }
    try await client.value
  }

  @Test func `a handler returns its answer`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server, "/?name=Ada", gives: "Hello Ada")
    try await server.serve(port: 0) { request in
      guard let name = request.queryItems["name"] else { throw HTTPError(.badRequest, "name is missing") }
      return .text("Hello \(name)", headers: [.cacheControl: "no-store"])
    }
    try await client.value
  }

  @Test func `the loop may be the program's own`() async throws {
    var client: Task<Void, any Error>?
    do {
      let server = AsyncHTTPServer()
      client = use(server, gives: "Hello World")  // test
      try server.listen(port: 0)
      while true {
        if server.shouldAcceptRequest() {
          try await server.acceptRequest { request in
            try await request.respond(.ok, "Hello World")
          }
        } else {
          try await server.descriptorAvailable()
        }
      }
    } catch ServerError.serverClosed {}
    try await client?.value
  }

  @Test func `the loop of Nim`() async throws {
    var client: Task<Void, any Error>?
    do {
      let server = AsyncHTTPServer()
      client = use(server, gives: "Hello World")  // test
      try server.listen(port: 0)
      while true {
        if server.shouldAcceptRequest() {
          try await server.acceptRequest { request in
            try await request.respond(.ok, "Hello World", headers: [.contentType: "text/plain; charset=utf-8"])
          }
        } else {
          try await server.descriptorAvailable()
        }
      }
    } catch ServerError.serverClosed {}
    try await client?.value
  }

  @Test func `proxies are trusted by address`() {
    var configuration = ServerConfiguration()
    guard configuration.trustedProxies.trust("127.0.0.1"), configuration.trustedProxies.trust("10.0.0.0/8") else {
      fatalError("not an address")
    }
    configuration.trustedProxies.trustsUnixPeers = true
    #expect(configuration.trustedProxies != TrustedProxies())
  }

  @Test func `a body is read in pieces`() async throws {
    final class File: Sendable {
      func writeAll(_ piece: [UInt8]) throws { #expect(piece == Array("abc".utf8)) }
    }
    let file = File()
    let server = AsyncHTTPServer()
    let client = use(server, "", "PUT", "abc", gives: "done")
    try await server.serve(port: 0) { request in
      for try await piece in request.body { try file.writeAll(piece) }
      return .text("done")
    }
    try await client.value
  }

  @Test func `what a request says`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server) { url in
      let type = "Content-Type: application/x-www-form-urlencoded"
      let answer = try await ask(url + "/?page=2", "POST", "tag=a&tag=b", type, "Cookie: theme=dark")
      #expect(answer == #"2 dark ["a", "b"]"#)
    }
    try await server.serve(port: 0) { request in
      let page = try request.queryItems.require("page", as: Int.self)
      let theme = request.cookies["theme"] ?? "light"
      let form = try await request.body.form()
      return .text("\(page) \(theme) \(form.values(of: "tag"))")
    }
    try await client.value
  }

  @Test func `bodies are JSON`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server, "", "POST", "[1, 2, 3]", gives: #"{"sum":6}"#)
    try await server.serve(port: 0) { request in
      let numbers = try await request.body.decode([Int].self)
      return try .json(["sum": numbers.reduce(0, +)])
    }
    try await client.value
  }

  @Test func `files and redirects`() async throws {
    let server = AsyncHTTPServer()
    let client = use(server, gives: "/manual\n")
    try await server.serve(port: 0) { request in
      request.path == "/" ? .redirect(to: "/manual") : .file("README.md", contentType: "text/markdown; charset=utf-8")
    }
    try await client.value
  }

  @Test func `a server for a test`() async throws {
    try await withServer({ request in .text("to \(request.path)") }) { url in
      // The code under test talks to the server at url, "http://127.0.0.1:40123".
      let answer = try await get(url + "/x")
      #expect(answer == "to /x")
    }
  }

  // MARK: HTTPRoutes

  @Test func `routes of a file, replaced and joined with code`() async throws {
    let path = Repository.path("config/examples/petstore.yaml")
    do {
      let routes = try RouteTable(contentsOf: Repository.path("config/examples/petstore.yaml"))
      let server = AsyncHTTPServer()
      let client = replaceRoutes(server, path, routes)  // test
      try await server.serve(port: 0, handler: routes)
      try await client.value
    }
    do {
      let routes = try RouteTable(contentsOf: path)
      let server = AsyncHTTPServer()
      let client = use(server, "/api/users/3", gives: "user 3")
      let router = try Router(otherwise: routes) { router in
        router.get("/api/users/{id}") { _, path in .text("user \(path["id"] ?? "")") }
      }
      try await server.serve(port: 0, handler: router)
      try await client.value
    }
    let routes = try RouteTable(contentsOf: path)
    let server = AsyncHTTPServer()
    let client = use(server, "/other", gives: "not in the file")
    try await server.serve(port: 0) { request in
      if try await routes.answer(request) { return }
      try await request.respond(.ok, "not in the file")
    }
    try await client.value
  }

  private func replaceRoutes(_ server: AsyncHTTPServer, _ path: String, _ routes: RouteTable) -> Task<Void, any Error> {
    use(server) { url in
      let before = try await get(url + "/api/v3/pet/7")
      await server.replaceHandler(try RouteTable(yaml: "routes: [{path: /**, status: 503, text: down}]"))
      let between = try await get(url + "/api/v3/pet/7")
      await server.replaceHandler(try RouteTable(contentsOf: path, replacing: routes))
      let after = try await get(url + "/api/v3/pet/7")
      #expect(before.contains("\"id\"") && between == "down" && after == before)
    }
  }

  @Test func `routes of the test's own`() async throws {
    let routes = try RouteTable(
      yaml: """
        routes:
          - path: /api/users/{id}
            json: {id: "{{path.id}}", name: Ada}
            delay: 2s
          - path: /api/broken
            status: 503
            text: try later
        """)
    try await withServer(routes) { url in
      let answer = try await get(url + "/api/broken")
      #expect(answer == "try later")
    }
    let upstreamURL = "http://127.0.0.1:9"
    do {
      let routes = try RouteTable(
        contentsOf: Repository.path("config/examples/recording-proxy.yaml"), environment: ["UPSTREAM": upstreamURL])
      try await withServer(routes) { _ in }
    }
  }
}

@Suite struct SnippetTextTests {
  /// What of a text counts, without blanks: not imports, nor what only tests have.
  private static func essence(_ text: String) -> String {
    let lines = text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return lines.filter { !$0.hasPrefix("import ") && !$0.hasSuffix("// test") }.joined()
      .replacing("port: 8080", with: "port: 0").replacing(#/Repository\.path\(("[^"]*")\)/#) { $0.output.1 }
      .filter { !$0.isWhitespace }
  }

  private static func read(_ path: String) throws -> String { try String(contentsOfFile: Repository.path(path), encoding: .utf8) }

  private static let documents: [String] = {
    let catalogues = ["Sources/AsyncHTTPServer/AsyncHTTPServer.docc", "Sources/HTTPRoutes/HTTPRoutes.docc"]
    let articles = catalogues.flatMap { catalogue in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: Repository.path(catalogue))) ?? []
      return names.filter { $0.hasSuffix(".md") }.sorted().map { "\(catalogue)/\($0)" }
    }
    return ["README.md"] + articles
  }()

  @Test(arguments: documents)
  func `every snippet is compiled and run by a test`(document: String) throws {
    let code = try ["SnippetTests", "StubServerTests"].map { Self.essence(try Self.read("Tests/Examples/ExampleTests/\($0).swift")) }
    for block in try Self.read(document).components(separatedBy: "```swift\n").dropFirst() {
      let snippet = block.components(separatedBy: "\n```")[0]
      if snippet.hasPrefix("// Package.swift") { continue }
      #expect(code.contains { $0.contains(Self.essence(snippet)) }, "no test has\n\(snippet)")
    }
  }

  @Test func `the products that README names are there`() throws {
    let manifest = try Self.read("Package.swift")
    let products = try Self.read("README.md").matches(of: #/\.product\(name: "([A-Za-z]+)", package: "asynchttpd"\)/#).map(\.output.1)
    #expect(products.count == 4)
    for product in products { #expect(manifest.contains(".library(name: \"\(product)\"")) }
  }
}
