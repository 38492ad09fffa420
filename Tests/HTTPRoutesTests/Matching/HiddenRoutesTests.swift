import HTTPRoutes
import Testing

@Suite struct HiddenRoutesTests {
  private func hidden(_ texts: [TestRoute]) -> [[Int]] {
    RouteIndex(texts).hiddenRoutes().map { [$0.hidden, $0.by] }
  }

  @Test func `a route behind a wider one is hidden by the first that covers it`() throws {
    #expect(hidden(try routes("/x", "/api/**", "/**", "/api/users", "/x/{y}")) == [[3, 1], [4, 2]])
  }

  @Test func `a route before a wider one is not hidden`() throws {
    #expect(hidden(try routes("/api/users", "/api/{x}", "/api/**", "/**")) == [])
  }

  @Test func `a repeated pattern is hidden whatever its parameters are called`() throws {
    #expect(hidden(try routes("/users/{id}", "/users/{name}", "/caf%C3%A9", "/café")) == [[1, 0], [3, 2]])
  }

  @Test func `other methods are not hidden`() throws {
    #expect(hidden(try routes("GET /a/**", "POST /a/b", "HEAD /a/c", "GET,POST /a/d", "/a/e")) == [[2, 0]])
  }

  @Test func `what only several routes hide together is not reported`() throws {
    #expect(hidden(try routes("GET /a", "POST /a", "GET,POST /a", "GET,POST /a")) == [[3, 2]])
  }

  @Test func `a trailing slash is another path, except under a rest`() throws {
    #expect(hidden(try routes("/a", "/a/", "/b/**", "/b", "/b/", "/{x}", "/c/")) == [[3, 2], [4, 2]])
  }

  @Test func `the tree finds what comparing all pairs finds`() throws {
    var generator = RouteGenerator(seed: 3)
    var count = 0
    for _ in 0..<300 {
      let table = try generator.routes(generator.int(1..<50))
      let expected = table.indices.compactMap { later in
        table[..<later].firstIndex {
          $0.pattern.covers(table[later].pattern) && $0.methods.isSuperset(of: table[later].methods)
        }.map { [later, $0] }
      }
      count += expected.count
      #expect(hidden(table) == expected, "\(table.map(\.pattern.text))")
    }
    #expect(count > 300)
  }
}
