// Each filter of the table.

import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct TemplateFiltersTests {
  @Test(
    arguments: [
      ("query.no | default('none')", #""none""#), ("query.no | default(1.0)", "1.0"), ("query.no | default(path.id)", #""7""#),
      ("query.no | default(null)", "null"), ("query.a | default(1)", #""b""#), ("query.no | upper | default('x')", #""x""#),
      ("query.a | required", #""b""#), ("query.no | number", "null"), ("'12' | number", "12"), ("'012' | number", #""012""#),
      ("'x' | number | plus(1)", "null"), ("'Yes' | bool", "true"), ("'off' | bool", "false"), ("1 | bool", "true"), ("0 | bool", "false"),
      ("'perhaps' | bool", #""perhaps""#), ("12.50 | text", #""12.50""#), ("true | text", #""true""#),
      ("query.tag.all | text", #""[\"1\",\"2\"]""#),
      (#"'{"a":[1.0]}' | parse"#, #"{"a":[1.0]}"#), ("'{' | parse", "null"), ("12 | parse", "12"),
      ("1 | plus(2)", "3"), ("'0.1' | plus(0.2)", "0.3"), ("12345678901234567890 | plus(1)", "12345678901234567891"),
      ("1 | minus(1.5)", "-0.5"),
      ("0.1 | times(3)", "0.3"), ("1 | plus(query.n)", "6"), ("1 | plus(query.no)", "null"), ("2.345 | round(2)", "2.35"),
      ("2.5 | round", "3"),
      ("-2.5 | round(0)", "-3"), ("1234 | round(-2)", "1200"),
      ("'äbc' | upper", #""ÄBC""#), ("'ÄBC' | lower", #""äbc""#), ("' a\\t\\n' | trim", #""a""#),
      ("'banana' | replace('an', 'o')", #""booa""#),
      ("'aaa' | replace('aa', 'b')", #""ba""#), ("'abc' | replace('x', 'y')", #""abc""#), ("'abcdef' | slice(0, 3)", #""abc""#),
      ("'abcdef' | slice(-2)", #""ef""#), ("'abcdef' | slice(2, -1)", #""cde""#), ("'abc' | slice(5)", #""""#),
      ("'abc' | slice(2, 1)", #""""#),
      ("'abc' | slice(-9, 99)", #""abc""#), ("query.tag.all | slice(1)", #"["2"]"#), ("'a,b,,c' | split(',')", #"["a","b","","c"]"#),
      ("'a' | split(', ')", #"["a"]"#), ("query.tag.all | join(', ')", #""1, 2""#), ("query.tag.all | join", #""12""#),
      ("'a' | join(',')", #""a""#),
      ("'äb' | length", "2"), ("query.tag.all | length", "2"), (#"'{"a":1}' | parse | length"#, "1"), ("query.no | length", "null"),
      ("'v12.3' | extract('v(\\d+)')", #""12""#), ("'v12' | extract('\\d+')", #""12""#), ("'x' | extract('\\d+')", "null"),
      ("'x' | extract('(\\d)|x')", #""""#), ("'Müller' | base64", #""TcO8bGxlcg==""#), ("'TcO8bGxlcg' | base64_decode", #""Müller""#),
      ("'*' | base64_decode", "null"), ("'/w==' | base64_decode", "null"), ("'a b/ü&' | url_encode", #""a%20b%2F%C3%BC%26""#),
      ("'<a>' | html", #""&lt;a&gt;""#),
      ("now | plus(3d)", #""2026-01-18T09:30:00.250Z""#), ("now | minus(2h)", #""2026-01-15T07:30:00.250Z""#),
      ("now | plus('-90m')", #""2026-01-15T08:00:00.250Z""#), ("now.date | plus(17d)", #""2026-02-01""#),
      ("now.unix | plus(10s)", "1768469410"),
      ("now.http | minus(30m)", #""Thu, 15 Jan 2026 09:00:00 GMT""#), ("'2024-02-28' | plus(1d)", #""2024-02-29""#),
      ("'2026-06-01T12:00:00+02:00' | plus(1h)", #""2026-06-01T13:00:00+02:00""#), ("'soon' | plus(1h)", "null"),
      ("1768469400 | format('%F %T')", #""2026-01-15 09:30:00""#), ("1768469400250 | format('%T.%L')", #""09:30:00.250""#),
      ("'1768469400' | format('%Y')", #""2026""#), ("now | format('%d.%m.%Y')", #""15.01.2026""#),
      ("now | zone('Europe/Berlin')", #""2026-01-15T10:30:00.250+01:00""#), ("now.http | zone('+02:00')", #""2026-01-15T11:30:00+02:00""#),
      ("now | zone('America/New_York') | format('%H:%M %Z %z')", #""04:30 EST -0500""#), ("query.no | format('%Y')", "null"),
    ])
  func `a filter makes what the table says`(_ expression: String, _ value: String) throws {
    #expect(try json(expression, "/a/7/x?a=b&tag=1&tag=2&n=5") == value)
  }

  @Test func `omit leaves out the member, the item and the field line`() throws {
    let routes = try RenderedRoutes.route(
      """
      headers: {X-A: "{{query.a | omit}}", X-B: "b"}
          json: {a: "{{query.a | omit}}", b: ["{{query.a | omit}}", 1, "x{{query.a | omit}}", "{{query.a}}"], "k{{query.a | omit}}": 1, c: 2}
      """)
    let without = try routes.ask()
    #expect(without.text == #"{"b":[1,null],"c":2}"#)
    #expect(without.fields.map(\.name) == ["Content-Type", "X-B"])
    let with = try routes.ask("/a/7/?a=1")
    #expect(with.text == #"{"a":"1","b":["1",1,"x1","1"],"k1":1,"c":2}"#)
    #expect(with["X-A"] == "1")
    #expect(try json("query.a | omit") == "")
    #expect(try RenderedRoutes.route("json: '{{query.a | omit}}'").ask().text == "null")
  }

  @Test func `required answers 400 with the name of what is missing`() throws {
    for route in ["json: {a: '{{ query.a | upper | required }}'}", "text: 'a {{query.a | required}}'"] {
      let answer = try RenderedRoutes.route(route).ask()
      #expect(answer.status == 400)
      #expect(answer.text == "400 Bad Request: query.a is missing\n")
    }
  }

  @Test func `a list has at most 10,000 parts, and an answer 1,000 regular expressions`() throws {
    let body = String(repeating: ",", count: 10_000)
    let split = try RenderedRoutes.route("json: \"{{body | split(',') | length}}\"")
    #expect(try split.ask(body: Array(body.dropFirst().utf8)).text == "10000")
    #expect(try split.ask(body: Array(body.utf8)).status == 500)
    let extract = try RenderedRoutes.route("json: {$repeat: query.n, $give: \"{{path.id | extract('7')}}\"}")
    #expect(try extract.ask("/a/7/?n=1000").status == 200)
    #expect(try extract.ask("/a/7/?n=1001").status == 500)
  }

  @Test func `numbers on the way are bounded`() throws {
    let digits = String(repeating: "9", count: 150)
    #expect(try json("query.n | times(query.n)", "/a/7/?n=\(digits)") == "null")
    #expect(try json("query.n | times(2)", "/a/7/?n=1e999999999") == "2e999999999")
    #expect(try json("query.n | plus(1)", "/a/7/?n=1e999999999") == "null")
    #expect(try json("query.n | round(2)", "/a/7/?n=1e-999999999999999999999") == "0")
  }

  @Test func `every filter has a shape and a sentence`() {
    #expect(Set(TemplateFilters.names).count == TemplateFilters.all.count && TemplateFilters.all.count == 27)
    for filter in TemplateFilters.all { #expect(filter.shape.hasPrefix(filter.name) && filter.summary.hasSuffix("."), "\(filter.name)") }
  }
}
