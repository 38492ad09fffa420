import Foundation
import HTTPRoutes
import Testing

@Suite struct CannedAnswersTests {
  // MARK: What a path holds

  private static let echo = """
    routes:
      - {path: "/json/{id}/**", json: {id: "{{path.id}}", rest: "{{path.**}}"}}
      - {path: "/text/{id}", text: "{{path.id}}"}
      - {path: "/to/{id}/**", redirect: "/new/{id}/{**}"}
      - {path: "/plain", text: "{{query.q}}"}
      - {path: "/literal/b", text: "literal"}
      - {path: /literal/**, text: "rest {{path.**}}"}
    """

  private struct Echo: Decodable, Equatable {
    let id: String
    let rest: String
  }

  @Test func `a parameter takes an encoded slash and has it decoded, the rest keeps it`() async throws {
    try await Site.with(Self.echo) { (site, _) async throws in
      func echo(_ path: String) async throws -> Echo {
        try JSONDecoder().decode(Echo.self, from: Data(try await site.get(path).body))
      }
      #expect(try await echo("/json/a%2Fb/c") == Echo(id: "a/b", rest: "c"))
      #expect(try await echo("/json/%2f/") == Echo(id: "/", rest: ""))
      #expect(try await echo("/json/a%252Fb/c%2Fd/e") == Echo(id: "a%2Fb", rest: "c%2Fd/e"))
      #expect(try await site.get("/text/a%2F..%2Fb").text == "a/../b")
      #expect(try await site.get("/literal%2Fb").status == 404)
      #expect(try await site.get("/literal/b").text == "literal")
      #expect(try await site.get("/literal/x%2Fb").text == "rest x%2Fb")
      #expect(try await site.get("/to/a%2Fb/c")["Location"] == "/new/a%2Fb/c")
      #expect(try await site.get("/to/%2F%2Fevil.com/c")["Location"] == "/new/%2F%2Fevil.com/c")
    }
  }

  @Test func `fields, cookies and what was asked are values too`() async throws {
    let routes = """
      routes:
        - path: /echo/**
          methods: any
          json:
            field: "{{headers.X-Name}}"
            cookie: "{{ cookies.session }}"
            asked: "{{method}} {{host}} {{url}}"
            agent: "{{headers.user-agent | number}}"
        - {path: /page, content_type: text/html, text: "<p>{{headers.x-name}}</p>"}
      """
    try await Site.with(routes) { (site, _) async throws in
      let cookie = "Cookie: theme=dark; session=\"a b\"; session=2"
      let echo = try await site.get("/echo/a%20b?q=\\", "X-Name: one", "X-Name: \"two\"", cookie, "User-Agent: 7", method: "PUT")
      #expect(
        echo.text == #"{"field":"one, \"two\"","cookie":"a b","asked":"PUT localhost /echo/a%20b?q=\\","agent":7}"#)
      #expect(try await site.get("/echo/").text == #"{"field":null,"cookie":null,"asked":"GET localhost /echo/","agent":null}"#)
      #expect(try await site.get("/page", "X-Name: <script>").text == "<p>&lt;script&gt;</p>")
    }
  }

  @Test func `a request has its say in header values, and cannot end a line`() async throws {
    let routes = """
      routes:
        - {path: "/items/{id}", headers: {X-Item: "item {{path.id}}", X-Trace: ["a", "{{headers.x-trace}}"]}, json: {}}
        - {path: /away, status: 302, headers: {Location: "/{{query.to}}"}, text: ""}
        - {path: "/go/{id}", headers: {X-From: "{{path.id}}"}, redirect: "/to/{id}"}
        - {path: "/file/{id}", headers: {X-Id: "{{path.id}}"}, json_file: \(Fixtures.configurations.path)/bodies/order.json}
      """
    try await Site.with(routes) { (site, _) async throws in
      let item = try await site.get("/items/7", "X-Trace:  t1 ")
      #expect(item["X-Item"] == "item 7")
      #expect(item.text == "{}")
      #expect(try await site.get("/items/%C3%A9")["X-Item"] == "item é")
      #expect(try await site.get("/go/7")["X-From"] == "7")
      #expect(try await site.get("/away?to=a")["Location"] == "/a")
      for host in ["/evil.com", "%5Cevil.com", "%2F/evil.com", "%09/evil.com"] {
        let location = try await site.get("/away?to=\(host)")["Location"]
        #expect(["/evil.com", "/%5Cevil.com", "/%09/evil.com"].contains(location), "\(location ?? "")")
      }
      #expect(try await site.get("/file/7")["X-Id"] == "7")
      for escape in ["%0D%0ASet-Cookie:%20x", "%0A", "%7F", "%01"] {
        for path in ["/items/a\(escape)", "/go/a\(escape)"] {
          let answer = try await site.get(path)
          #expect(answer.status == 500)
          #expect(answer["Set-Cookie"] == nil)
        }
      }
    }
  }

