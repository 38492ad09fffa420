import HTTPRoutes
import Testing

@Suite struct RouteExplanationTests {
  private func explain(
    _ table: [TestRoute], _ path: String, _ method: RequestMethod = .get, limit: Int = 5
  ) -> [RouteExplanation] {
    RouteIndex(table).explain(path: Array(path.utf8).span, method: method, limit: limit)
  }

  private func because(_ route: Int, _ reason: RouteExplanation.Reason) -> RouteExplanation {
    RouteExplanation(routeIndex: route, reason: reason)
  }

  @Test func `the answering route stands among those that nearly did`() throws {
    let table = try routes("/api/users/{id}/posts", "POST /api/users/{id}", "/healthz", "/api/users/{id}", "/api/**", "/api/orders")
    #expect(
      explain(table, "/api/users/7") == [
        because(0, .pathDiffers(segment: 3, .pathEnds)),
        because(1, .methodDiffers(allowed: [.post])),
        because(3, .matched),
        because(4, .hiddenBy(routeIndex: 3)),
      ])
  }

  @Test func `each kind of difference is named`() throws {
    #expect(explain(try routes("/api/users"), "/api/user") == [because(0, .pathDiffers(segment: 1, .literal("users")))])
    #expect(explain(try routes("/api/users/"), "/api/users") == [because(0, .pathDiffers(segment: 2, .pathEnds))])
    #expect(explain(try routes("/api/users"), "/api/users/") == [because(0, .pathDiffers(segment: 2, .pathGoesOn))])
    #expect(explain(try routes("/api/{id}"), "/api/") == [because(0, .pathDiffers(segment: 1, .emptySegment))])
    #expect(explain(try routes("/api/a/b"), "/api/a\0b") == [because(0, .pathDiffers(segment: 1, .literal("a")))])
  }

  @Test func `a slip of the keyboard is near, another word is not`() throws {
    #expect(explain(try routes("/healthz", "/metrics"), "/helathz") == [because(0, .pathDiffers(segment: 0, .literal("healthz")))])
    #expect(explain(try routes("/metrics"), "/healthz") == [])
  }

  @Test func `only the nearest are named, in file order`() throws {
    let table = try routes("/api/a", "/api/v1/users/x", "/api/b", "/api/v1/users/y", "/api/c")
    #expect(explain(table, "/api/v1/users/z", limit: 2).map(\.routeIndex) == [1, 3])
  }

  @Test func `the explanation names the route that answers`() throws {
    var generator = RouteGenerator(seed: 5)
    for _ in 0..<200 {
      let table = try generator.routes(30)
      let index = RouteIndex(table)
      for _ in 0..<10 {
        let (path, method) = (generator.path(), generator.method())
        let explained = explain(table, path, method).first { $0.reason == .matched }
        var answering: Int?
        if case .route(let route, _, _) = index.answer(path, method: method) {
          answering = route
        }
        #expect(explained?.routeIndex == answering)
      }
    }
  }
}
