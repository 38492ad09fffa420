import HTTPCore
import Testing

@Suite struct RequestTargetTests {
  private func normalize(_ path: String) throws(TargetError) -> String {
    String(decoding: try PathNormalization.normalize(path.utf8.span).bytes, as: UTF8.self).replacing("\0", with: "[/]")
  }

  private func canonical(_ path: String) throws(TargetError) -> String { try PathNormalization.canonicalEncoded(path.utf8.span) }

  // MARK: Normalising

  @Test(arguments: [
    ("", "/"), ("/", "/"), ("/a", "/a"), ("/a/b/", "/a/b/"), ("//", "/"), ("/a//b", "/a/b"), ("/a/b//", "/a/b/"), ("///a", "/a"),
    ("/.", "/"), ("/./a", "/a"), ("/a/.", "/a/"), ("/a/./b", "/a/b"), ("/a/..", "/"), ("/a/../b", "/b"), ("/a/b/../..", "/"),
    ("/a/b/c/./../../g", "/a/g"), ("/mid/content=5/../6", "/mid/6"), ("/a//../b", "/b"), ("/a/%2e%2E/b", "/b"), ("/a/%2e/b", "/a/b"),
    ("/a/.../b", "/a/.../b"), ("/.a/..b/c.", "/.a/..b/c."), ("/a%20b", "/a b"), ("/%41%62", "/Ab"), ("/a%3Fb%23c", "/a?b#c"),
    ("/100%25", "/100%"), ("/%E2%82%AC", "/\u{20AC}"), ("/%f0%9f%98%80", "/\u{1F600}"), ("/a%5Cb", "/a\\b"), ("/a+b", "/a+b"),
  ]) func `a path is decoded once and has no empty and no dot segments`(_ path: String, _ normal: String) throws {
    #expect(try normalize(path) == normal)
    #expect(try !PathNormalization.normalize(path.utf8.span).hasEncodedSlash)
  }

  @Test(arguments: [
    ("/a%2Fb", "/a[/]b"), ("/a%2fb", "/a[/]b"), ("/%2F", "/[/]"), ("/..%2Fb", "/..[/]b"), ("/a/..%2F../b", "/a/..[/]../b"),
  ]) func `an encoded slash separates nothing`(_ path: String, _ normal: String) throws {
    #expect(try normalize(path) == normal)
    #expect(try PathNormalization.normalize(path.utf8.span).hasEncodedSlash)
  }

  @Test func `an encoded slash in a removed segment does not count`() throws {
    let path = try PathNormalization.normalize("/a%2Fb/../c".utf8.span)
    #expect(String(decoding: path.bytes, as: UTF8.self) == "/c")
    #expect(!path.hasEncodedSlash)
    #expect(try PathNormalization.normalize("/x%2Fy/a%2Fb/../c".utf8.span).hasEncodedSlash)
  }

  @Test func `an escaped escape is not decoded twice`() throws {
    #expect(try normalize("/%252e%252e/%252F") == "/%2e%2e/%2F")
    #expect(try !PathNormalization.normalize("/%252F".utf8.span).hasEncodedSlash)
  }

  @Test func `what is normal stays as it is`() throws {
    for path in ["/", "/a/b/", "/a.b/c..d", "/~user/x"] { #expect(try normalize(normalize(path)) == normalize(path)) }
  }

  @Test(arguments: [
    ("a", TargetError.notAbsolute), ("%2Fa", .notAbsolute), ("/..", .aboveRoot(at: 1)), ("/../a", .aboveRoot(at: 1)),
    ("/a/../..", .aboveRoot(at: 6)), ("/a/../%2e%2e", .aboveRoot(at: 6)), ("//..", .aboveRoot(at: 2)), ("/%", .malformedEscape(at: 1)),
    ("/a%4", .malformedEscape(at: 2)), ("/%zz", .malformedEscape(at: 1)), ("/%4g", .malformedEscape(at: 1)),
    ("/%u0041", .malformedEscape(at: 1)), ("/a%00", .controlCharacter(at: 2)), ("/a\0", .controlCharacter(at: 2)),
    ("/a\u{7F}", .controlCharacter(at: 2)), ("/a\u{1}", .controlCharacter(at: 2)),
  ]) func `a path that could mean something else is refused`(_ path: String, _ error: TargetError) {
    #expect(throws: error) { try normalize(path) }
    #expect(throws: error) { try canonical(path) }
    #expect(error.status == 400)
    #expect(error.description.contains("path"))
  }

  @Test(arguments: [
    "/%01", "/%1B%5B2J", "/%0D%0A", "/a%7F", "/%FF", "/%FE", "/a/%C0%AF", "/%C0%AE%C0%AE/x", "/%E2%82/%AC", "/%ED%A0%80", "/%EF%BF%BD",
  ]) func `an escape may stand for any octet but NUL`(_ path: String) throws {
    let octets = try PathNormalization.normalize(path.utf8.span).bytes
    #expect(octets.contains { $0 < 0x20 || $0 >= 0x7F })
    #expect(try canonical(path) == path, "and goes out as it came")
  }

  @Test func `overlong and truncated escapes are octets, never a period or a slash`() throws {
    #expect(
      try PathNormalization.normalize("/a/%C0%AE%C0%AE/%C0%AF".utf8.span).bytes == Array("/a/".utf8) + [
        0xC0, 0xAE, 0xC0, 0xAE, 0x2F, 0xC0, 0xAF,
      ])
  }

  // MARK: Canonical form

  @Test(arguments: [
    ("", "/"), ("/", "/"), ("/a", "/a"), ("/%7euser", "/~user"), ("/%7Euser", "/~user"), ("/a%2fb", "/a%2Fb"), ("/%c3%a9", "/%C3%A9"),
    ("/a/./b/../c", "/a/c"), ("/a/%2e%2e/b", "/b"), ("/a/.", "/a/"), ("/a/b/..", "/a/"), ("/a//b", "/a//b"), ("/a//", "/a//"),
    ("/a//../b", "/b"), ("/a b", "/a%20b"), ("/a|b", "/a%7Cb"), ("/a!b", "/a!b"), ("/a%21b", "/a%21b"), ("/%252e", "/%252e"),
    ("/a%20b", "/a%20b"), ("/:@&=+$,;", "/:@&=+$,;"), ("/%41", "/A"), ("/\u{E9}", "/%C3%A9"), ("/a%25", "/a%25"), ("/%3f", "/%3F"),
  ]) func `the canonical form escapes what needs it, in upper case`(_ path: String, _ form: String) throws {
    #expect(try canonical(path) == form)
    #expect(try canonical(form) == form, "the canonical form is its own")
    #expect(try normalize(form) == normalize(path), "both name the same resource")
  }

  @Test func `paths that mean different things have different canonical forms`() throws {
    let paths = [
      "/a/b", "/a%2Fb", "/a%252Fb", "/a//b", "/a!b", "/a%21b", "/a+b", "/a%20b", "/a", "/a/", "/A", "/a%3Fb",
      "/a%25b", "/%FF", "/%FE", "/%EF%BF%BD", "/%1B", "/%C2%9B", "/%C0%AE",
    ]
    let forms = try paths.map(canonical)
    #expect(Set(forms).count == paths.count)
  }
}
