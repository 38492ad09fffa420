// The query strings of the journal, and what they choose.

import HTTPCore
import Testing

@testable import RouteAdmin

@Suite struct JournalQueryTests {
  private func query(_ text: String) throws -> JournalQuery { try JournalQuery(Array(text.utf8)) }

  private func chosen(_ text: String, _ told: Told) throws -> Bool {
    let filter = try query(text).filter
    return try filter.mayInclude(told.kept) && filter.includes(told.shown())
  }

  @Test(
    arguments: [
      "", "route=home", "method=GET", "method=post,get", "status=404,2xx", "path=/api", "path=/api/users/7", "path=/api/users/%7Bid%7D",
      "path=/api/**", "text=LOCALHOST", "text=page=2", "since=2023-11-14T22:13:19Z&until=2023-11-14T23:13:20%2B01:00", "matched=true",
      "outcome=fetched", "route=&status=",
    ])
  func `filters take what fits`(text: String) throws {
    var told = Told.get("/api/%75sers/7?page=2")
    told.outcome = "fetched"
    #expect(try chosen(text, told))
  }

  @Test(
    arguments: [
      "route=other", "method=POST", "status=201", "status=4xx", "path=/other", "path=/api/users", "path=/api/%7Bid%7D", "text=nowhere",
      "since=2023-11-14T22:13:20Z", "until=2023-11-14T22:13:19Z", "matched=false", "outcome=recorded",
    ])
  func `filters leave out what does not`(text: String) throws {
    let isPrefix = text == "path=/api/users"
    #expect(try chosen(text, .get("/api/users/7?page=2")) == isPrefix)
  }

  @Test func `a request that no route answered is not matched, one that the server answers itself is`() throws {
    #expect(try chosen("matched=false", .get("/", status: 404, route: nil)))
    #expect(try chosen("matched=true", .get("/", status: 204, route: nil)))
    #expect(try chosen("matched=true&status=404", .get("/", status: 404)))
  }

  @Test func `pages and waits`() throws {
    let query = try query("limit=1000&before=7&after=0&wait=500ms")
    #expect(query.limit == 1000 && query.before == 7 && query.after == 0 && query.wait == .milliseconds(500))
    #expect(try self.query("wait=30").wait == .seconds(30))
  }

  @Test(
    arguments: [
      ("rout=a", "\"rout\": there is no such parameter; did you mean \"route\"?"), ("status=4x", "\"status\": expected a status"),
      ("status=99", "\"status\""), ("path=api", "\"path\": a path begins with \"/\""), ("path=/a/%7B", "\"path\""),
      ("since=yesterday", "\"since\": expected a time such as"), ("matched=yes", "\"matched\": expected true or false"),
      ("limit=0", "\"limit\": expected a number from 1 to 1000"), ("limit=1001", "\"limit\""), ("before=-1", "\"before\""),
      ("after=x", "\"after\""), ("wait=61s", "\"wait\": expected seconds such as 30s, at most 60s"), ("wait=1h", "\"wait\""),
      ("limit=1&limit=2", "\"limit\": the parameter is there twice"), ("text=" + String(repeating: "x", count: 1001), "\"text\""),
    ])
  func `errors name the parameter and the way out`(text: String, message: String) {
    let error = #expect(throws: JournalQuery.Invalid.self) { try query(text) }
    #expect(error?.description.hasPrefix(message) == true)
  }
}
