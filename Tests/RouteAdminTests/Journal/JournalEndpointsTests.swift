// The journal as an operator asks it, over a socket.

import HTTPCore
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct JournalEndpointsTests {
  private static let five: [Told] = [
    .get("/1"), .get("/2", status: 404, route: nil), .get("/3"), .post("/4", #"{"a":1}"#), .get("/5"),
  ]

  @Test func `the list is newest first, and pages by id`() async throws {
    try await JournalSite.with(Self.five) { site in
      let all = try await site.ask("GET /requests")
      #expect(all.status == 200 && all.head.contains("Content-Type: application/json"))
      #expect(try all.ids == [5, 4, 3, 2, 1] && all.json["lost"] == .number(JSONNumber(0)))
      #expect(try await site.ask("GET /requests?limit=2").ids == [5, 4])
      #expect(try await site.ask("GET /requests?limit=2&before=4").ids == [3, 2])
      #expect(try await site.ask("GET /requests?limit=2&after=1").ids == [3, 2])
      #expect(try await site.ask("GET /requests?after=5").ids == [])
      #expect(try await site.ask("GET /requests?before=9999999999999&after=9223372036854775807").ids == [])
      #expect(try await site.ask("GET /requests?status=4xx").ids == [2])
      #expect(try await site.ask("GET /requests?text=%22A%22:1").ids == [4])
    }
  }

  @Test func `an answer that lost entries says so`() async throws {
    try await JournalSite.with(Self.five, entries: 2) { site in
      let all = try await site.ask("GET /requests")
      #expect(try all.ids == [5, 4] && all.json["lost"] == .number(JSONNumber(3)))
      #expect(try await site.ask("GET /requests?after=2").json["lost"] == .number(JSONNumber(1)))
      #expect(try await site.ask("GET /requests/count?route=home").text == #"{"count":2,"lost":3}"# + "\n")
      #expect(try await site.ask("GET /requests/1").status == 404)
      #expect(site.journal.figures.lost == 3)
    }
  }

  @Test func `NDJSON has one entry on each line`() async throws {
    try await JournalSite.with(Self.five, entries: 4) { site in
      let reply = try await site.ask("GET /requests?limit=3", ["Accept: application/x-ndjson"])
      #expect(reply.head.contains("Content-Type: application/x-ndjson") && reply.head.contains("Journal-Lost: 1"))
      let lines = reply.text.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(try JSONValue(parsing: String(lines[0]))["target"] == .string("/5"))
    }
  }

  @Test func `one entry has both sides`() async throws {
    try await JournalSite.with(Self.five) { site in
      let entry = try await site.ask("GET /requests/4").json
      #expect(entry["id"] == .number(JSONNumber(4)) && entry["request"]?["body"] == .string(#"{"a":1}"#))
      #expect(entry["near_misses"] == .array([]))
      for id in ["6", "0", "x", "-1", "99999999999999999999"] {
        let reply = try await site.ask("GET /requests/\(id)")
        #expect(reply.status == 404 && reply.head.contains("application/problem+json"))
      }
    }
  }

  @Test func `where nothing fitted, the routes that came near are there, without what is hidden`() async throws {
    var told = Told.get("/api/orders/7", status: 404, route: nil)
    told.head =
      "PUT /api/orders/7 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer expected\r\nAccept: text/html\r\nContent-Type: application/json\r\n"
      + "Content-Length: 18\r\n\r\n"
    told.body = #"{"currency":"USD"}"#
    try await JournalSite.with([told, .get("/", status: 404, route: nil)]) { site in
      let entry = try await site.ask("GET /requests/1")
      let miss = try #require(try entry.json["near_misses"]?[0])
      #expect(miss["route"] == .string("order") && miss["line"] == .number(JSONNumber(2)) && miss["column"] == .number(JSONNumber(5)))
      guard case .array(let parts)? = miss["parts"] else { return #expect(Bool(false)) }
      let told = parts.map { part in
        ["ok", "name", "expected", "found"].map { part[$0].map { JSONWriter.text(of: $0) } ?? "" }.joined(separator: " ")
      }
      #expect(
        told == [
          #"true "path" null "/api/orders/7""#, #"true "method" null "PUT""#,
          #"true "headers.Authorization" "\"Bearer expected\"" "[redacted]""#,
          #"false "headers.Accept" "\"text/plain\"" "\"text/html\"""#,
          #"false "json $.currency" "\"EUR\"" "\"USD\"""#,
        ])
      // The table may be another by now.
      #expect(try await site.ask("GET /requests/2").json["answered_now_by"] == .string("home"))
    }
  }

  @Test func `unmatched requests are grouped`() async throws {
    let missing = Told.get("/missing?a=1", status: 404, route: nil)
    try await JournalSite.with([missing, .get("/"), .get("/missing", status: 404, route: nil), .get("/api/order", status: 404, route: nil)])
    {
      site in
      guard case .array(let groups)? = try await site.ask("GET /unmatched").json["unmatched"] else { return #expect(Bool(false)) }
      #expect(groups.map { $0["path"] } == [.string("/missing"), .string("/api/order")])
      #expect(groups.map { $0["count"] } == [.number(JSONNumber(2)), .number(JSONNumber(1))])
      #expect(groups[0]["last_id"] == .number(JSONNumber(3)) && groups[0]["last"] == .string("2023-11-14T22:13:19.998Z"))
      #expect(groups[1]["nearest"]?["route"] == .string("order"))
    }
  }

  @Test func `deleting forgets, and ids go on`() async throws {
    try await JournalSite.with(Self.five) { site in
      let deletion = try await site.ask("DELETE /requests")
      #expect(deletion.text == "{\"deleted\":5}\n")
      #expect(try await site.ask("GET /requests").text == #"{"entries":[],"lost":0}"# + "\n")
      site.add(.get("/6"))
      #expect(try await site.ask("GET /requests").ids == [6])
      #expect(try await site.ask("GET /requests/5").text.contains("was deleted"))
    }
  }

  @Test func `a parameter that is not understood is a problem`() async throws {
    try await JournalSite.with { site in
      for target in ["/requests?rout=a", "/requests/count?limit=1", "/requests.har?after=1", "/unmatched?status=404"] {
        let reply = try await site.ask("GET \(target)")
        #expect(reply.status == 400 && reply.head.contains("application/problem+json"))
        #expect(try reply.json["detail"] != nil)
      }
    }
  }

  @Test func `where the journal is off, its endpoints say so`() async throws {
    try await JournalSite.with(isOff: true) { site in
      for line in ["GET /requests", "GET /requests/1", "GET /requests/count", "POST /verify", "GET /unmatched", "GET /requests.har"] {
        let reply = try await site.ask(line, body: line.hasPrefix("POST") ? "{}" : nil)
        #expect(reply.status == 404 && reply.text.contains("the journal is off"))
      }
    }
  }

  @Test func `the archive is HAR 1.2, oldest first`() async throws {
    try await JournalSite.with(Self.five, entries: 4) { site in
      let reply = try await site.ask("GET /requests.har")
      #expect(reply.head.contains("Content-Disposition: attachment; filename=\"requests.har\""))
      let log = try #require(try reply.json["log"])
      #expect(log["version"] == .string("1.2") && log["creator"]?["name"] == .string("asynchttpd"))
      #expect(log["_lost"] == .number(JSONNumber(1)))
      guard case .array(let entries)? = log["entries"] else { return #expect(Bool(false)) }
      #expect(entries.map { $0["_id"] } == [2, 3, 4, 5].map { .number(JSONNumber($0)) })
      #expect(try await site.ask("GET /requests.har?status=500").json["log"]?["entries"] == .array([]))
    }
  }
}
