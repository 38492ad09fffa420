// Templates of headers, statuses and delays, over a connection where that matters.

import HTTPCore
import Logging
import Synchronization
import Testing

@testable import HTTPRoutes

@Suite struct TemplateTests {
  @Test(arguments: [("200", 200), ("404", 404), ("599", 599)])
  func `a status is what the template comes to`(text: String, status: Int) throws {
    #expect(try RenderedRoutes.route("status: '{{query.s}}'\n    text: a").ask("/a/7/?s=\(text)").status == status)
    #expect(try RenderedRoutes.route("status: '{{query.s}}'").ask("/a/7/?s=\(text)").status == status)
    #expect(try RenderedRoutes.route("status: '{{query.s | number | plus(1)}}'\n    json: a").ask("/a/7/?s=400").status == 401)
  }

  @Test(arguments: ["", "?s=", "?s=199", "?s=600", "?s=abc", "?s=99999999999999999999", "?s=200.0", "?s=+200", "?s=101"])
  func `a status that cannot be sent is 500`(query: String) throws {
    let answer = try RenderedRoutes.route("status: 'x{{query.s}}'\n    text: a".replacing("'x", with: "'")).ask("/a/7/\(query)")
    #expect(query == "?s=+200" ? answer.status == 500 : answer.status == 500)
    #expect(answer.text.hasSuffix("is not a status from 200 to 599\n"))
  }

  @Test func `filters work in field values, and a value with a line end is 500`() throws {
    let routes = try RenderedRoutes.route(
      "headers: {X-A: 'v {{query.a | default(\"none\") | upper}}', X-B: ['{{query.a}}', b]}\n    text: a")
    let answer = try routes.ask("/a/7/?a=%C3%A9")
    #expect(answer["X-A"] == "v É")
    #expect(answer.fields.filter { $0.name == "X-B" }.map(\.value) == ["é", "b"])
    #expect(try routes.ask()["X-A"] == "v NONE")
    for octet in ["%0D", "%0A", "%00", "%0D%0ASet-Cookie:x"] {
      let refused = try routes.ask("/a/7/?a=b\(octet)c")
      #expect(refused.status == 500 && refused["Set-Cookie"] == nil)
    }
  }

  @Test func `a delay is what the template comes to, and one that is none is 500`() async throws {
    let routes = """
      routes: [{path: /d, delay: "{{query.d | default('1ms')}}", text: ok}]
      """
    try await Site.with(routes) { (site, _) async throws in
      for good in ["", "?d=0s", "?d=2ms", "?d="] {
        let answer = try await site.get("/d\(good)")
        #expect(answer.status == 200 && answer.text == "ok")
      }
      for bad in ["61m", "-1s", "5", "soon"] {
        let answer = try await site.get("/d?d=\(bad)")
        #expect(answer.status == 500)
        #expect(answer.text == "500 Internal Server Error: \"\(bad)\" is not a delay from 0s to 1h\n")
      }
    }
  }

  @Test func `the id of a trusted proxy is taken over, and no other's`() async throws {
    let routes = "routes: [{path: /i, headers: {X-I: '{{request.id}}'}, json: '{{request.id}}'}]"
    let long = String(repeating: "x", count: 128)
    try await Site.with(routes, trusting: "127.0.0.1") { (site, _) async throws in
      for id in ["abc", "A1._:/+=-", long] { #expect(try await site.get("/i", "X-Request-ID: \(id)")["X-I"] == id) }
      for id in ["", "a b", "a\"~!", "ü", long + "x"] {
        let answer = try await site.get("/i", "X-Request-ID: \(id)")
        #expect(answer["X-I"]?.utf8.count == 32 && answer.text == "\"\(answer["X-I"] ?? "")\"")
      }
    }
    try await Site.with(routes) { (site, _) async throws in
      #expect(try await site.get("/i", "X-Request-ID: abc")["X-I"]?.utf8.count == 32)
    }
  }

  @Test func `a shown template is what was written`() throws {
    let route = "json: {a: '{{ path.id | upper }}', b: 'x {{query.a}}', c: {$repeat: 2, $give: {d: 1}}, '{{now}}': [1, '{{uuid}}']}"
    let settings = try #require(
      SettingsLoader.load(text: "routes: [{path: '/a/{id}', \(route)}]", fileName: "t.yaml", environment: [:]).settings)
    let options = try #require(settings.routes[0].answer.responder as? CannedJSONOptions)
    #expect(
      options.body.shown == #"{"a":{{path.id | upper}},"b":"x {{query.a}}","c":{"$repeat":2,"$give":{"d":1}},"{{now}}":[1,{{uuid}}]}"#)
  }

  @Test func `a reload tells what changed of a template, and nothing of one that moved`() throws {
    func settings(_ text: String) throws -> Settings {
      try #require(SettingsLoader.load(text: text, fileName: "t.yaml", environment: [:]).settings)
    }
    let old = try settings("routes:\n  - {path: /a, status: '{{query.s}}', delay: '{{query.d}}', json: ['{{uuid}}', '{{counter}}']}\n")
    let moved = try settings(
      "# moved\n\nroutes:\n  - {path: /a, status: '{{query.s}}', delay: '{{query.d}}', json: ['{{uuid}}', '{{counter}}']}\n")
    #expect(SettingsDifference(from: old, to: moved).summary == "no change")
    let new = try settings(
      "random: {seed: 1}\nclock: 2026-01-15T09:30:00Z\nroutes:\n  - {path: /a, status: 201, delay: 1s, json: ['{{now}}', '{{counter}}']}\n")
    #expect(
      SettingsDifference(from: old, to: new).summary
        == "~1: /a delay {{query.d}} → 1s and status {{query.s}} → 201 and body, random.seed none → 1, clock system → 2026-01-15T09:30:00Z")
  }
}
