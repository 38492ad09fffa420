// What is hidden of an exchange, and what stays to be seen.

import HTTPCore
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct JournalRedactionTests {
  @Test func `credentials are hidden, and what tells them apart is not`() throws {
    var told = Told.get(
      "/", "authorization: Bearer abcdefghij", "Cookie: session=1234567890; theme=dark; odd", "X-API-Key: k",
      "Proxy-Authorization: secret")
    told.answerHead = "HTTP/1.1 200 OK\r\nSet-Cookie: session=1234567890; Path=/; HttpOnly\r\nSet-Cookie: b=2\r\n\r\n"
    let shown = try told.shown()
    #expect(shown.request.value("Authorization") == "Bearer [redacted]")
    #expect(shown.request.value("cookie") == "session=[redacted]; theme=[redacted]; [redacted]")
    #expect(shown.request.value("x-api-key") == "[redacted]")
    #expect(shown.request.value("proxy-authorization") == "[redacted]")
    #expect(shown.answer.value("set-cookie") == "session=[redacted]; Path=/; HttpOnly, b=[redacted]")
  }

  @Test func `members of JSON are hidden by path, and so are parameters and form fields of their names`() throws {
    var told = Told.post("/login?password=pw%201&page=2", #"{ "user": {"password": "hunter2"}, "list": [{"pin": 7}, {"pin": 8}] }"#)
    told.answerHead = "HTTP/1.1 303 See Other\r\nLocation: /next?token=x&password=y#top\r\n\r\n"
    let shown = try told.shown(json: ["$.user.password", "$.list[*].pin"])
    #expect(shown.targetText == "/login?password=[redacted]&page=2")
    #expect(shown.request.body.text == #"{"user":{"password":"[redacted]"},"list":[{"pin":"[redacted]"},{"pin":"[redacted]"}]}"#)
    #expect(shown.answer.value("location") == "/next?token=x&password=[redacted]#top")
    let form = Told.post("/", "user=a&p%61ssword=b+c&page=1", type: "application/x-www-form-urlencoded")
    #expect(try form.shown(json: ["$..password"]).request.body.text == "user=a&p%61ssword=[redacted]&page=1")
    let parts = "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--\r\n"
    let multipart = Told.post("/", parts, type: "multipart/form-data; boundary=b")
    #expect(try multipart.shown(json: ["$.password"]).request.body.text == parts.replacing("hunter2", with: "[redacted]"))
  }

  @Test func `a body without what is named stays as it came`() throws {
    let body = "{ \"a\":\t1.0 }"
    #expect(try Told.post("/", body).shown(json: ["$.password"]).request.body.text == body)
    #expect(try Told.post("/", "plain", type: "text/plain").shown(json: ["$.password"]).request.body.text == "plain")
  }

  @Test(arguments: [#"{"password": "hun"#, #"[{"password": 1}"#, "{\"a\":1}\n{\"password\":2}\n", "\u{FEFF}{\"password\":"])
  func `JSON that cannot be read is hidden whole`(body: String) throws {
    var told = Told.post("/", body, type: "text/plain")
    told.receivedBytes = 1_000
    let shown = try told.shown(json: ["$.password"])
    #expect(shown.request.body.text == "[redacted]" && shown.request.bodyIsCut)
    #expect(try told.shown().request.body.text == body)
  }

  @Test func `JSON that a coding hides is hidden whole`() throws {
    let told = Told.post("/", "\u{1F}...", type: "application/json", "Content-Encoding: gzip")
    #expect(try told.shown(json: ["$.password"]).request.body.text == "[redacted]")
  }

  @Test func `a secret is hidden where the exchange repeats it`() throws {
    var told = Told.get("/", "Authorization: Bearer abcdefghij", "Cookie: theme=dark", "X-Copy: <abcdefghij>")
    told.answerBody = "expected \"x\", found \"Bearer abcdefghij\" in dark mode"
    let shown = try told.shown()
    #expect(shown.answer.body.text == "expected \"x\", found \"Bearer [redacted]\" in dark mode")
    #expect(shown.request.value("x-copy") == "<[redacted]>")
    var login = Told.post("/", #"{"password":"correct horse"}"#)
    login.answerBody = "no user has correct horse"
    #expect(try login.shown(json: ["$.password"]).answer.body.text == "no user has [redacted]")
  }

  @Test func `a search does not find what is hidden`() throws {
    let shown = try Told.post("/?password=abc", #"{"password":"Hunter2"}"#, "Cookie: a=Secret").shown(json: ["$.password"])
    for secret in ["abc", "hunter2", "secret"] { #expect(!shown.contains(Array(secret.utf8))) }
    #expect(shown.contains(Array("password".utf8)) && shown.contains(Array("cookie: a=[redacted]".utf8)))
  }

  @Test func `parts of conditions are hidden by their labels`() throws {
    let rules = JournalRedaction(headers: ["Authorization", "cookie"], paths: [try .init("$.user.password"), try .init("$['a b']")])
    for label in ["headers.Authorization", "cookies.a", "query.password", "any_of 2: any_of 1: form.password", "query.a b"] {
      #expect(rules.hides(label))
    }
    for label in ["headers.accept", "query.page", "path", "json $.a", "sequence"] { #expect(!rules.hides(label)) }
  }
}
