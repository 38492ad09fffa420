// Exchanges as JSON and in an archive.

import HTTPCore
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct ShownExchangeTests {
  @Test func `the list has an entry in one line`() throws {
    var told = Told.get("/a?b=c")
    told.requestID = "abc"
    told.outcome = "fetched"
    told.answerBody = "hello"
    let text = JSONWriter.text(of: try told.shown().summary)
    #expect(
      text == #"{"id":1,"time":"2023-11-14T22:13:19.998Z","method":"GET","target":"/a?b=c","status":200,"duration_us":1500,"#
        + #""route":"home","outcome":"fetched","client":"127.0.0.1","request_id":"abc","bytes_in":0,"bytes_out":5,"matched":true}"#)
  }

  @Test func `a fault is told by its name`() throws {
    var told = Told.get("/")
    told.outcome = "fault reset"
    let summary = try told.shown().summary
    #expect(summary["outcome"] == .string("fault") && summary["fault"] == .string("reset"))
    #expect(try Told.get("/").shown().summary["fault"] == nil)
  }

  @Test func `one entry has both sides`() throws {
    var told = Told.post("/", "{}", "X-A: 1", "x-a: \u{E9}")
    told.answerBody = "ok"
    told.sentBytes = 10
    let detail = try told.shown().detail([("near_misses", .array([]))])
    let request = try #require(detail["request"])
    #expect(request["version"] == .string("HTTP/1.1") && request["body"] == .string("{}") && request["body_cut"] == .bool(false))
    #expect(request["headers"]?[3] == .array([.string("X-A"), .string("1")]))
    #expect(request["headers"]?[4] == .array([.string("x-a"), .string("\u{E9}")]))
    #expect(detail["answer"]?["body"] == .string("ok") && detail["answer"]?["body_cut"] == .bool(true))
    #expect(detail["near_misses"] == .array([]))
  }

  @Test func `a body that is not text is in Base64, and a cut may fall within a character`() {
    var message = ShownExchange.Message()
    message.body = [0xFF, 0x00]
    #expect(message.shownBody.text == nil && message.shownBody.base64 == "/wA=")
    message.body = Array("é".utf8.prefix(1))
    #expect(message.shownBody.text == nil)
    message.body = Array("aé".utf8.prefix(2))
    message.bodyIsCut = true
    #expect(message.shownBody.text == "a" && message.shownBody.base64 == nil)
    message.body = []
    #expect(message.shownBody.text == nil && message.shownBody.base64 == nil)
  }

  @Test func `octets that are no request are an entry too`() throws {
    var told = Told(head: "GET  / HTTP/1.1", answerHead: "", status: 400, route: nil)
    told.isMalformed = true
    let summary = try told.shown().summary
    #expect(summary["malformed"] == .bool(true) && summary["matched"] == .bool(false) && summary["method"] == .string("GET"))
    #expect(try told.shown().reason == "Bad Request")
    told.head = "\u{16}\u{3}"
    #expect(try told.shown().summary["target"] == .string(""))
  }

  @Test func `an archive's entry has what HAR 1.2 asks for`() throws {
    var told = Told.post("/a?b=c%20d", "x=1", type: "application/x-www-form-urlencoded", "Cookie: s=1; t=2")
    told.answerHead = "HTTP/1.1 302 Found\r\nLocation: /b\r\nSet-Cookie: s=1; Path=/\r\n\r\n"
    told.status = 302
    let entry = HAREntry.value(of: try told.shown())
    #expect(entry["time"] == .number(try #require(JSONNumber("1.500"))))
    let request = try #require(entry["request"])
    #expect(request["url"] == .string("http://localhost/a?b=c%20d"))
    #expect(request["queryString"] == .array([.object(["name": .string("b"), "value": .string("c d")])]))
    #expect(request["cookies"]?[1] == .object(["name": .string("t"), "value": .string("[redacted]")]))
    #expect(request["postData"]?["text"] == .string("x=1"))
    let response = try #require(entry["response"])
    #expect(response["redirectURL"] == .string("/b") && response["statusText"] == .string("Found"))
    #expect(response["cookies"] == .array([.object(["name": .string("s"), "value": .string("[redacted]")])]))
    for name in ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"] {
      #expect(request[name] != nil)
    }
    for name in ["status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"] {
      #expect(response[name] != nil)
    }
    #expect(entry["cache"] == .object([:]) && entry["timings"]?["wait"] != nil)
  }
}
