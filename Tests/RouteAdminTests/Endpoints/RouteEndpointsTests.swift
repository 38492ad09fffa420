// The routes with their counts, and the lines that they are written in.

import AsyncHTTPServer
import Foundation
import HTTPRoutes
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct RouteEndpointsTests {
  private static let yaml = """
    routes:
      - {id: plain, path: /plain, text: hello}
      - path: /api/users/{id}
        methods: [GET, PUT]
        when: {query: {q: "1"}}
        json: {a: 1}
      - {id: stored, path: /stored/**, proxy_to_file: /usr/share}
    """

  @Test func `a route says where it stands and what came of it`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET /plain", "GET /plain", "GET /api/users/7?q=1")
      let routes = try site.routes()
      #expect(routes.map { $0["id"] } == [.string("plain"), .string("GET,PUT /api/users/{id}"), .string("stored")])
      #expect(routes.map { $0["hits"] } == [.integer(2), .integer(1), .integer(0)])
      #expect(routes.map { $0["kind"] } == [.string("text"), .string("json"), .string("proxy_to_file")])
      #expect(routes[1]["methods"] == .strings(["GET", "PUT"]))
      #expect(routes[0]["status"] == .object(["2xx": .integer(2)]))
      #expect(routes[0]["bytes_sent"] == .integer(10))
      #expect(routes[0]["line"] == .integer(2))
      #expect(routes[2]["last_used"] == .null)
      #expect(routes[0]["yaml"] == .null)
    }
  }

  @Test(arguments: [
    "/routes/GET%2CPUT%20%2Fapi%2Fusers%2F%7Bid%7D", "/routes/GET,PUT%20/api/users/%7Bid%7D",
  ])
  func `a route is found by its id, slashes escaped or not`(target: String) async throws {
    try await AdminSite.with(Self.yaml) { site in
      let route = try await site.json(target)
      #expect(route["path"] == .string("/api/users/{id}"))
      #expect(route["when"] == .strings(["query.q"]))
      #expect(try await site.json("/routes/stored")["recordings"] == .strings(["/usr/share"]))
      #expect(try await site.ask(.get, "/routes/none").status == .notFound)
    }
  }

  @Test func `an id that is a path is found without its first slash`() async throws {
    try await AdminSite.with("routes: [{path: /plain, text: a}]") { site in
      for target in ["/routes/%2Fplain", "/routes//plain", "/routes/plain"] {
        let route = try await site.json(target)
        #expect(route["id"] == .string("/plain"))
      }
    }
  }
}
