import HTTPRoutes
import Testing

/// The options of the one route of a configuration, and its diagnostics.
private func load(_ route: String, path: String = "/a/{id}/**") -> (options: (any ResponderOptions)?, problems: [String]) {
  let result = SettingsLoader.load(text: "routes:\n  - path: \(path)\n    \(route)\n", fileName: "t.yaml", environment: ["NAME": "value"])
  return (result.settings?.routes.first?.answer.responder, result.diagnostics.map { "\($0.line):\($0.column) \($0.message)" })
}

private func body(_ route: String) -> BodyTemplate? {
  switch load(route).options {
  case let options as CannedJSONOptions: options.body
  case let options as FixedResponseOptions:
    if case .text(let body) = options.body { body } else { nil }
  default: nil
  }
}

private func render(_ route: String, path: [String: String] = [:], query: [String: String] = [:]) -> String? {
  body(route).map { template in
    let bytes = template.render { name in
      switch name {
      case .path(let name): path[name]
      case .query(let name): query[name]
      default: nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

@Suite struct BodyTemplateTests {
  @Test(arguments: [
    ("{a: 1.0, b: 12345678901234567890, c: 1e400, d: -0.0, e: 0}", #"{"a":1.0,"b":12345678901234567890,"c":1e400,"d":-0.0,"e":0}"#),
    ("[+1, 007, -007, .5, 5., +.5e3, 0x1F, 0o17, 1E+2]", "[1,7,-7,0.5,5.0,0.5e3,31,15,1E+2]"),
    ("{z: ~, y: True, x: false, w: null, v: ''}", #"{"z":null,"y":true,"x":false,"w":null,"v":""}"#),
    ("{1: a, true: b, ~: c, 1.0: d}", #"{"1":"a","true":"b","~":"c","1.0":"d"}"#),
    (#"["\"\\\n\r\t\u0001\x7f", 'ключ 🔑']"#, #"["\"\\\n\r\t\u0001\#u{7F}","ключ 🔑"]"#),
    ("[[], {}, [[]], {a: {}}]", #"[[],{},[[]],{"a":{}}]"#),
    ("${NAME}", #""${NAME}""#),
  ])
  func `a node is the JSON it means`(yaml: String, json: String) {
    #expect(body("json: \(yaml)")?.literal.map { String(decoding: $0, as: UTF8.self) } == json)
    #expect(render("json: \(yaml)") == json)
  }

  @Test(arguments: [".inf", "-.Inf", ".nan", "0xFFFFFFFFFFFFFFFFF"])
  func `what JSON has no number for is an error`(number: String) {
    #expect(load("json: {a: \(number)}").problems == ["3:15 JSON has no \(number); put it in quotes to send it as a string"])
  }

  @Test func `a body with placeholders is no literal`() {
    #expect(body("json: ['{{path.id}}']")?.literal == nil)
    #expect(body("text: '{{path.id}}'")?.literal == nil)
    #expect(body("text: ''")?.literal == [])
  }

  @Test func `values are escaped for the string they stand in`() {
    let path = ["id": "\"\\\n</script>", "**": "x/y"]
    #expect(render("json: {id: 'a {{path.id}} b', rest: '{{path.**}}'}", path: path) == #"{"id":"a \"\\\n</script> b","rest":"x/y"}"#)
    #expect(render("json: {'{{path.id}}': 1}", path: path) == #"{"\"\\\n</script>":1}"#)
    #expect(render("text: '{{path.id}}'", path: path) == "\"\\\n</script>")
  }

  @Test(arguments: [("42", "42"), ("-1.5e3", "-1.5e3"), ("007", #""007""#), ("1,2", #""1,2""#), ("", #""""#), ("\"", #""\"""#)])
  func `a number is bare where the value is spelled like one`(value: String, json: String) {
    #expect(render("json: {id: '{{path.id | number}}'}", path: ["id": value]) == #"{"id":\#(json)}"#)
  }

  @Test func `a value that the request does not have is empty, and null as a number`() {
    #expect(render("json: ['{{query.a}}', '{{query.a | number}}']") == #"["",null]"#)
    #expect(render("text: 'a={{query.a}};'") == "a=;")
  }

  @Test func `spaces in a placeholder do not matter`() {
    #expect(render("text: '{{ path.id }}'", path: ["id": "7"]) == "7")
    #expect(render("json: '{{path.id|number}}'", path: ["id": "7"]) == "7")
  }

  @Test func `double braces can be written`() {
    #expect(render(#"text: '{{"{{"}} name }}'"#) == "{{ name }}")
    #expect(render(#"text: "{{'{{'}}""#) == "{{")
    #expect(render("text: 'a { b } } c {'") == "a { b } } c {")
  }

  @Test func `an unknown placeholder is an error under its characters`() {
    #expect(
      load("json: ['ok {{path.ide}}']").problems == [#"3:16 the path /a/{id}/** has no parameter {ide} (did you mean "id"?)"#])
    #expect(load("text: 'x{{header.a}}'").problems.first?.hasPrefix("3:13 unknown placeholder {{header.a}}") == true)
    #expect(load("text: 'x{{path.id'").problems.first?.hasPrefix("3:13 \"{{\" without \"}}\"") == true)
  }

  @Test func `settings are expanded and bodies are not`() {
    #expect(render("text: '${NAME} ${'") == "${NAME} ${")
    #expect((load("content_type: 'x/${NAME}'\n    text: a").options as? FixedResponseOptions)?.contentType == "x/value")
  }
}

@Suite struct RedirectTargetTests {
  private func location(_ target: String, _ path: [String: String], query: String? = nil) throws -> String {
    let pattern = try PathPattern(parsing: "/old/{id}/**")
    return try RedirectTarget(parsing: target, pattern: pattern).render(path: { path[$0] }, query: query.map { Array($0.utf8) })
  }

  @Test func `parameters are filled in, percent-encoded`() throws {
    #expect(try location("/new/{id}/x", ["id": "a b/ü?#%"]) == "/new/a%20b%2F%C3%BC%3F%23%25/x")
    #expect(try location("https://example.com/{**}", ["**": "a/b c"]) == "https://example.com/a/b%20c")
  }

  @Test func `the query is kept unless the target has one`() throws {
    #expect(try location("/new", [:], query: "a=%20b") == "/new?a=%20b")
    #expect(try location("/new?c=d", [:], query: "a=b") == "/new?c=d")
    #expect(try location("/new#top", [:], query: "a=b") == "/new?a=b#top")
    #expect(try location("/new", [:], query: "") == "/new")
  }

  @Test func `a query that no URI may have is escaped, and nothing twice`() throws {
    #expect(try location("/new", [:], query: "q=\"a\"<ü>\\%22[]") == "/new?q=%22a%22%3C%C3%BC%3E%5C%22[]")
  }

  @Test(arguments: ["/evil.example/", "//evil.example", "\\evil.example", "%2F/evil.example"])
  func `a path cannot become another host`(rest: String) throws {
    let location = try location("/{**}", ["**": rest])
    #expect(location.hasPrefix("/"))
    #expect(!location.hasPrefix("//"))
    #expect(!location.contains("\\"))
  }

  @Test(arguments: ["{**}", "new", "https://{id}/", "//{id}.example/", "https://user@example.com/", "https://", "ftp://example.com/", ""])
  func `the host of a target is literal`(target: String) {
    #expect(throws: TemplateError.self) { try location(target, [:]) }
  }

  @Test(arguments: [("/a b", 2), ("/a\r\nX: y", 2), ("/é", 1), ("/{id", 1), ("/x{nobody}", 2)])
  func `what is wrong with a target is found where it is`(target: String, offset: Int) throws {
    let pattern = try PathPattern(parsing: "/old/{id}/**")
    let error = #expect(throws: TemplateError.self) { try RedirectTarget(parsing: target, pattern: pattern) }
    #expect(error?.range.lowerBound == offset)
  }
}
