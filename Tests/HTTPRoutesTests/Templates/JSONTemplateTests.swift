// JSON answers: lists, names, bounds, and that whatever a client sends, they stay JSON of the same structure.

import HTTPCore
import JSONText
import Reactor
import Testing

@testable import HTTPRoutes

@Suite struct JSONTemplateTests {
  private func render(_ json: String, _ target: String = "/a/7/x", body: String? = nil) throws -> String {
    try RenderedRoutes.route("json: \(json)").ask(target, body: body.map { Array($0.utf8) }).text
  }

  @Test func `a list is given an item so many times`() throws {
    #expect(
      try render("{$repeat: 3, $give: {i: '{{index}}', n: '{{index | plus(1)}}'}}") == #"[{"i":0,"n":1},{"i":1,"n":2},{"i":2,"n":3}]"#)
    #expect(try render("{a: {$repeat: query.n, $give: 1}}", "/a/7/?n=2") == #"{"a":[1,1]}"#)
    #expect(try render("{$repeat: '{{query.n | default(1)}}', $give: x}") == #"["x"]"#)
    #expect(try render("{$repeat: query.n, $give: 1}", "/a/7/?n=2.5") == "[1,1,1]")
    for count in ["", "?n=", "?n=-1", "?n=abc", "?n=-1e999999"] {
      #expect(try render("{$repeat: query.n, $give: 1}", "/a/7/\(count)") == "[]")
    }
    #expect(try render("{$repeat: 0, $give: '{{path.id}}'}") == "[]")
  }

  @Test func `a list is made of the items of another`() throws {
    let body = #"{"items":[{"sku":"a","n":1.0},{"sku":"b"},3]}"#
    #expect(
      try render("{$each: json.items, $give: {s: '{{item.sku}}', n: '{{item.n | omit}}', at: 'nr {{index}}'}}", body: body)
        == #"[{"s":"a","n":1.0,"at":"nr 0"},{"s":"b","at":"nr 1"},{"s":null,"at":"nr 2"}]"#)
    #expect(try render("{$each: '{{json.items | slice(2)}}', $give: '{{item}}'}", body: body) == "[3]")
    #expect(try render("{$each: query.t.all, $give: '{{item | upper}}'}", "/a/7/?t=a&t=b") == #"["A","B"]"#)
    #expect(try render("{$each: [a, {b: 1}], $give: '{{item}}'}") == #"["a",{"b":1}]"#)
    #expect(try render("{$each: json.items, $give: '{{item.sku | omit}}'}", body: body) == #"["a","b"]"#)
    for other in ["{}", "[]", #"{"items":{"a":1}}"#, #"{"items":"a"}"#, "no JSON"] {
      #expect(try render("{$each: json.items, $give: 1}", body: other) == "[]")
    }
  }

