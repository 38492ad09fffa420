import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct NearMissTests {
  static let routes = """
    routes:
      - id: create-order
        path: /api/orders
        method: POST
        when:
          query: {page: {at_most: 10}}
          json: {currency: EUR, items: [{sku: a}]}
        json: {ok: true}
      - {id: list, path: /api/orders, method: GET, text: a}
      - {id: slash, path: /api/things/, text: a}
      - {id: login, path: /login, when: {headers: {Authorization: Bearer t}}, text: a}
    """

  private func answer(_ line: String, _ fields: [String] = [], body: String? = nil, yaml: String = routes, proxy: String? = nil)
    async throws -> Reply
  {
    try await Site.with(yaml, trusting: proxy) { site, _ in try await site.ask(line, fields, body: body) }
  }

  @Test func `the nearest route is told part by part`() async throws {
    let reply = try await answer("POST /api/orders?page=12", body: #"{"currency":"USD","items":[{"sku":"a"}]}"#)
    #expect(reply.status == 404)
    #expect(reply.text.hasPrefix("404 Not Found: no route answers POST /api/orders?page=12\n\nnearest: create-order at "))
    let lines = reply.text.split(separator: "\n")
    #expect(lines[1].hasSuffix("routes.yaml:2:5"))
    #expect(
      lines[2...5].elementsEqual([
        "  ok    path    /api/orders", "  ok    method  POST", "  FAIL  query.page    expected at most 10, found \"12\"",
        "  FAIL  json $.currency    expected \"EUR\", found \"USD\"",
      ]))
    #expect(reply.text.contains("\nthen: list at "))
  }

  @Test func `what is near by path or method is told with a hint`() async throws {
    #expect(
      try await answer("GET /api/things").text.contains("FAIL  path    expected /api/things/, found /api/things; a slash at the end\n"))
    #expect(try await answer("get /api/ordres").text.contains("methods are in upper case"))
  }

  @Test func `a client that accepts JSON has a problem`() async throws {
    let reply = try await answer("GET /login", ["Accept: application/json"])
    #expect(reply.fields.contains { $0.name == "Content-Type" && $0.value == "application/problem+json" })
    #expect(reply.text.contains(#""detail":"no route answers GET /login","nearest":[{"route":"login","at":""#))
    #expect(
      reply.text.contains(#"{"ok":false,"part":"headers.Authorization","detail":"expected \"Bearer t\", found nothing","hint":null}"#))
  }

  @Test(
    arguments: [
      ("unmatched: {explain: off, status: 418}\n", [], 418, false),
      ("unmatched: {explain: all}\n", ["X-Forwarded-For: 192.0.2.1"], 404, true),
      ("", ["X-Forwarded-For: 127.0.0.1"], 404, false), ("", ["Via: 1.1 proxy"], 404, false),
      ("trusted_proxies: [127.0.0.1]\n", ["X-Forwarded-For: 192.0.2.1"], 404, false),
      ("trusted_proxies: [127.0.0.1]\n", ["X-Forwarded-For: 127.0.0.1"], 404, true),
    ])
  func `others have the bare answer`(_ unmatched: String, _ fields: [String], _ status: Int, _ isTold: Bool) async throws {
    let proxy = unmatched.hasPrefix("trusted") ? "127.0.0.1" : nil
    let reply = try await answer("GET /login", fields, yaml: unmatched + Self.routes, proxy: proxy)
    #expect(reply.status == status)
    #expect(reply.text.contains("nearest") == isTold)
  }

  @Test func `the same request is noted once a minute, and many are bounded`() {
    let requests = UnmatchedRequests()
    #expect(requests.isDue("GET /a", now: 100) && !requests.isDue("GET /a", now: 159) && requests.isDue("GET /a", now: 160))
    for index in 0..<UnmatchedRequests.maxCount { _ = requests.isDue("GET /\(index)", now: 160) }
    #expect(!requests.isDue("GET /new", now: 170))
    #expect(requests.isDue("GET /new", now: 300))
  }

  @Test func `credentials stay out of the log`() {
    let line = ConditionFinding(holds: false, label: "headers.Authorization", detail: "expected \"Bearer t\", found \"Bearer x\"")
    let report = NearMissReport(
      sentence: "", misses: [NearMiss(routeIndex: 0, lines: [line], distance: 1)],
      routes: (try? RouteTable(yaml: "routes: [{id: a, path: /a, text: a}]"))?.routes ?? [])
    #expect(report.logLine == "a at routes.yaml:1:10: headers.Authorization is another")
  }
}
