import HTTPRoutes
import Testing

@Suite struct PathPatternTests {
  private func refusal(of text: String) -> PathPatternError? {
    do throws(PathPatternError) {
      _ = try PathPattern(parsing: text)
      return nil
    } catch {
      return error
    }
  }

  private func literal(_ text: String) -> PathPattern.Segment { .literal(Array(text.utf8)) }

  @Test func `literals, parameters and a rest are told apart`() throws {
    let pattern = try PathPattern(parsing: "/api/{version}/users/{user-id}/**")
    #expect(pattern.segments == [literal("api"), .parameter("version"), literal("users"), .parameter("user-id")])
    #expect(pattern.hasRest)
    #expect(pattern.parameterNames == ["version", "user-id"])
    #expect(pattern.text == "/api/{version}/users/{user-id}/**")
  }

  @Test func `a trailing slash is an empty last segment`() throws {
    #expect(try PathPattern(parsing: "/a/").segments == [literal("a"), literal("")])
    #expect(try PathPattern(parsing: "/a").segments == [literal("a")])
    #expect(try PathPattern(parsing: "/").segments == [literal("")])
  }

  @Test func `a rest alone has no segments`() throws {
    let pattern = try PathPattern(parsing: "/**")
    #expect(pattern.segments.isEmpty)
    #expect(pattern.hasRest)
  }

  @Test func `an encoded literal is the same as a raw one`() throws {
    #expect(try PathPattern(parsing: "/caf%C3%a9").segments == PathPattern(parsing: "/café").segments)
    #expect(try PathPattern(parsing: "/%7Bid%7D").segments == [literal("{id}")])
    #expect(try PathPattern(parsing: "/100%25").segments == [literal("100%")])
    #expect(try PathPattern(parsing: "/%2A%2a").segments == [literal("**")])
    #expect(try PathPattern(parsing: "/a%3Fb%23c").segments == [literal("a?b#c")])
  }

  @Test func `what only looks like a placeholder is a literal`() throws {
    // OData, custom methods of Google's API guide, file names.
    for text in ["/$metadata", "/v1/a:cancel", "/Products(1)", "/(a)", "/.well-known", "/...a", "/@id", "/:", "/[", "/%3Aid", "/%5Bid%5D"] {
      #expect(try PathPattern(parsing: text).parameterNames.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("", 0, "begins with \"/\""), ("a/b", 0, "begins with \"/\""), ("{id}", 0, "begins with \"/\""),
      ("/a/**/b", 3, "must be the last segment"), ("/**/", 1, "must be the last segment"),
      ("/a/{}", 3, "needs a name"), ("/{1st}", 2, "begins with a letter"), ("/{a.b}", 3, "letters, digits"),
      ("/{ä}", 2, "begins with a letter"), ("/{-a}", 2, "begins with a letter"), ("/{**}", 2, "begins with a letter"),
      ("/{id}/x/{id}", 9, "{id} appears twice"),
      ("/a}", 2, "\"}\" without a \"{\""), ("/{id", 1, "\"{\" without a \"}\""), ("/{id/x}", 1, "\"{\" without a \"}\""),
      ("/a{id}", 2, "whole segment"), ("/{id}.json", 5, "whole segment"), ("/{a}{b}", 4, "whole segment"), ("/{a}}", 4, "whole segment"),
      ("/a?b=c", 2, "no query"), ("/a#top", 2, "no fragment"),
      ("/a/../b", 3, "dot segments"), ("/.", 1, "dot segments"), ("/%2E%2e", 1, "dot segments"),
      ("/a//b", 3, "empty segment"), ("//", 1, "empty segment"), ("/a//**", 3, "empty segment"),
      ("/a/*", 3, "\"*\" is no wildcard"), ("/*.js", 1, "\"*\" is no wildcard"), ("/a**", 2, "\"*\" is no wildcard"),
      ("/***", 1, "\"*\" is no wildcard"),
      ("/users/:id", 7, "write {id}, or %3A"), ("/users/<id>", 7, "write {id}"), ("/users/<int:id>", 7, "write {id}"),
      ("/users/[id]", 7, "write {id}"), ("/users/*", 7, "write {id} for one segment, ** for the rest"), ("/*/a", 1, "write {id}"),
      ("/{id:[0-9]+}", 1, "write {id}"), ("/(\\d+)", 1, "write {id}"), ("/[0-9]+/a", 1, "write {id}"),
      ("/{{id}}", 1, "write {id}"), ("/{:id}", 1, "write {id}"), ("/a/{id?}", 3, "write {id}"), ("/:id?/b", 1, "write {id}"),
      ("/a/#{id}", 3, "write {id}"), ("/users/:id?full=1", 7, "write {id}"),
      ("/\\d", 1, "not a regular expression"),
      ("/{path...}", 1, "write ** as the last segment"), ("/{*path}", 1, "write ** as the last segment"),
      ("/[...slug]", 1, "write ** as the last segment"), ("/<path:rest>", 1, "write ** as the last segment"),
      ("/(.*)", 1, "write ** as the last segment"), ("/{**}", 2, "write ** without braces"),
      ("^/users/\\d+$", 0, "not a regular expression"), ("*", 0, "write /**"), ("http://h:80/a/b", 0, "and write /a/b"),
      ("/50%", 3, "write %25"), ("/%zz", 1, "write %25"), ("/%2", 1, "write %25"), ("/%/a", 1, "write %25"),
      ("/a%2Fb", 2, "encoded slash"), ("/a%2fb", 2, "encoded slash"), ("/a%00", 2, "NUL"), ("/a\0", 2, "NUL"),
    ])
  func `a pattern that says nothing sensible is refused with its position and the way out`(
    text: String, offset: Int, message: String
  ) throws {
    let refusal = try #require(self.refusal(of: text))
    #expect(refusal.offset == offset)
    #expect(refusal.message.contains(message), "\(refusal.message)")
  }

