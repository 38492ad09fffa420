// `template: true` beside json_file and file.

import Testing

@testable import HTTPRoutes

@Suite struct TemplateFileDecoderTests {
  /// What a route answers from a file, or what is wrong.
  private func load(_ name: String, _ content: String, _ keys: String) throws -> (routes: RenderedRoutes?, problems: [String]) {
    let files = try Files()
    try files.write(content, to: name)
    let text = "routes:\n  - {path: \"/a/{id}\", template: true, \(keys.replacing("FILE", with: files[name]))}\n"
    let result = SettingsLoader.load(text: text, fileName: "t.yaml", environment: [:])
    let problems = result.diagnostics.map { $0.message.replacing(files.path + "/", with: "") }
    return (result.hasErrors ? nil : try RenderedRoutes(text), problems)
  }

  @Test func `a file of JSON is filled`() throws {
    let json =
      #"{ "id": "{{path.id | number}}", "n": 1.0, "s": "a\n\"{{query.q}}\"", "l": {"$repeat": 2, "$give": "{{index}}"}, "e": "{{now.date}}" }"#
    let (routes, problems) = try load("order.json", json, "json_file: FILE")
    #expect(problems.isEmpty)
    let answer = try #require(try routes?.ask("/a/7?q=%22"))
    #expect(answer.text == #"{"id":7,"n":1.0,"s":"a\n\"\"\"","l":[0,1],"e":"2026-01-15"}"#)
    #expect(answer["Content-Type"] == "application/json" && answer["ETag"] == nil)
  }

  @Test func `a file of text is filled, as its name says`() throws {
    let (routes, problems) = try load("page.html", "<p>{{query.q}}</p>\n", "file: FILE, status: \"{{query.s | default(203)}}\"")
    #expect(problems.isEmpty)
    let answer = try #require(try routes?.ask("/a/7?q=%3Cb%3E"))
    #expect(answer.text == "<p>&lt;b&gt;</p>\n" && answer.status == 203)
    #expect(answer["Content-Type"]?.hasPrefix("text/html") == true)
    #expect(try load("a.txt", "{{query.q}}", "file: FILE, content_type: text/csv").routes?.ask("/a/7?q=%3C").text == "<")
  }

  @Test func `what is wrong stands at its place in the file`() throws {
    let json = "{\n  \"a\": \"{{path.ide}}\",\n  \"b\": [{\"c\": \"x {{upper}}\"}],\n  \"{{d}}\": {\"$each\": 1}\n}"
    let found = try load("order.json", json, "json_file: FILE").problems
    #expect(found.count == 4)
    #expect(found[0].hasPrefix("order.json:2:11: the path /a/{id} has no parameter {ide}"), "\(found)")
    #expect(found[1].hasPrefix("order.json:3:20: unknown source \"upper\""), "\(found)")
    #expect(found[2].hasPrefix("order.json:4:6: unknown source \"d\""), "\(found)")
    #expect(found[3].hasPrefix("order.json:4:12: a list is written"), "\(found)")
    #expect(try load("a.txt", "a\nb {{x}}", "file: FILE").problems.first?.hasPrefix("a.txt:2:5: unknown source \"x\"") == true)
    #expect(
      try load("a.html", "<script>\n{{query.q}}</script>", "file: FILE").problems == [
        "a.html:2:1: what a client sends can be code inside <script>, where no escape helps; put it into an attribute, such as data-id"
      ])
  }

  @Test func `without it a file is sent as it stands, with a warning`() throws {
    let files = try Files()
    try files.write(#"["{{path.id}}"]"#, to: "order.json")
    let result = SettingsLoader.load(
      text: "routes: [{path: \"/a/{id}\", json_file: \(files["order.json"])}]", fileName: "t.yaml", environment: [:])
    #expect(
      result.diagnostics.map(\.message).first?.hasSuffix("is sent as it stands: write template: true beside it to have it filled") == true)
  }
}
