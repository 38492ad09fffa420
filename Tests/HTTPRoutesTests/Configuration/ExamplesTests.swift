// Each example of config/examples is asked for what its comments promise, as it is shipped but for where its files lie.

import AsyncHTTPServer
import Foundation
import HTTPRoutes
import Logging
import Reactor
import Synchronization
import Testing

@Suite struct ExamplesTests {
  private static func text(_ name: String) throws -> String {
    try String(contentsOf: Fixtures.repository.appending(path: "config/examples/\(name)"), encoding: .utf8)
  }

  // MARK: static-site.yaml

  /// As a bundler leaves it.
  private static func build(_ files: Files) throws {
    try files.write("<script src=/assets/index-4f3a.js></script>", to: "dist/index.html")
    try files.write("let a = 1", to: "dist/assets/index-4f3a.js")
    try files.write("gzip", to: "dist/assets/index-4f3a.js.gz")
    try files.write("brotli", to: "dist/assets/index-4f3a.js.br")
    try files.write("p {}", to: "dist/assets/index-9b1c.css")
    try files.write("woff", to: "dist/assets/fonts/inter.woff2")
    try files.write("<svg/>", to: "dist/favicon.svg")
  }

  @Test func `static-site serves what a bundler has built`() async throws {
    try await Site.with(try Self.text("static-site.yaml"), prepare: Self.build) { (site, _) async throws in
      let immutable = "public, max-age=31536000, immutable"
      for (path, text) in [("index-4f3a.js", "let a = 1"), ("index-9b1c.css", "p {}"), ("fonts/inter.woff2", "woff")] {
        let asset = try await site.get("/assets/\(path)")
        #expect(asset.status == 200 && asset.text == text, "\(path)")
        #expect(asset["Cache-Control"] == immutable)
      }
      let coded = try await site.get("/assets/index-4f3a.js", "Accept-Encoding: gzip, br")
      #expect(coded.text == "brotli")
      #expect(coded["Content-Encoding"] == "br")
      #expect(coded["Content-Type"] == "text/javascript; charset=utf-8")
      #expect(try await site.get("/assets/index-4f3a.js", "Accept-Encoding: gzip").text == "gzip")
      #expect(try await site.get("/favicon.svg").text == "<svg/>")
      // An asset of an earlier build is not a page.
      #expect(try await site.get("/assets/index-0000.js", "Accept: */*").status == 404)
    }
  }

  @Test func `static-site answers every other path with the page, and nothing under api`() async throws {
    try await Site.with(try Self.text("static-site.yaml"), prepare: Self.build) { (site, _) async throws in
      for path in ["/", "/index.html", "/users/7", "/users/ada%2Flovelace", "/deep/er/"] {
        let page = try await site.get(path, "Accept: text/html")
        #expect(page.status == 200 && page.text.hasPrefix("<script"), "\(path)")
        #expect(page["Cache-Control"] == "no-cache", "\(path)")
      }
      #expect(try await site.get("/api/session").text == #"{"user":null,"features":["search","export"]}"#)
      let missing = try await site.get("/api/nothing/here", "Accept: text/html")
      #expect(missing.status == 404)
      #expect(missing.text == #"{"error":"not_found","path":"nothing/here"}"#)
    }
  }

  @Test func `static-site serves the site that is shipped beside it`() async throws {
    let path = Fixtures.repository.appending(path: "config/examples/static-site.yaml").path
    let result = SettingsLoader.load(path: path, environment: [:])
    #expect(result.diagnostics.isEmpty)
    let text = try Self.text("static-site.yaml").replacing(
      "${SITE:-dist}", with: Fixtures.repository.appending(path: "config/examples/dist").path)
    try await Site.with(text) { (site, _) async throws in
      let page = try await site.get("/").text
      let assets = page.matches(of: /(?:src|href)="(\/[^"]*)"/).map { String($0.output.1) }
      #expect(assets.count == 2)
      for asset in assets { #expect(try await site.get(asset).status == 200, "\(asset)") }
    }
  }

  // MARK: shop.yaml