  @Test func `lists within lists have their own items, and the outer one behind a repeat`() throws {
    let body = #"[[1,2],[3]]"#
    #expect(
      try render("{$each: json, $give: {$each: item, $give: '{{item}}/{{index}}'}}", body: body) == #"[["1/0","2/1"],["3/0"]]"#)
    #expect(
      try render("{$each: json, $give: {$repeat: 2, $give: ['{{item[0]}}', '{{index}}']}}", body: body) == "[[[1,0],[1,1]],[[3,0],[3,1]]]")
  }

  @Test func `names may be templates, and no client replaces a member by one`() throws {
    let yaml = "{'{{query.k}}': 1, role: user, '{{query.l}}': 2, 'x-{{path.id}}': 3}"
    #expect(try render(yaml, "/a/7/?k=a&l=b") == #"{"a":1,"role":"user","b":2,"x-7":3}"#)
    #expect(try render(yaml, "/a/7/?k=role&l=x-7") == #"{"role":"user","x-7":2}"#)
    #expect(try render(yaml, "/a/7/?k=a&l=a") == #"{"a":1,"role":"user","x-7":3}"#)
    #expect(try render(yaml) == #"{"":1,"role":"user","x-7":3}"#)
    #expect(
      try render("{$$each: 1, $$give: 2, $$repeat: '{{path.id}}', $$other: 3}") == #"{"$each":1,"$give":2,"$repeat":"7","$$other":3}"#)
  }

  @Test func `what no request has a say in is one piece`() throws {
    let template = try #require(
      JSONTemplateBuilder.built(.object([("a", 0, .literal(Array("1".utf8))), ("b", 0, .list([.text("x", mark: 0)]))], mark: 0)))
    #expect(template.literal == Array(#"{"a":1,"b":["x"]}"#.utf8))
    let mixed = try #require(
      JSONTemplateBuilder.built(
        .object(
          [("a", 0, .literal([0x31])), ("b", 0, .literal([0x32])), ("c", 0, .text("{{uuid}}", mark: 0)), ("d", 0, .literal([0x33]))],
          mark: 0)))
    guard case .object(let members, _) = mixed.root else { return #expect(Bool(false)) }
    #expect(members.count == 3)
    #expect(members[0].value == .literal(Array(#"1,"b":2"#.utf8)))
  }

  @Test func `a template is a value too`() throws {
    let head = Array("GET /a/7/ HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    let template = try #require(JSONTemplateBuilder.built(.list([.text("{{path.id}}", mark: 0), .literal([0x31])])))
    var parser = HeadParser()
    try #require(try parser.parse(head.span))
    let pattern = try PathPattern(parsing: "/a/{id}/**")
    let index = RouteIndex([(pattern: pattern, methods: .any)])
    let path = Array("/a/7/".utf8)
    guard case .matched(let match) = index.match(path: path.span, method: .get) else { return #expect(Bool(false)) }
    let values = RequestValues(
      head: parser.head, path: path.span, bytes: head.span, match: match,
      origin: .explanation(client: try #require(.init("192.0.2.7", port: 1)), now: 0), body: .none, hasEncodedSlash: false)
    var run = TemplateRun(TemplateSurroundings(), route: "a", pattern: pattern)
    #expect(try template.value(for: values, &run) == .array([.string("7"), .number(JSONNumber(1))]))
  }

  // MARK: Errors

  @Test(
    arguments: [
      ("{$each: json.a}", "3:11 a list is written {$each: LIST, $give: VALUE}"), ("{$give: 1}", "3:11 a list is written"),
      ("{$each: json.a, $give: 1, b: 2}", "3:11 a list is written"), ("{$each: json.a, $repeat: 1, $give: 1}", "3:11 a list is written"),
      ("{$repeat: 10001, $give: 1}", "3:12 $repeat is a number from 0 to 10000"), ("{$repeat: [1], $give: 1}", "3:12 $repeat is a number"),
      ("{$repeat: x.y, $give: 1}", "3:21 unknown source \"x.y\""),
      ("{$each: {a: 1}, $give: 1}", "3:12 $each is an expression such as json.items"),
      ("{$each: ['{{path.id}}'], $give: 1}", "3:12 $each is an expression"),
      ("{$each: 'a {{json}}', $give: 1}", "3:20 expected one expression"),
      ("{$repeat: 1, $give: '{{item}}'}", "3:34 item has a value inside $each only"), ("['{{index}}']", "3:15 index has a value inside"),
      ("['{{path.id | raw}}']", "3:13 \"| raw\" is for text; in JSON a value is escaped as JSON has it"),
      ("{'{{path.x}}': 1}", "3:15 the path /a/{id}/** has no parameter {x}"),
    ])
  func `what is wrong with a list is an error at its place`(_ json: String, _ problem: String) {
    let found = problems("json: \(json)")
    #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
  }

  @Test func `every error of a tree is told`() {
    #expect(problems("json: ['{{a}}', {b: '{{c}}', '{{d}}': 1}, .inf]").count == 4)
  }

  // MARK: Bounds

  @Test func `lists are bounded by their own items and by those of all`() throws {
    #expect(try RenderedRoutes.route("json: {$repeat: query.n, $give: 1}").ask("/a/7/?n=10000").body.count == 20_001)
    let answer = try RenderedRoutes.route("json: {$repeat: query.n, $give: 1}").ask("/a/7/?n=10001")
    #expect(answer.status == 500 && answer.text == "500 Internal Server Error: a list has at most 10000 items\n")
    let nested = try RenderedRoutes.route("json: {$repeat: 1000, $give: {$repeat: query.n, $give: '{{query.no | omit}}'}}")
    #expect(try nested.ask("/a/7/?n=99").status == 200)
    #expect(try nested.ask("/a/7/?n=100").text == "500 Internal Server Error: an answer has at most 100000 items of lists\n")
    let long = try RenderedRoutes.route("json: {$repeat: 10000, $give: '{{body}}'}")
    #expect(
      try long.ask(body: [UInt8](repeating: 0x61, count: 2_000)).text == "500 Internal Server Error: the answer is longer than 16 MiB\n")
  }

  @Test func `lists nest 32 deep and no deeper`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "{$repeat: 1, $give: ", count: depth) + "'{{index}}'" + String(repeating: "}", count: depth)
    }
    #expect(try render(nested(32)) == String(repeating: "[", count: 32) + "0" + String(repeating: "]", count: 32))
    #expect(problems("json: \(nested(33))").first?.hasSuffix("more than 32 lists within lists") == true)
  }

  // MARK: Whatever a client sends

  private static let echo = """
    json:
          id: "{{path.id}}"
          rest: "a {{path.**}} b"
          q: ["{{query.q}}", "{{query.q | number}}", "{{query.q.all}}", "{{query.q | upper}}", "x{{query.q}}{{query.q | parse}}"]
          h: {v: "{{headers.x-a}}", w: "{{headers.x-a.all}}", c: "{{cookies.c}}", l: "{{query.q | split('a') | join('\\"')}}"}
          b: ["{{body}}", "{{json}}", "{{json.a}}", "{{form.a}}", "{{body | base64}}", "{{body | slice(1, -1)}}", "{{body | html}}"]
          each: {$each: "{{query.q | split('&')}}", $give: {i: "{{item}}", n: "{{index}}"}}
          t: ["{{query.q | plus(1d)}}", "{{query.q | format('%F')}}", "{{query.q | times(3)}}", "{{query.q | extract('(.)')}}", "{{query.q | bool}}"]
          "k{{query.q}}": true
          last: {now: "{{now}}", u: "{{url}} {{host}} {{method}}"}
    """

  @Test(arguments: [nil, "text/html"])
  func `an answer is JSON with the same members whatever octets come`(contentType: String?) throws {
    let routes = try RenderedRoutes.route(Self.echo + (contentType.map { "\n    content_type: \($0)" } ?? ""))
    var random = SeededGenerator(seed: 5)
    func octets(_ set: [UInt8], _ most: Int) -> [UInt8] {
      (0..<Int.random(in: 0...most, using: &random)).map { _ in set.randomElement(using: &random)! }
    }
    let any = (0...255).map { UInt8($0) }
    let telling = Array("\"\\{}[]:,'<>&%0123456789.eE+-aä\u{0}\u{7F}/\n\t".utf8) + [0xFF, 0xC3, 0xE2, 0x80, 0xF4, 0x8F]
    for round in 0..<400 {
      let set = round % 2 == 0 ? any : telling
      func escaped(_ octets: [UInt8]) -> String { octets.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
      let id = escaped(octets(set.filter { $0 != 0 && $0 != 0x2E }, 12))
      let rest = escaped(octets(set.filter { $0 != 0 && $0 != 0x2E }, 12))
      let queries = (0..<3).map { _ in "q=" + escaped(octets(set, 20)) }.joined(separator: "&")
      let field = ObsText.text(octets(set.filter { $0 >= 0x20 && $0 != 0x7F }, 20))
      let body = octets(set, 40)
      let types = ["application/json", "application/x-www-form-urlencoded", "text/plain"]
      let answer = try routes.ask(
        "/a/x\(id)/\(rest)?\(queries)", "X-A: \(field)", "Cookie: c=\(field)", body: body, contentType: types[round % 3])
      #expect(answer.status == 200, "\(answer.text)")
      guard case .object(let root) = try JSONValue(parsing: answer.body) else { return #expect(Bool(false), "\(answer.text)") }
      #expect(root.members.map(\.name).filter { $0.utf8.first != UInt8(ascii: "k") } == ["id", "rest", "q", "h", "b", "each", "t", "last"])
      #expect(root.members.count == 9)
      guard case .string? = root["id"], case .string? = root["rest"], case .array(let q)? = root["q"], case .array(let b)? = root["b"],
        case .array? = root["each"], case .object(let h)? = root["h"], case .array(let t)? = root["t"]
      else { return #expect(Bool(false), "\(answer.text)") }
      #expect(q.count == 5 && b.count == 7 && h.count == 4 && t.count == 5)
      if contentType != nil { #expect(!answer.body.contains(UInt8(ascii: "<"))) }
    }
  }
}

extension JSONTemplateBuilder {
  /// The template of a tree without problems.
  static func built(_ tree: TemplateTree) -> JSONTemplate? {
    guard let pattern = try? PathPattern(parsing: "/a/{id}/**") else { return nil }
    var builder = JSONTemplateBuilder(scope: TemplateScope(pattern: pattern), isMarkup: false) { _, _ in "" }
    return builder.build(tree)
  }
}
