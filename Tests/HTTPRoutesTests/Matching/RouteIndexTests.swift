import HTTPRoutes
import Testing

@Suite struct RouteIndexTests {
  @Test func `no routes answer nothing`() {
    #expect(RouteIndex([]).answer("/") == .notFound)
  }

  @Test func `a literal matches exactly itself`() throws {
    let index = RouteIndex(try routes("/healthz", "/health", "/", "/healthz/"))
    #expect(index.answer("/healthz") == .route(0))
    #expect(index.answer("/health") == .route(1))
    #expect(index.answer("/") == .route(2))
    #expect(index.answer("/healthz/") == .route(3))
    #expect(index.answer("/healt") == .notFound)
    #expect(index.answer("/healthzz") == .notFound)
    #expect(index.answer("/healthz//") == .notFound)
  }

  @Test func `what does not begin with a slash matches nothing`() throws {
    let index = RouteIndex(try routes("/**"))
    #expect(index.answer("*", method: .options) == .notFound)
    #expect(index.answer("") == .notFound)
  }

  @Test func `a parameter takes one whole segment that is not empty`() throws {
    let index = RouteIndex(try routes("/users/{id}", "/users/{id}/posts/{post}"))
    #expect(index.answer("/users/7") == .route(0, parameters: ["7"]))
    #expect(index.answer("/users/7/posts/grün") == .route(1, parameters: ["7", "grün"]))
    #expect(index.answer("/users/") == .notFound)
    #expect(index.answer("/users/7/") == .notFound)
    #expect(index.answer("/users//posts/1") == .notFound)
  }

  @Test func `a rest takes everything, also nothing`() throws {
    let index = RouteIndex(try routes("/assets/**"))
    #expect(index.answer("/assets") == .route(0, rest: ""))
    #expect(index.answer("/assets/") == .route(0, rest: ""))
    #expect(index.answer("/assets/a//b/") == .route(0, rest: "a//b/"))
    #expect(index.answer("/assetsx") == .notFound)
    #expect(RouteIndex(try routes("/**")).answer("/") == .route(0, rest: ""))
    #expect(RouteIndex(try routes("/{a}/**")).answer("/x/y/z") == .route(0, parameters: ["x"], rest: "y/z"))
  }

  @Test func `the first in file order wins over the more specific`() throws {
    let index = RouteIndex(try routes("/a/**", "/a/b", "/b/{x}", "/b/c", "/c/d", "/c/{x}", "/c/**"))
    #expect(index.answer("/a/b") == .route(0, rest: "b"))
    #expect(index.answer("/b/c") == .route(2, parameters: ["c"]))
    #expect(index.answer("/c/d") == .route(4))
    #expect(index.answer("/c/e") == .route(5, parameters: ["e"]))
    #expect(index.answer("/c/e/f") == .route(6, rest: "e/f"))
  }

  @Test func `a literal that leads nowhere gives way to a parameter`() throws {
    let index = RouteIndex(try routes("/a/b/c", "/a/{x}/d", "/a/{x}/{y}/e", "/a/b/d/f"))
    #expect(index.answer("/a/b/d") == .route(1, parameters: ["b"]))
    #expect(index.answer("/a/b/c/e") == .route(2, parameters: ["b", "c"]))
    #expect(index.answer("/a/b/d/f") == .route(3))
    #expect(index.answer("/a/b/d/g") == .notFound)
  }

  @Test func `a parameter that leads nowhere gives way to a literal and to a rest`() throws {
    let index = RouteIndex(try routes("/a/{x}/c", "/a/b/d", "/**"))
    #expect(index.answer("/a/b/d") == .route(1))
    #expect(index.answer("/a/z/c") == .route(0, parameters: ["z"]))
    #expect(index.answer("/a/z/d") == .route(2, rest: "a/z/d"))
  }

  @Test func `captures are those of the route that answers, not of one that was tried`() throws {
    let index = RouteIndex(try routes("/{a}/{b}/x", "/{a}/lit/{c}", "/one/{b}/{c}"))
    #expect(index.answer("/one/lit/three") == .route(1, parameters: ["one", "three"]))
    #expect(index.answer("/one/two/three") == .route(2, parameters: ["two", "three"]))
  }

  @Test func `sixteen parameters are captured`() throws {
    let names = (1...16).map { "p\($0)" }
    let index = RouteIndex(try routes(names.map { "/{\($0)}" }.joined() + "/**"))
    #expect(index.answer("/" + names.joined(separator: "/")) == .route(0, parameters: names, rest: ""))
  }

  @Test func `captures are found by name`() throws {
    let index = RouteIndex(try routes("/users/{id}/files/**"))
    let path = Array("/users/ada/files/a/b".utf8)
    guard case .matched(let match) = index.match(path: path.span, method: .get) else {
      Issue.record("the route does not answer")
      return
    }
    #expect(index.parameter(named: "id", of: match, in: path.span) == "ada")
    #expect(index.parameter(named: "name", of: match, in: path.span) == nil)
    #expect(index.rest(of: match, in: path.span) == "a/b")
    #expect(match.rest(in: path.span) == 17..<20)
  }

