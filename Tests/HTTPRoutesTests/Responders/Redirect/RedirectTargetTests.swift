// The targets of redirects, from their text to a Location.

import Testing

@testable import HTTPRoutes

@Suite struct RedirectTargetTests {
  private func target(_ text: String) throws -> RedirectTarget {
    try RedirectTarget(parsing: text, scope: TemplateScope(pattern: try PathPattern(parsing: "/old/{id}/**")))
  }

  private func location(_ text: String, _ path: [String: String], query: String? = nil) throws -> String {
    try target(text).render(path: { path[$0] }, query: query.map { Array($0.utf8) })
  }

  @Test func `parameters are filled in, percent-encoded`() throws {
    #expect(try location("/new/{id}/x", ["id": "a b/ü?#%"]) == "/new/a%20b%2F%C3%BC%3F%23%25/x")
    #expect(try location("https://example.com/{**}", ["**": "a/b c"]) == "https://example.com/a/b%20c")
  }

  @Test func `the query is kept unless the target has one`() throws {
    #expect(try location("/new", [:], query: "a=%20b") == "/new?a=%20b")
    #expect(try location("/new?c=d", [:], query: "a=b") == "/new?c=d")
    #expect(try location("/new#top", [:], query: "a=b") == "/new?a=b#top")
    #expect(try location("/new", [:], query: "") == "/new")
  }

  @Test func `a query that no URI may have is escaped, and nothing twice`() throws {
    #expect(try location("/new", [:], query: "q=\"a\"<ü>\\%22[]") == "/new?q=%22a%22%3C%C3%BC%3E%5C%22[]")
  }

  @Test(arguments: ["/evil.example/", "//evil.example", "\\evil.example", "%2F/evil.example"])
  func `a path cannot become another host`(rest: String) throws {
    let location = try location("/{**}", ["**": rest])
    #expect(location.hasPrefix("/"))
    #expect(!location.hasPrefix("//"))
    #expect(!location.contains("\\"))
  }

  @Test(
    arguments: [
      "{**}", "new", "https://{id}/", "//{id}.example/", "https://user@example.com/", "https://", "ftp://example.com/", "",
      "{{query.to}}", "https://{{query.host}}/", "https://example.com{{query.to}}",
    ])
  func `the host of a target is literal`(text: String) {
    #expect(throws: TemplateError.self) { try location(text, [:]) }
  }

  @Test(
    arguments: [
      ("/a b", 2), ("/a\r\nX: y", 2), ("/é", 1), ("/{id", 1), ("/x{nobody}", 2), ("/{{query.a}}/é", 13), ("/{{query.a}}{x}", 12),
      ("/{{quary.a}}", 3),
    ])
  func `what is wrong with a target is found where it is`(text: String, offset: Int) throws {
    let error = #expect(throws: TemplateError.self) { try target(text) }
    #expect(error?.range.lowerBound == offset)
  }

  @Test func `expressions are percent-encoded as one value each`() throws {
    func location(_ to: String, _ target: String) throws -> String? {
      try RenderedRoutes.route("redirect: '\(to)'", path: "/old/{id}/**").ask(target)["Location"]
    }
    #expect(try location("/new?q={{query.q}}&i={{path.id | upper}}", "/old/a%2Fb/?q=x%20y/%26%FF") == "/new?q=x%20y%2F%26%FF&i=A%2FB")
    #expect(try location("/{{query.to}}", "/old/1/?to=/evil.example") == "/%2Fevil.example?to=/evil.example")
    #expect(try location("/x/{{query.no}}/{{query.a | default(1)}}?", "/old/1/") == "/x//1?")
    // By themselves, the parameters of the path are what {id} and {**} are.
    #expect(try location("/n/{{path.id}}/{{path.**}}", "/old/a;b%2Fc/d%2Fe/f") == "/n/a;b%2Fc/d%2Fe/f")
    #expect(try location("/{{now.date}}/{id}", "/old/7/") == "/2026-01-15/7")
  }
}
