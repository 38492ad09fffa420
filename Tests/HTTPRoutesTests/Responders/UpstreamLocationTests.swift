import Testing

@testable import HTTPRoutes

struct UpstreamLocationTests {
  @Test(
    arguments: [
      ("https://h/v2", "/items", nil, "https://h/v2/items"), ("https://h/v2/", "/items", "a=1", "https://h/v2/items?a=1"),
      ("https://h", "", nil, "https://h/"), ("https://h/v2", "", nil, "https://h/v2"), ("https://h", "/", "", "https://h/?"),
      ("https://h:8443", "/a%2Fb", "q=ü", "https://h:8443/a%2Fb?q=%C3%BC"),
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

  @Test func `an upstream without a path covers all of its host`() {
    #expect(UpstreamLocation("https://h").rewritten("/a", prefix: "/r") == "/r/a")
    #expect(UpstreamLocation("https://h").rewritten("https://h", prefix: "/r") == "/r")
    #expect(UpstreamLocation("https://h").rewritten("https://h/", prefix: "") == "/")
  }
}