  @Test func `octets that are not UTF-8 stay escapes in a body and come out of a redirect as they were`() async throws {
    try await Site.with(Self.echo) { (site, _) async throws in
      for escaped in ["%FF", "%FE", "a%C0%AF", "%E2%82"] {
        let json = try JSONDecoder().decode(Echo.self, from: Data(try await site.get("/json/\(escaped)/\(escaped)").body))
        #expect(json == Echo(id: escaped, rest: escaped))
        #expect(try await site.get("/text/\(escaped)").text == escaped)
        #expect(try await site.get("/to/\(escaped)/\(escaped)")["Location"] == "/new/\(escaped)/\(escaped)")
        #expect(try await site.get("/plain?q=\(escaped)").text == escaped)
        #expect(try await site.get("/nowhere/\(escaped)").text.hasPrefix("404 Not Found: no route answers GET /nowhere/\(escaped)\n"))
      }
    }
  }

  @Test func `control characters of a path are data, and no line of the answer ends in one`() async throws {
    try await Site.with(Self.echo) { (site, _) async throws in
      #expect(try await site.get("/text/a%1Bb").text == "a\u{1B}b")
      #expect(try await site.get("/json/a%0D%0Ab/").text == #"{"id":"a\r\nb","rest":""}"#)
      let redirect = try await site.get("/to/a%0D%0ASet-Cookie:%20x/c")
      #expect(redirect["Location"]?.hasPrefix("/new/a%0D%0ASet-Cookie") == true)
      #expect(redirect["Set-Cookie"] == nil)
      #expect(
        try await site.get("/no%1B%5B2J%E2%80%AE%C2%9B").text.hasPrefix("404 Not Found: no route answers GET /no%1B[2J%E2%80%AE%C2%9B\n"))
      #expect(try await site.get("/text/a%00b").status == 400)
    }
  }

  // MARK: Markup

  private static let markup = """
    routes:
      - {path: /html, content_type: text/html, text: "<p title=\\"{{query.a}}\\">{{query.a}}</p>"}
      - {path: /header, headers: {Content-Type: "Text/HTML; charset=utf-8"}, text: "{{query.a}}"}
      - {path: /svg, content_type: image/svg+xml, text: "<svg>{{query.a}}</svg>"}
      - {path: /xml, content_type: application/xml, text: "<a>{{query.a}}</a>"}
      - {path: /xhtml, content_type: application/xhtml+xml; charset=utf-8, text: "<p>{{query.a}}</p>"}
      - {path: /sniffed, content_type: html, text: "{{query.a}}"}
      - {path: /json, content_type: text/html, json: {a: "{{query.a}}", b: "{{query.a | number}}"}}
      - {path: /raw, content_type: text/html, text: "<p>{{query.a | raw}}</p>"}
      - {path: /plain, text: "{{query.a}}"}
      - {path: /asked, text: "{{query.a | html}}"}
      - {path: "/path/{id}", content_type: text/html, text: "<p>{{path.id}}</p>"}
    """

  private static let attack = "%3Cscript%3Ealert(1)%3C/script%3E%22%20onx%3D%27%26%60"

  @Test(arguments: ["/html", "/header", "/svg", "/xml", "/xhtml", "/sniffed", "/json", "/asked"])
  func `a value cannot become an element or an attribute where the type is HTML or XML`(path: String) async throws {
    try await Site.with(Self.markup) { (site, _) async throws in
      let text = try await site.get("\(path)?a=\(Self.attack)").text
      #expect(!text.contains("<script"))
      #expect(!text.contains("onx='"))
      #expect(text.contains(path == "/json" ? "\\u003cscript" : "&lt;script&gt;"))
      // In JSON the quotation mark is escaped, as `\\"`.
      #expect(path == "/json" || !text.contains("\" onx"))
      #expect(try await site.get("\(path)?a=gr%C3%BC%C3%9Fe").text.contains("grüße"))
    }
  }

  @Test func `escaped values read as they were sent`() async throws {
    try await Site.with(Self.markup) { (site, _) async throws in
      #expect(try await site.get("/xml?a=%3Ca%20b=%22c%22%3E%26'").text == "<a>&lt;a b&#61;&quot;c&quot;&gt;&amp;&#39;</a>")
      #expect(try await site.get("/xml?a=a%00%0Bb%0A").text == "<a>a\u{FFFD}\u{FFFD}b\n</a>", "XML has no such characters")
      #expect(try await site.get("/path/%3Cb%3E%FF").text == "<p>&lt;b&gt;%FF</p>")
      #expect(try await site.get("/json?a=%3Cb%3E").text == #"{"a":"\u003cb\u003e","b":"\u003cb\u003e"}"#)
    }
  }

  @Test func `raw and other types send a value as it is`() async throws {
    try await Site.with(Self.markup) { (site, _) async throws in
      #expect(try await site.get("/raw?a=%3Cb%3E").text == "<p><b></p>")
      #expect(try await site.get("/plain?a=%3Cb%3E").text == "<b>")
    }
  }

  // MARK: Validators by hand

  private static let validators = """
    routes:
      - {path: /text, text: "x", headers: {ETag: '"v1"', Cache-Control: max-age=5}}
      - {path: /json, json: {a: 1}, headers: {ETag: '"v1"'}}
      - {path: "/rendered/{id}", json: {a: "{{path.id}}"}, headers: {ETag: '"v1"'}}
      - {path: /weak, text: "x", headers: {ETag: 'W/"v1"'}}
      - {path: /dated, text: "x", headers: {Last-Modified: "Sun, 06 Nov 1994 08:49:37 GMT"}}
      - {path: /file, file: ROOT/a.txt, headers: {ETag: '"v1"'}}
      - {path: /json_file, json_file: ROOT/a.json, headers: {ETag: '"v1"', Last-Modified: "Sun, 06 Nov 1994 08:49:37 GMT"}}
      - {path: /static/**, static: ROOT, headers: {ETag: '"v1"'}}
      - {path: /refused, status: 403, text: "x", headers: {ETag: '"v1"'}}
    """

  private static func fill(_ files: Files) throws {
    try files.write("abc", to: "a.txt")
    try files.write("[1]", to: "a.json")
  }

  @Test(arguments: ["/text", "/json", "/rendered/7", "/file", "/json_file", "/static/a.txt"])
  func `an ETag in headers is what conditions are compared with`(path: String) async throws {
    try await Site.with(Self.validators, prepare: Self.fill) { (site, _) async throws in
      let whole = try await site.get(path)
      #expect(whole.status == 200 && whole["ETag"] == "\"v1\"")
      let same = try await site.get(path, "If-None-Match: \"v0\", \"v1\"")
      #expect(same.status == 304 && same["ETag"] == "\"v1\"" && same["Content-Type"] == nil)
      #expect(try await site.get(path, "If-None-Match: \"v2\"").status == 200)
      #expect(try await site.get(path, "If-Match: \"v1\"").status == 200)
      #expect(try await site.get(path, "If-Match: \"v2\"").status == 412)
      #expect(try await site.get(path, "If-None-Match: *").status == 304)
      #expect(try await site.get(path, "If-None-Match: \"v1\"", method: "HEAD").status == 304)
    }
  }

  @Test func `a write is guarded by the ETag in headers`() async throws {
    try await Site.with(Self.validators, prepare: Self.fill) { (site, _) async throws in
      #expect(try await site.get("/json", "If-Match: \"old\"", "Content-Length: 0", method: "PUT").status == 412)
      #expect(try await site.get("/json", "If-Match: \"v1\"", "Content-Length: 0", method: "PUT").status == 200)
      #expect(try await site.get("/json", "If-None-Match: *", "Content-Length: 0", method: "PUT").status == 412)
      #expect(try await site.get("/text", "If-None-Match: \"v1\"")["Cache-Control"] == "max-age=5")
    }
  }

  @Test func `a weak tag, a date and another status follow their own rules`() async throws {
    try await Site.with(Self.validators, prepare: Self.fill) { (site, _) async throws in
      #expect(try await site.get("/weak", "If-None-Match: \"v1\"").status == 304)
      #expect(try await site.get("/weak", "If-Match: W/\"v1\"").status == 412)
      for path in ["/dated", "/json_file"] {
        #expect(try await site.get(path, "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT").status == 304)
        #expect(try await site.get(path, "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT").status == 200)
        #expect(try await site.get(path, "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT").status == 412)
      }
      #expect(try await site.get("/refused", "If-None-Match: \"v1\"").status == 403)
      #expect(try await site.get("/file", "Range: bytes=0-0", "If-Range: \"v1\"").status == 206)
      #expect(try await site.get("/file", "Range: bytes=0-0", "If-Range: \"v0\"").status == 200)
      #expect(try await site.get("/text", "Range: bytes=0-0").status == 200)
    }
  }
}
