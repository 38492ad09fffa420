// What is counted of requests that a server answers.

import AsyncHTTPServer
import HTTPRoutes
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct TrafficMetricsTests {
  private static let yaml = """
    routes:
      - {id: hello, path: /hello, text: hello}
      - {id: broken, path: /broken, status: 503, text: no}
      - {id: unused, path: /unused, text: a}
      - {id: faulty, path: /faulty, text: a, faults: [{rate: 100%, fault: reset}]}
    """

  @Test func `requests are counted by route, status class and outcome`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET /hello", "GET /hello", "HEAD /hello", "GET /broken", "GET /nowhere", "DELETE /nowhere")
      let snapshot = site.traffic.snapshot
      let table = site.process.serving.table
      let totals = table.routes.map { snapshot.totals(of: $0.name) }
      #expect(totals.map(\.requests) == [3, 1, 0, 0])
      #expect(totals.map(\.errors) == [0, 1, 0, 0])
      #expect(totals[0].count(statusClass: 2) == 3 && totals[1].count(statusClass: 5) == 1)
      #expect(totals[0].sentBytes == 10)
      #expect(totals[0].latency.total == 3)
      #expect(totals[0].lastUse > 0 && totals[2].lastUse == 0)
      #expect(snapshot.unrouted.requests == 2 && snapshot.unrouted.count(.unmatched) == 2)
      #expect(snapshot.all.requests == 6)
    }
  }

  @Test func `an answer that a fault took the place of has no status and counts as an error`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      _ = try? await site.client("GET /faulty")
      let faulty = try #require(site.process.serving.table.routes.first { $0.settings.id == "faulty" })
      let totals = site.traffic.snapshot.totals(of: faulty.name)
      #expect(totals.requests == 1 && totals.errors == 1 && totals.count(.fault) == 1)
    }
  }

  @Test func `a table that replaces another goes on counting, and a slot that is used again begins at zero`() async throws {
    try await AdminSite.with("routes: [{id: a, path: /a, text: a}, {id: b, path: /b, text: b}]") { site in
      try await site.client("GET /a", "GET /b", "GET /b")
      let first = site.process.serving.table
      let settings = SettingsLoader.load(
        text: "routes: [{id: b, path: /b, text: c}, {id: new, path: /new, text: a}]", fileName: "a.yaml", environment: [:]
      ).settings
      let second = RouteTable(settings: try #require(settings), replacing: first)
      await site.process.server.replaceHandler(second)
      try await site.client("GET /b", "GET /new")
      let snapshot = site.traffic.snapshot
      #expect(second.routes.map { snapshot.totals(of: $0.name).requests } == [3, 1])
      #expect(snapshot.all.requests == 5)
    }
  }

  @Test func `every worker counts for itself, and all are added`() async throws {
    try await AdminSite.with(Self.yaml, workers: 2) { site in
      for _ in 0..<10 { try await site.client("GET /hello") }
      let hello = site.process.serving.table.routes[0]
      #expect(site.traffic.snapshot.totals(of: hello.name).requests == 10)
      #expect(site.traffic.snapshot.workers.count == 2)
    }
  }

  @Test func `octets that are no request are counted without a route`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET no-slash")
      #expect(site.traffic.snapshot.unrouted.count(statusClass: 4) == 1)
    }
  }
}