  @Test func `offsets count characters, not bytes`() throws {
    #expect(refusal(of: "/größe/ä{id}")?.offset == 8)
  }

  @Test func `sixteen parameters are accepted and seventeen are not`() throws {
    let sixteen = (1...16).map { "/{p\($0)}" }.joined()
    #expect(try PathPattern(parsing: sixteen).parameterNames.count == 16)
    #expect(refusal(of: sixteen + "/{p17}")?.offset == sixteen.count + 1)
  }

  @Test func `a pattern is at most as long as a request line`() throws {
    let longest = "/" + String(repeating: "a", count: PathPattern.maxLength - 1)
    #expect(try PathPattern(parsing: longest).segments.count == 1)
    #expect(refusal(of: longest + "a")?.message.contains("at most 8192 bytes") == true)
  }

  @Test(
    arguments: [
      ("/**", "/", true), ("/**", "/a/b/", true), ("/**", "/{x}/**", true), ("/a/**", "/a", true), ("/a/**", "/a/", true),
      ("/a/**", "/a/{x}/**", true), ("/a/**", "/**", false), ("/a/**", "/ab", false), ("/{x}/**", "/a/**", true),
      ("/{x}/**", "/", false), ("/{x}", "/a", true), ("/{x}", "/{y}", true), ("/{x}", "/", false), ("/{x}", "/a/", false),
      ("/a", "/{x}", false), ("/a", "/a/", false), ("/a", "/a/**", false), ("/{x}/b", "/a/{y}", false), ("/caf%C3%A9", "/café", true),
    ])
  func `a pattern covers what matches no more than it does`(one: String, other: String, covers: Bool) throws {
    #expect(try PathPattern(parsing: one).covers(PathPattern(parsing: other)) == covers)
  }

  @Test func `covering is what matching says it is`() throws {
    var generator = RouteGenerator(seed: 7)
    for _ in 0..<4000 {
      let (one, other) = (try generator.pattern(), try generator.pattern())
      // The paths of `other` that are hardest to match: fresh parameters, and every kind of rest.
      let path = other.segments.map { segment in
        switch segment {
        case .literal(let bytes): "/" + String(decoding: bytes, as: UTF8.self)
        case .parameter: "/fresh"
        }
      }.joined()
      let rests = other.hasRest ? [path.isEmpty ? "/" : "", "/", "/x", "/x/x/x/x/x/x"] : [""]
      let matchesAll = rests.allSatisfy { LinearMatcher.captures(of: one, in: path + $0) != nil }
      #expect(one.covers(other) == matchesAll, "\(one.text) \(other.text)")
    }
  }
}
