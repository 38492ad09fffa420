// Each source of the table, and the tables themselves.

import JSONText
import Testing

@testable import HTTPRoutes

@Suite struct TemplateSourcesTests {
  @Test(
    arguments: [
      ("path.id", #""a/b ü""#), ("path.**", #""x%2Fy/z""#), ("query.page", #""2""#), ("query['odd name']", #""é""#), ("query.no", "null"),
      ("query.tag.all", #"["1","2","%FF"]"#), ("query.no.all", "[]"), ("method", #""GET""#), ("host", #""example.com""#),
      ("url", #""/a/a%2Fb%20%C3%BC/x%2Fy/z?page=2&tag=1&tag=2&odd%20name=%C3%A9&tag=%FF""#), ("client", #""192.0.2.7""#),
      ("route", #""/a/{id}/**""#), ("now", #""2026-01-15T09:30:00.250Z""#), ("now.unix", "1768469400"), ("now.unix_ms", "1768469400250"),
      ("now.date", #""2026-01-15""#), ("now.http", #""Thu, 15 Jan 2026 09:30:00 GMT""#), ("counter", "1"), ("counter.a", "1"),
      ("1.50", "1.50"), ("true", "true"), ("null", "null"), ("body", #""""#), ("json", "null"),
      ("form.a", "null"),
    ])
  func `a source gives the value of the request`(_ source: String, _ value: String) throws {
    let target = "/a/a%2Fb%20%C3%BC/x%2Fy/z?page=2&tag=1&tag=2&odd%20name=%C3%A9&tag=%FF"
    #expect(try json(source, target) == value)
  }

  @Test func `fields and cookies are text, and lists with all`() throws {
    let routes = try RenderedRoutes.route(
      "json: ['{{headers.x-a}}', '{{headers.X-A.all}}', '{{cookies.s}}', '{{cookies.s.all}}', '{{headers.no}}']")
    let answer = try routes.ask("/a/7/", "X-A: 1", "x-a: 2", "Cookie: s=\"q\"; s=r")
    #expect(answer.text == #"["1, 2",["1","2"],"q",["q","r"],null]"#)
  }

  @Test(
    arguments: [
      ("json.user.name", #""Ada""#), ("json.items[0].sku", "1.0"), ("json.items[-1].sku", "12345678901234567890"),
      ("json.items[2]", "null"),
      ("json['odd name']", "true"), ("json.items.sku", "null"), ("json.none", "null"), ("json.no.no[1]", "null"),
      ("json.items", #"[{"sku":1.0},{"sku":12345678901234567890}]"#),
    ])
  func `JSON of the body keeps its types and the spelling of its numbers`(_ source: String, _ value: String) throws {
    let body = #"{"user":{"name":"Ada"},"items":[{"sku":1.0},{"sku":12345678901234567890}],"odd name":true,"none":null}"#
    #expect(try json(source, body: body) == value)
  }

  @Test func `a form and a text are values of the body too`() throws {
    let form = "application/x-www-form-urlencoded"
    #expect(try json("form.a", body: "a=1&b=2&a=%C3%BC+", contentType: form) == #""1""#)
    #expect(try json("form.a.all", body: "a=1&b=2&a=%C3%BC+", contentType: form) == #"["1","ü "]"#)
    #expect(try json("body", body: "no {json", contentType: "text/plain") == #""no {json""#)
    #expect(try json("json", body: "no {json") == "null")
  }

  @Test func `a template says whether it needs the body`() throws {
    for source in ["json", "json.a", "body", "form.a", "form.a.all", "query.a | default(json.a)", "1 | plus(json.a)"] {
      #expect(try RenderedRoutes.route("json: {a: [{b: '{{\(source)}}'}]}").needsBody, "\(source)")
      #expect(try RenderedRoutes.route("text: 'a {{\(source)}}'").needsBody)
      #expect(try RenderedRoutes.route("{headers: {X-A: '{{\(source)}}'}, text: a}".dropBraces).needsBody)
      #expect(try RenderedRoutes.route("{status: '{{\(source)}}', text: a}".dropBraces).needsBody)
      #expect(try RenderedRoutes.route("redirect: '/b?{{\(source)}}'").needsBody)
    }
    #expect(try RenderedRoutes.route("json: {'{{json.a}}': 1}").needsBody)
    #expect(try RenderedRoutes.route("json: {$each: json.a, $give: 1}").needsBody)
    #expect(try !RenderedRoutes.route("json: {'{{query.a}}': '{{path.id}}'}").needsBody)
  }

  @Test func `every place counts by itself, names are shared, and HEAD counts as well`() throws {
    let routes = try RenderedRoutes(
      """
      routes:
        - {path: /a, json: ["{{counter}}", "{{counter}}", "{{counter.n}}"], headers: {X-C: "{{counter}}"}}
        - {path: /b, json: ["{{counter}}", "{{counter.n}}"]}
      """)
    #expect(try routes.ask("/a").text == "[1,1,1]")
    let second = try routes.ask("/a")
    #expect(second.text == "[2,2,2]" && second["X-C"] == "2")
    #expect(try routes.ask("/b").text == "[1,3]")
    _ = try routes.ask("/b", method: "HEAD")
    #expect(try routes.ask("/b").text == "[3,5]")
  }

  @Test func `an answer has one time and one id`() throws {
    let routes = try RenderedRoutes(
      "routes: [{path: /a, headers: {X-I: '{{request.id}}', X-N: '{{now}}'}, json: ['{{request.id}}', '{{now}}', '{{now.unix_ms}}']}]",
      isFixed: false)
    let answer = try routes.ask("/a", "X-Request-ID: of-a-stranger")
    guard case .array(let items) = try JSONValue(parsing: answer.body), case .string(let id) = items[0], case .number(let time) = items[2]
    else {
      return #expect(Bool(false), "\(answer.text)")
    }
    #expect(answer["X-I"] == id && answer["X-N"].map { JSONValue.string($0) } == items[1])
    #expect(id.utf8.count == 32 && id.allSatisfy { $0.isHexDigit })
    #expect(try routes.ask("/a")["X-I"] != id)
    #expect(time.integer ?? 0 > 1_700_000_000_000)
  }

  @Test func `with a seed random data repeats, and without one it does not`() throws {
    let yaml = "routes: [{path: /a, json: ['{{uuid}}', '{{random.int(1, 1000000)}}', '{{fake.sentence}}', '{{random.hex(8)}}']}]"
    let (one, other) = (try RenderedRoutes(yaml), try RenderedRoutes(yaml))
    let first = try one.ask("/a").text
    #expect(try other.ask("/a").text == first)
    #expect(try one.ask("/a").text != first)
    #expect(try RenderedRoutes(yaml, isFixed: false).ask("/a").text != RenderedRoutes(yaml, isFixed: false).ask("/a").text)
  }

  @Test func `every source has a shape and a sentence, and no two begin alike`() {
    let names = TemplateSources.all.map(\.name)
    #expect(Set(names).count == names.count && names.count == 21)
    for source in TemplateSources.all {
      #expect(!source.spellings.isEmpty)
      for (shape, summary) in source.spellings { #expect(shape.hasPrefix(source.name) && summary.hasSuffix("."), "\(shape): \(summary)") }
    }
  }
}

extension String {
  /// `{a: 1, b: 2}` as lines of a route.
  fileprivate var dropBraces: String { String(dropFirst().dropLast()).replacing(", text: a", with: "\n    text: a") }
}
