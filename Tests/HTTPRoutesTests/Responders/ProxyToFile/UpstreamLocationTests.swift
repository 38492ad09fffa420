import Testing

@testable import HTTPRoutes

struct UpstreamLocationTests {
  @Test(
    arguments: [
      ("https://h/v2", "/items", nil, "https://h/v2/items"), ("https://h/v2/", "/items", "a=1", "https://h/v2/items?a=1"),
      ("https://h", "", nil, "https://h/"), ("https://h/v2", "", nil, "https://h/v2"), ("https://h", "/", "", "https://h/?"),
      ("https://h:8443", "/a%2Fb", "q=ü", "https://h:8443/a%2Fb?q=%C3%BC"),
      ("https://h", "/", "q={\"a\"}[]", "https://h/?q=%7B%22a%22%7D[]"),
    ] as [(String, String, String?, String)])
  func `the mirrored path is appended to the upstream's`(_ base: String, _ path: String, _ query: String?, _ url: String) {
    #expect(UpstreamLocation(base).url(path: path, query: query.map { Array($0.utf8) }) == url)
  }

  @Test(arguments: [
    ("https://h/v2/items", "/r/items"), ("https://h/v2", "/r"), ("https://h/v2?x", "/r?x"), ("/v2/items#f", "/r/items#f"),
    ("https://h/v20/items", "https://h/v20/items"), ("/other", "https://h/other"), ("items", "items"), ("../up", "../up"),
    ("//elsewhere/v2", "//elsewhere/v2"), ("https://elsewhere/v2/items", "https://elsewhere/v2/items"), ("http://h/v2", "http://h/v2"),
  ])
  func `a redirect below the upstream leads below the route`(_ location: String, _ rewritten: String) {
    #expect(UpstreamLocation("https://h/v2").rewritten(location, prefix: "/r") == rewritten)
  }

  @Test(arguments: [
    ("HTTPS://H:443/v2/items", "/r/items"), ("//h/v2/items", "/r/items"), ("https://h:443", "https://h"),
    ("https://h:8443/v2", "https://h:8443/v2"), ("https://u@h/v2", "https://u@h/v2"), ("/v2/a/../b", "/r/b"),
    ("/v2/../admin", "https://h/admin"), ("/v2/%2E%2e/admin", "https://h/admin"),
    ("/v2/./a/.", "/r/a/"), ("/v2?next=//x/../y", "/r?next=//x/../y"), ("/v2/%2e%2e%2fx", "/r/%2e%2e%2fx"),
  ])
  func `a reference is read as a client reads it`(_ location: String, _ rewritten: String) {
    #expect(UpstreamLocation("https://h/v2").rewritten(location, prefix: "/r") == rewritten)
  }

  /// Paths that a client asked for and an upstream put into a redirect.
  static let tricks = [
    "//evil.example/dir/", "///evil.example", "/\\evil.example", "/\t/evil.example", "/\\/evil.example", "/..//evil.example",
    "/.//evil.example", "/%2e//evil.example", "/x/..//evil.example", "/ /evil.example", "//\\evil.example",
  ]

  @Test(arguments: tricks, ["/v2", "", "/v2/w"])
  func `what is rewritten never leads to another host`(_ path: String, _ base: String) {
    for prefix in ["", "/", "//evil.example", "/r"] {
      for origin in ["", "http://h", "http://h:80", "HTTP://H"] where !(base.isEmpty && origin.isEmpty) {
        let location = UpstreamLocation("http://h\(base)").rewritten(origin + base + path, prefix: prefix)
        #expect(location.hasPrefix("/") && !location.hasPrefix("//") || location.hasPrefix("http://h/"), "\(location)")
        #expect(!location.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\\") }, "\(location)")
      }
    }
  }

  @Test(arguments: ["//evil.example/", "https://evil.example/", "http://h@evil.example/v2", "http://h.evil.example/v2", "http://h:99/v2"])
  func `another host that the upstream names stays named`(_ location: String) {
    #expect(UpstreamLocation("http://h/v2").rewritten(location, prefix: "") == location)
  }

  @Test func `an upstream without a path covers all of its host`() {
    #expect(UpstreamLocation("https://h").rewritten("/a", prefix: "/r") == "/r/a")
    #expect(UpstreamLocation("https://h").rewritten("https://h", prefix: "/r") == "/r")
    #expect(UpstreamLocation("https://h").rewritten("https://h/", prefix: "") == "/")
  }
}