  @Test func `shop signs in, pays a cart once, ships it and serves its page`() async throws {
    let text = try Self.text("shop.yaml").replacing(
      "../site/shop", with: Fixtures.repository.appending(path: "config/site/shop").path
    ).replacing(/\ +faults:\n.*\n/, with: "")
    try await Site.with(text) { (site, _) async throws in
      #expect(try await site.ask("POST /api/session", body: #"{"user":"ada","password":"wrong"}"#).status == 401)
      let signedIn = try await site.ask("POST /api/session", body: #"{"user":"ada","password":"lovelace"}"#)
      let cookie = try #require(signedIn["Set-Cookie"]?.prefix { $0 != ";" })
      let session = "Cookie: \(cookie)"
      #expect(signedIn.status == 201)
      #expect(try await site.get("/api/session").status == 401)
      #expect(try await site.get("/api/session", session).text == #"{"user":"ada","name":"Ada Lovelace"}"#)

      let lamps = try await site.get("/api/products?q=lamp&sort=-price&page=1&limit=2")
      #expect(lamps["X-Total-Count"] == "3")
      #expect(lamps.text.hasPrefix(#"[{"id":2,"name":"Floor lamp","price":129.00,"stock":3},"#))

      #expect(try await site.ask("POST /api/cart/pay", body: "{}").status == 401)
      #expect(try await site.ask("POST /api/cart/pay", [session], body: #"{"card":"4000000000000002"}"#).status == 402)
      let paid = try await site.ask("POST /api/cart/pay", [session], body: #"{"items":2}"#)
      #expect(paid.status == 202 && paid.text == #"{"cart":"paid","items":2}"#)
      #expect(try await site.ask("POST /api/cart/pay", [session], body: "{}").status == 409)
      #expect(try await site.get("/api/cart", session).text == #"{"status":"paid"}"#)

      let job = try #require(paid["Location"])
      for _ in 0..<3 { #expect(try await site.get(job).status == 202) }
      #expect(try await site.get(job).text.contains(#""state":"shipped""#))

      let page = try await site.get("/").text
      for asset in page.matches(of: /(?:src|href)="([^"]*)"/).map({ String($0.output.1) }) {
        #expect(try await site.get("/\(asset)").status == 200, "\(asset)")
      }
      #expect(try await site.get("/api/brochure.txt", "Range: bytes=0-11").text == "A small shop")
    }
  }

  // MARK: petstore.yaml

  @Test func `petstore answers every operation`() async throws {
    try await Site.with(try Self.text("petstore.yaml")) { (site, _) async throws in
      let operations: [(method: String, path: String, status: Int, answer: String)] = [
        ("PUT", "/pet", 200, "\"name\":\"Rex\""), ("POST", "/pet", 200, "\"name\":\"Rex\""),
        ("GET", "/pet/findByStatus?status=sold", 200, "\"status\":\"sold\""), ("GET", "/pet/findByTags?tags=a", 200, "\"name\":\"a\""),
        ("GET", "/pet/7", 200, "\"id\":7,"), ("POST", "/pet/7?name=Ada&status=sold", 200, "\"name\":\"Ada\""),
        ("DELETE", "/pet/7", 200, "Pet deleted"), ("POST", "/pet/7/uploadImage?additionalMetadata=x", 200, "stored for pet 7"),
        ("GET", "/store/inventory", 200, "\"available\":241"), ("POST", "/store/order", 200, "\"id\":198772"),
        ("GET", "/store/order/3", 200, "\"id\":3,"), ("DELETE", "/store/order/3", 200, ""), ("POST", "/user", 200, "\"username\":\"ada\""),
        ("POST", "/user/createWithList", 200, "\"username\":\"ada\""), ("GET", "/user/login", 200, "Logged in user session"),
        ("GET", "/user/logout", 200, "User logged out"), ("GET", "/user/bob", 200, "\"username\":\"bob\""),
        ("PUT", "/user/bob", 200, "\"username\":\"bob\""), ("DELETE", "/user/bob", 200, ""),
        // The errors that are worth rehearsing.
        ("GET", "/pet/404", 404, "Pet not found"), ("GET", "/pet/invalid", 400, "Invalid ID supplied"),
        ("GET", "/store/order/404", 404, "Order not found"), ("GET", "/user/nobody", 404, "User not found"),
        ("GET", "/pets", 404, "no operation at /pets"), ("GET", "/user/a%2Fb", 200, "\"username\":\"a/b\""),
      ]
      for (method, path, status, answer) in operations {
        let reply = try await site.get("/api/v3\(path)", "Content-Length: 0", "Origin: http://localhost:1", method: method)
        #expect(reply.status == status, "\(method) \(path)")
        #expect(answer.isEmpty ? reply.text.isEmpty : reply.text.contains(answer), "\(method) \(path): \(reply.text)")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply["Access-Control-Allow-Origin"] == "*")
        if reply["Content-Type"] == "application/json" { _ = try JSONSerialization.jsonObject(with: Data(reply.body)) }
      }
      #expect(try await site.get("/api/v3/user/login")["X-Rate-Limit"] == "5000")

      // What is sent comes back, and what the API does not allow is refused.
      let bodies: [(path: String, body: String, status: Int, answer: String)] = [
        ("/pet", #"{"name":"Fido","status":"sold"}"#, 200, #""name":"Fido""#), ("/pet", #"{"status":"sold"}"#, 405, "Invalid input"),
        ("/store/order", #"{"quantity":3}"#, 200, #""quantity":3,"#),
        ("/store/order", #"{"quantity":0}"#, 400, "1 or more, not 0"),
      ]
      for (path, body, status, answer) in bodies {
        let reply = try await site.ask("POST /api/v3\(path)", body: body)
        #expect(reply.status == status && reply.text.contains(answer), "\(path) \(body): \(reply.text)")
      }
      let refused = try await site.get("/api/v3/pet/findByStatus?status=lost")
      #expect(refused.status == 400 && refused.text.contains("Invalid status value: lost"))
      #expect(try await site.get("/api/v3/user/login?username=ada&password=wrong").status == 400)
    }
  }

  // MARK: recording-proxy.yaml

  /// Runs `body` with a server that answers with what it was asked, and counts.
  private static func withUpstream<R: Sendable>(
    _ body: @escaping @Sendable (SocketAddress, Counter) async throws -> R
  ) async throws -> R {
    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.logger.logLevel = .critical
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let counter = Counter()
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        try await server.serve { request in
          counter.add()
          var sent: [UInt8] = []
          for try await piece in request.body { sent += piece }
          let text = "\(request.method) \(request.target.raw) \(String(decoding: sent, as: UTF8.self)) #\(counter.value)"
          try await request.respond(.ok, text, headers: [.contentType: "text/plain"])
        }
        return nil
      }
      group.addTask { try await body(address, counter) }
      defer { server.close() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw ServerError.serverClosed
    }
  }

  @Test func `recording-proxy records what it says and leaves the rest alone`() async throws {
    try await Self.withUpstream { (upstream, fetches) async throws in
      let text = try Self.text("recording-proxy.yaml")
        .replacing("../../.run", with: "ROOT/run").replacing("${UPSTREAM:-http://127.0.0.1:9090}", with: "http://\(upstream)")
      try await Site.with(text) { (site, _) async throws in
        func post(_ path: String, _ body: String) async throws -> Reply {
          try await site.get(path, "Content-Length: \(body.utf8.count)\r\n\r\n\(body)", method: "POST")
        }
        // What is recorded comes once.
        for path in ["/catalog/prices/7", "/catalog/items?page=1"] {
          let first = try await site.get(path)
          #expect(first.text.hasPrefix("GET \(path) "))
          #expect(try await eventually { try await site.get(path).text == first.text ? true : nil })
        }
        // A cache buster does not tell recordings apart, a page does.
        let before = fetches.value
        #expect(try await site.get("/catalog/items?page=1&_=1").text.hasPrefix("GET /catalog/items?page=1 "))
        #expect(fetches.value == before)
        #expect(try await site.get("/catalog/items?page=2").text.hasPrefix("GET /catalog/items?page=2 "))
        #expect(fetches.value == before + 1)
        // The same body gets the same answer.
        let search = try await post("/search", "{\"q\": 1}")
        #expect(search.text.hasPrefix("POST /search {\"q\": 1} "))
        #expect(try await eventually { try await post("/search", "{\"q\": 1}").text == search.text ? true : nil })
        #expect(try await post("/search", "{\"q\": 2}").text != search.text)
        // Logins are nobody's recording.
        #expect(try await post("/session/login", "a").text != post("/session/login", "a").text)
        let cancelled = try await post("/orders/7/cancel", "")
        #expect(cancelled.status == 409)
        #expect(cancelled.text == #"{"error":"already_shipped","order":"7"}"#)
        let page = try await site.get("/catalog/items?page=1", "Origin: http://localhost:5173")
        #expect(page["Access-Control-Allow-Origin"] == "http://localhost:5173")
        #expect(page["Access-Control-Allow-Credentials"] == "true")
      }
    }
  }

  @Test func `every example is asked`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.repository.appending(path: "config/examples").path)
    #expect(names.filter { $0.hasSuffix(".yaml") }.sorted() == ["petstore.yaml", "recording-proxy.yaml", "shop.yaml", "static-site.yaml"])
  }
}
