// Counting and verifying, in the language of routes.

import HTTPCore
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct CountEndpointsTests {
  private static let orders: [Told] = [
    .post("/api/orders?page=1", #"{"currency":"EUR","items":[{"sku":"a"}]}"#, "X-Test: yes"),
    .post("/api/orders", #"{"currency":"USD","items":[]}"#), .get("/api/orders/7"), .get("/"),
  ]

  private func count(_ body: String, _ told: [Told] = orders) async throws -> String {
    try await JournalSite.with(told) { site in try await site.ask("POST /requests/count", body: body).text }
  }

  @Test(
    arguments: [
      ("{}", 4), ("", 4), (#"{"method":"POST"}"#, 2), (#"{"methods":["POST","GET"]}"#, 4), (#"{"path":"/api/**"}"#, 3),
      (#"{"path":"/api/orders/{id}","when":{"path":{"id":"7"}}}"#, 1), (#"{"when":{"json":{"currency":"EUR"}}}"#, 1),
      (#"{"when":{"query":{"page":{"at_most":10}},"headers":{"x-test":"yes"}}}"#, 1),
      (#"{"when":{"jsonpath":{"$.items[*].sku":"a"}}}"#, 1), (#"{"when":{"not":{"headers":{"x-test":"yes"}}},"method":"POST"}"#, 1),
      (#"{"when":{"client":"10.0.0.0/8"}}"#, 0), ("path: /api/**\nmethod: GET\n", 1), (#"{"path":"/nowhere"}"#, 0),
    ])
  func `a question is asked in the language of routes`(body: String, expected: Int) async throws {
    #expect(try await count(body) == "{\"count\":\(expected),\"lost\":0}\n")
  }

  @Test func `characters beyond the first plane may be escaped as JSON escapes them`() async throws {
    let told = Told.post("/", "{\"a\":\"\u{1F600}\"}")
    #expect(try await count(#"{"when":{"json":{"a":"\ud83d\ude00"}}}"#, [told]).hasPrefix("{\"count\":1,"))
    #expect(try await count(#"{"when":{"json":{"a":"\\ud83d\\ude00"}}}"#, [told]).hasPrefix("{\"count\":0,"))
  }

  @Test(
    arguments: [
      (#"{"path":"api"}"#, 1, "path"), ("{\"path\":\"/a\",\n \"methdo\":\"GET\"}", 2, "did you mean \"method\""),
      (#"{"when":{"query":{}}}"#, 1, "names and their tests"), (#"{"times":1}"#, 1, "unknown key \"times\""), ("[1]", 1, "a mapping"),
      ("{\"a\"", 1, ""), (#"{"when":{"path":{"id":"7"}}}"#, 1, "id"), (#"{"when":{"state":{"a":1}}}"#, 1, "state"),
      (#"{"method":"get"}"#, 1, "did you mean \"GET\""),
    ])
  func `what is wrong is told with its place`(body: String, line: Int, message: String) async throws {
    try await JournalSite.with(Self.orders) { site in
      let reply = try await site.ask("POST /requests/count", body: body)
      #expect(reply.status == 400 && reply.head.contains("application/problem+json"))
      let error = try #require(try reply.json["errors"]?[0])
      #expect(error["line"] == .number(JSONNumber(line)) && error["column"] != nil)
      guard case .string(let text)? = error["message"] else { return #expect(Bool(false)) }
      #expect(text.contains(message), "\(text)")
    }
  }

  @Test(
    arguments: [
      (#"{"method":"POST"}"#, true), (#"{"method":"POST","times":2}"#, true), (#"{"method":"POST","times":1}"#, false),
      (#"{"method":"POST","times":{"at_least":1,"at_most":3}}"#, true), (#"{"method":"PUT","times":0}"#, true),
      (#"{"method":"PUT"}"#, false), (#"{"method":"PUT","times":{"at_most":1}}"#, true), (#"{"times":{"at_least":5}}"#, false),
    ])
  func `a verification says whether as many fit`(body: String, isVerified: Bool) async throws {
    try await JournalSite.with(Self.orders) { site in
      let reply = try await site.ask("POST /verify", body: body)
      #expect(reply.status == (isVerified ? 200 : 422))
      #expect(try reply.json["verified"] == .bool(isVerified))
    }
  }

  @Test(arguments: [#"{"times":-1}"#, #"{"times":{}}"#, #"{"times":{"at_least":2,"at_most":1}}"#, #"{"times":"often"}"#])
  func `a number that cannot be is a problem`(body: String) async throws {
    #expect(try await JournalSite.with { try await $0.ask("POST /verify", body: body).status } == 400)
  }

  @Test func `where too few fit, the nearest are told with what differs`() async throws {
    try await JournalSite.with(Self.orders) { site in
      let body = #"{"path":"/api/orders","method":"POST","when":{"json":{"currency":"EUR","items":[{"sku":"b"}]}}}"#
      let reply = try await site.ask("POST /verify", body: body)
      #expect(reply.status == 422)
      let json = try reply.json
      #expect(json["count"] == .number(JSONNumber(0)) && json["expected"] == .string("at least 1") && json["fitting"] == .array([]))
      guard case .array(let nearest)? = json["nearest"] else { return #expect(Bool(false)) }
      #expect(nearest.map { $0["id"] } == [1, 2, 3].map { .number(JSONNumber($0)) })
      #expect(
        nearest[0]["parts"]?[2]
          == .object([
            "ok": .bool(false), "name": .string("json $.items[0].sku"), "expected": .string("\"b\""), "found": .string("\"a\""),
          ]))
      #expect(nearest[2]["parts"]?[0]?["ok"] == .bool(false))
    }
  }

  @Test func `where too many fit, they are told`() async throws {
    try await JournalSite.with(Self.orders) { site in
      let json = try await site.ask("POST /verify", body: #"{"path":"/api/**","times":{"at_most":1}}"#).json
      #expect(json["count"] == .number(JSONNumber(3)) && json["expected"] == .string("at most 1") && json["nearest"] == .array([]))
      #expect(json["fitting"]?[0]?["id"] == .number(JSONNumber(3)))
    }
  }

  @Test func `what is hidden cannot be asked for`() async throws {
    let told = Told.get("/", "Authorization: Bearer abc")
    try await JournalSite.with([told]) { site in
      let guess = #"{"when":{"headers":{"authorization":"Bearer abc"}}}"#
      let guessed = try await site.ask("POST /requests/count", body: guess)
      #expect(guessed.text.hasPrefix(#"{"count":0"#))
      let present = #"{"when":{"headers":{"authorization":{"present":true}}}}"#
      #expect(try await site.ask("POST /requests/count", body: present).text.hasPrefix(#"{"count":1"#))
    }
  }

  @Test func `a body that is too long is refused`() async throws {
    try await JournalSite.with { site in
      let body = "{\"path\":\"/" + String(repeating: "x", count: 70_000) + "\"}"
      let reply = try await site.ask("POST /verify", body: body)
      #expect(reply.status == 413)
    }
  }
}