  @Test func `a route without the method leaves the path to later ones`() throws {
    let index = RouteIndex(try routes("GET /api/**", "POST /api/orders", "DELETE /api/{what}"))
    #expect(index.answer("/api/orders", method: .post) == .route(1))
    #expect(index.answer("/api/orders", method: .delete) == .route(2, parameters: ["orders"]))
    #expect(index.answer("/api/orders", method: .head) == .route(0, rest: "orders"))
  }

  @Test func `the wrong method is answered with the methods of all routes of the path`() throws {
    let index = RouteIndex(try routes("POST /api/orders", "GET /api/{what}", "PURGE,PUT /api/**", "PATCH /other"))
    #expect(index.answer("/api/orders", method: .delete) == .methodNotAllowed("GET, HEAD, POST, PUT, PURGE"))
    #expect(index.answer("/api/users", method: .options) == .methodNotAllowed("GET, HEAD, PUT, PURGE"))
    #expect(index.answer("/nothing", method: .delete) == .notFound)
  }

  @Test func `an unregistered method is routed by its name`() throws {
    let index = RouteIndex(try routes("PURGE /cache/**", "MOVE /cache/{x}", "/any"))
    #expect(index.answer("/cache/x", method: .other("PURGE")) == .route(0, rest: "x"))
    #expect(index.answer("/cache/x", method: .other("MOVE")) == .route(1, parameters: ["x"]))
    #expect(index.answer("/cache/x", method: .other("BREW")) == .methodNotAllowed("MOVE, PURGE"))
    #expect(index.answer("/any", method: .other("BREW")) == .route(2))
  }

  @Test func `the same pattern with several sets of methods is several routes`() throws {
    let index = RouteIndex(try routes("GET /a", "POST /a", "GET,POST /a", "PUT /a"))
    #expect(index.answer("/a") == .route(0))
    #expect(index.answer("/a", method: .post) == .route(1))
    #expect(index.answer("/a", method: .put) == .route(3))
  }

  @Test func `a parameter and a rest take a segment with an encoded slash, a literal does not`() throws {
    let index = RouteIndex(try routes("/a/{x}", "/{x}/{y}/**", "/files/**", "/**"))
    #expect(index.answer("/a/b\0c") == .route(0, parameters: ["b/c"]))
    #expect(index.answer("/files/b\0c/d") == .route(1, parameters: ["files", "b/c"], rest: "d"))
    #expect(index.answer("/x/y/\0") == .route(1, parameters: ["x", "y"], rest: "%2F"))
    #expect(index.answer("/a\0b") == .route(3, rest: "a%2Fb"))
    #expect(RouteIndex(try routes("/a/b", "/a/b/**")).answer("/a/b\0") == .notFound)
    #expect(RouteIndex(try routes("/a/b", "/a/b/{x}")).answer("/a\0b") == .notFound)
  }

  @Test func `a percent sign before 2F is not an encoded slash`() throws {
    let index = RouteIndex(try routes("/a%252Fb", "/{x}/c"))
    #expect(index.answer("/a%2Fb") == .route(0))
    #expect(index.answer("/a\0b") == .notFound)
    #expect(index.answer("/a%2Fb/c") == .route(1, parameters: ["a%2Fb"]))
  }

  @Test func `a node has room for a child of every byte`() throws {
    let bytes = (UInt8(1)...255).filter { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") }
    let hex = Array("0123456789ABCDEF")
    let table = try bytes.map { byte -> TestRoute in
      (try PathPattern(parsing: "/x%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])y"), .any)
    }
    let index = RouteIndex(table)
    for (route, byte) in bytes.enumerated() {
      let path = Array("/x".utf8) + [byte] + Array("y".utf8)
      guard case .matched(let match) = index.match(path: path.span, method: .get) else {
        Issue.record("byte \(byte) is not found")
        continue
      }
      #expect(match.routeIndex == route)
    }
  }

  @Test func `the tree answers as a list of routes would`() throws {
    var generator = RouteGenerator(seed: 1)
    var found = 0
    for _ in 0..<500 {
      let table = try generator.routes(generator.int(1..<40))
      let (index, list) = (RouteIndex(table), LinearMatcher(routes: table))
      for _ in 0..<60 {
        let path = generator.path()
        let method = generator.method()
        let answer = index.answer(path, method: method)
        let expected = list.answer(path, method: method)
        if case .route = expected { found += 1 }
        guard answer != expected else { continue }
        Issue.record("\(method) \(path) in \(table.map(\.pattern.text)): \(answer) instead of \(expected)")
      }
    }
    // The comparison says something only if a fair part of the paths meets a route.
    #expect(found > 5000)
  }
}
