// Bodies as the configuration has them, and what one request makes of them.

import HTTPCore
import Testing

@testable import HTTPRoutes

/// The body of the one route of a configuration.
private func body(_ route: String) -> BodyTemplate? {
  let text = "routes:\n  - path: /a/{id}/**\n    \(route)\n"
  let settings = SettingsLoader.load(text: text, fileName: "t.yaml", environment: ["NAME": "value"]).settings
  switch settings?.routes.first?.answer.responder {
  case let options as CannedJSONOptions: return options.body
  case let options as FixedResponseOptions: if case .text(let body) = options.body { return body } else { return nil }
  default: return nil
  }
}

private func render(_ route: String, _ target: String = "/a/7/x") throws -> String {
  try RenderedRoutes.route(route).ask(target).text
}

@Suite struct BodyTemplateTests {
  @Test(arguments: [
    ("{a: 1.0, b: 12345678901234567890, c: 1e400, d: -0.0, e: 0}", #"{"a":1.0,"b":12345678901234567890,"c":1e400,"d":-0.0,"e":0}"#),
    ("[+1, 007, -007, .5, 5., +.5e3, 0x1F, 0o17, 1E+2]", "[1,7,-7,0.5,5.0,0.5e3,31,15,1E+2]"),
    ("{z: ~, y: True, x: false, w: null, v: ''}", #"{"z":null,"y":true,"x":false,"w":null,"v":""}"#),
    ("{1: a, true: b, ~: c, 1.0: d}", #"{"1":"a","true":"b","~":"c","1.0":"d"}"#),
    (#"["\"\\\n\r\t\u0001\x7f", 'ключ 🔑']"#, #"["\"\\\n\r\t\u0001\#u{7F}","ключ 🔑"]"#),
    ("[[], {}, [[]], {a: {}}]", #"[[],{},[[]],{"a":{}}]"#), ("{$ref: a, b: {$schema: c}}", #"{"$ref":"a","b":{"$schema":"c"}}"#),
    ("${NAME}", #""${NAME}""#),
  ])
  func `a node without expressions is laid out as the JSON it means`(yaml: String, json: String) {
    #expect(body("json: \(yaml)")?.literal.map { String(decoding: $0, as: UTF8.self) } == json)
  }

  @Test(arguments: [".inf", "-.Inf", ".nan", "0xFFFFFFFFFFFFFFFFF"])
  func `what JSON has no number for is an error`(number: String) {
    #expect(problems("json: {a: \(number)}") == ["3:15 JSON has no \(number); put it in quotes to send it as a string"])
  }

  @Test func `a body with expressions is no literal`() {
    #expect(body("json: ['{{path.id}}']")?.literal == nil)
    #expect(body("text: '{{path.id}}'")?.literal == nil)
    #expect(body("text: ''")?.literal == [])
    #expect(body(#"text: '{{"{{"}}'"#)?.literal == Array("{{".utf8))
  }

  @Test func `values are escaped for the string they stand in`() throws {
    let target = "/a/%22%5C%0A%3C%2Fscript%3E/x/y"
    #expect(try render("json: {id: 'a {{path.id}} b', rest: '{{path.**}}'}", target) == #"{"id":"a \"\\\n</script> b","rest":"x/y"}"#)
    #expect(try render("json: {'{{path.id}}': 1}", target) == #"{"\"\\\n</script>":1}"#)
    #expect(try render("text: '{{path.id}}'", target) == "\"\\\n</script>")
  }

  @Test(arguments: [("42", "42"), ("-1.5e3", "-1.5e3"), ("007", #""007""#), ("1,2", #""1,2""#), ("%22", #""\"""#)])
  func `a number is bare where the value is spelled like one`(value: String, json: String) throws {
    #expect(try render("json: {id: '{{path.id | number}}'}", "/a/\(value)/") == #"{"id":\#(json)}"#)
  }

  @Test func `what is missing is null as a value and nothing within text`() throws {
    #expect(
      try render("json: ['{{query.a}}', '{{query.a | number}}', 'x{{query.a}}y', '{{query.a | default(\"\")}}']") == #"[null,null,"xy",""]"#
    )
    #expect(try render("text: 'a={{query.a}};'") == "a=;")
  }

  @Test func `spaces in a placeholder do not matter`() throws {
    #expect(try render("text: '{{ path.id }}'") == "7")
    #expect(try render("json: '{{path.id|number}}'") == "7")
    #expect(try render("text: '{{\tpath.id\t|\tdefault( 1 )  }}'".replacing("\t", with: " ")) == "7")
  }

  @Test func `double braces can be written`() throws {
    #expect(try render(#"text: '{{"{{"}} name }} {{path.id}}'"#) == "{{ name }} 7")
    #expect(try render("text: \"{{'{{'}}{{path.id}}\"") == "{{7")
    #expect(body("text: 'a { b } } c {'")?.literal == Array("a { b } } c {".utf8))
  }

  @Test func `an unknown name is an error under its characters`() {
    #expect(problems("json: ['ok {{path.ide}}']") == [#"3:18 the path /a/{id}/** has no parameter {ide} (did you mean "id"?)"#])
    #expect(
      problems("text: 'x{{header.a}}'").first?.hasPrefix(#"3:15 unknown source "header.a" (did you mean "headers"?); there are path.NAME"#)
        == true)
    #expect(problems("text: 'x{{path.id'").first?.hasPrefix("3:13 \"{{\" without \"}}\"") == true)
  }

  @Test func `settings are expanded and bodies are not`() {
    #expect(body("text: '${NAME} ${'")?.literal == Array("${NAME} ${".utf8))
    #expect(body("content_type: 'x/${NAME}'\n    text: a")?.literal == Array("a".utf8))
  }

  @Test func `in HTML and XML values are escaped, in a script the configuration warns`() throws {
    let target = "/a/7/x?q=%3Cb%20a=%22'%26"
    #expect(try render("content_type: text/html\n    text: '<p>{{query.q}}</p>'", target) == "<p>&lt;b a&#61;&quot;&#39;&amp;</p>")
    #expect(try render("content_type: text/html\n    text: '<p>{{query.q | html}}</p>'", target) == "<p>&lt;b a&#61;&quot;&#39;&amp;</p>")
    #expect(try render("content_type: text/html\n    text: '<p>{{query.q | raw}}</p>'", target) == "<p><b a=\"'&</p>")
    #expect(try render("text: '{{query.q | html}}'", target) == "&lt;b a&#61;&quot;&#39;&amp;")
    #expect(try render("content_type: text/html\n    json: ['{{query.q}}', {'{{query.q}}': 1}]", target).contains("<") == false)
    let script = "content_type: text/html\n    text: '<script>a = \"{{query.q}}\"; b = {{now.unix}}</script>'"
    #expect(
      problems(script) == [
        "4:25 what a client sends can be code inside <script>, where no escape helps; put it into an attribute, such as data-id"
      ])
  }

  @Test func `a text within a bound is an answer, and a longer one is 500`() throws {
    let routes = try RenderedRoutes.route("text: '{{body | replace(\"a\", \"0123456789\")}}'")
    #expect(try routes.ask(body: Array("banana".utf8)).text == "b0123456789n0123456789n0123456789")
    let answer = try routes.ask(body: [UInt8](repeating: UInt8(ascii: "a"), count: 2 << 20))
    #expect(answer.status == 500)
    #expect(answer.text == "500 Internal Server Error: a text is longer than 16 MiB\n")
    let many = try RenderedRoutes.route("text: '\(String(repeating: "{{body}}", count: 20))'")
    let tooLong = try many.ask(body: [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20))
    #expect(tooLong.text == "500 Internal Server Error: the answer is longer than 16 MiB\n")
  }
}
