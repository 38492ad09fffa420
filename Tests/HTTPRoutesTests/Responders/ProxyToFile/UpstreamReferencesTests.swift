import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct UpstreamReferencesTests {
  private func mapped(_ name: String, _ value: String, base: String = "http://h/api", prefix: String = "/r") -> String? {
    UpstreamLocation(base).mapped([FieldLine(name, value)], prefix: prefix).first?.value
  }

  @Test(arguments: [
    ("a=b; Path=/api; Domain=h; HttpOnly", "a=b; Path=/r; HttpOnly"), ("a=b; path=/api/x ;SameSite=Lax", "a=b; path=/r/x;SameSite=Lax"),
    ("a=b; Path=/", "a=b; Path=/"), ("a=b; Path=/apix", "a=b; Path=/apix"), ("a=b", "a=b"), ("a=b; Domain=.example.com", "a=b"),
    ("a=\"p; Path=/api", "a=\"p; Path=/r"), ("__Host-a=b; Secure; Path=/", "__Host-a=b; Secure; Path=/"), ("a=b; Path", "a=b; Path"),
    ("path=/api; Path=/api//x", "path=/api; Path=/r//x"),
  ])
  func `a cookie is for the same path below the route`(_ cookie: String, _ expected: String) {
    #expect(mapped("Set-Cookie", cookie) == expected)
  }

  @Test func `a cookie of an upstream without a path keeps the whole of its host`() {
    #expect(mapped("Set-Cookie", "a=b; Path=/", base: "http://h") == "a=b; Path=/")
    #expect(mapped("Set-Cookie", "a=b; Path=/x", base: "http://h") == "a=b; Path=/r/x")
    #expect(mapped("set-cookie", "a=b; Path=/api//evil", prefix: "") == "a=b; Path=/evil")
  }

  @Test(arguments: [
    ("5; url=/api/next", "5; url=/r/next"), ("0;URL='http://h/api/x'", "0;URL='/r/x'"),
    ("5, Url = \"/api/a;b\" rest", "5, Url = \"/r/a;b\" rest"),
    ("5", "5"), ("5;", "5;"), ("3 /api", "3 /r"), ("0; url=https://other/api", "0; url=https://other/api"), ("1.5; /api?q", "1.5; /r?q"),
    ("0; url=/elsewhere", "0; url=http://h/elsewhere"), ("url=/api", "url=/api"), ("0; url=/api//evil.example", "0; url=/r//evil.example"),
  ])
  func `a refresh leads where a redirect does`(_ refresh: String, _ expected: String) {
    #expect(mapped("Refresh", refresh) == expected)
  }

  @Test func `a refresh leads to no other host either`() {
    #expect(mapped("Refresh", "0; url=/api//evil.example/", prefix: "") == "0; url=/evil.example/")
    #expect(mapped("Refresh", "0; url='/api/\\evil.example'", prefix: "") == "0; url='/%5Cevil.example'")
  }

  @Test func `other fields stay as they are`() {
    for name in ["Link", "X-Location", "Origin-Location"] { #expect(mapped(name, "/api/x") == "/api/x") }
    #expect(mapped("content-location", "/api/x") == "/r/x")
  }
}
