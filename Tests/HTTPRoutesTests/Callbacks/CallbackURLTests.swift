// The hosts of URLs, as strictly as a policy needs them.

import Testing

@testable import HTTPRoutes

@Suite struct CallbackURLTests {
  @Test(arguments: [
    ("http://a.example/b?c#d", "a.example"), ("https://A.Example:8443", "a.example"), ("http://127.0.0.1:1/", "127.0.0.1"),
    ("http://[::1]:80/", "::1"), ("http://[::1]", "::1"), ("http://a_b-c.d?@e", "a_b-c.d"), ("http://a/http://b", "a"),
  ])
  func `the host of a URL is what stands in its authority`(url: String, host: String) {
    #expect(CallbackURL.host(of: url) == host)
  }

  @Test(arguments: [
    "", "a.example", "ftp://a.example", "HTTP://a.example", "http:///a", "http://", "http://user@a.example", "http://a:b@c",
    "http://a.example\\@b",
    "http://a b/", "http://a%2eb/", "http://[::1", "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://a:0/", "http://a:65536/",
    "http://a:/",
    "http://a:80:80/", "http://ä.example/", "http://[::1]x/", "http://a\r\nb/", "//a.example", "javascript:alert(1)",
  ])
  func `a URL that another reader could take for another host has none`(url: String) {
    #expect(CallbackURL.host(of: url) == nil)
  }
}
