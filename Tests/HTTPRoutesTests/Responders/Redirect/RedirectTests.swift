import Testing

@testable import HTTPRoutes

@Suite struct RedirectTests {
  /// The Location of the redirect that `path` gets.
  private func location(_ path: String, pattern: String = "/old/**", to target: String = "/new/{**}") async throws -> String? {
    try await Site.with("routes:\n  - {path: \"\(pattern)\", redirect: \"\(target)\"}\n") { site, _ in
      let answer = try await site.get(path)
      #expect(answer.status == 302)
      #expect(answer.text == (answer["Location"] ?? "") + "\n")
      return answer["Location"]
    }
  }

  @Test(arguments: [
    "a%2Fb", "a%2fb/c", "a;b=1", "a+b", "a@b:c", "a=b&c", "a'(b)*!$,", "a%20b", "%C3%BC", "a%25b", "%7e~", "a/b/", "", "%22%3C",
  ])
  func `the rest of a path goes out as it came in`(_ rest: String) async throws {
    #expect(try await location("/old/\(rest)") == "/new/\(rest)")
  }

  @Test func `a segment goes out as it came in, and as one value of a query`() async throws {
    #expect(try await location("/u/a;b=1+2%2b/x", pattern: "/u/{id}/**", to: "/v/{id}/{**}") == "/v/a;b=1+2%2b/x")
    #expect(try await location("/u/a&b=1+2%26;c", pattern: "/u/{id}", to: "/v?id={id}") == "/v?id=a%26b%3D1%2B2%26%3Bc")
  }

  @Test func `dots and empty segments are resolved before the redirect`() async throws {
    #expect(try await location("/old/a/%2e%2E/b//c/.") == "/new/b/c/")
  }

  @Test(arguments: [
    "//evil.example/", "/old//evil.example/", "/%2Fevil.example", "/%5Cevil.example", "/%5C/evil.example", "/.//evil.example",
    "/x/..//evil.example", "///evil.example",
  ])
  func `no path makes a redirect to another host`(_ path: String) async throws {
    let location = try #require(try await location(path, pattern: "/**", to: "/{**}"))
    #expect(location.hasPrefix("/") && !location.hasPrefix("//") && !location.contains("\\"))
    #expect(try await self.location(path + "?a=//b", pattern: "/**", to: "/{**}") == location + "?a=//b")
  }
}
