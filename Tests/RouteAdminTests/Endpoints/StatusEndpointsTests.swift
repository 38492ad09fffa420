// The status, and the history of reloads.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText
import Synchronization
import Testing

@testable import RouteAdmin

@Suite struct StatusEndpointsTests {
  private static let yaml = "routes: [{id: a, path: /a, text: a}, {id: b, path: /b, text: b}]"

  private func record(_ generation: Int, _ outcome: ReloadRecord.Outcome = .reloaded, changes: Int = 0) -> ReloadRecord {
    ReloadRecord(
      milliseconds: 1_764_322_200_250, durationMilliseconds: 12, generation: generation, outcome: outcome, summary: "+1 route",
      changes: (0..<changes).map { "route \($0) added" }, diagnostics: [])
  }

  @Test func `it tells of the process, its connections and its requests`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET /a", "GET /a")
      site.process.state.withLock { $0.reloads = [record(5)] }
      let status = try await site.json("/status")
      #expect(status["version"] == .string("1.2.3") && status["pid"] == .integer(7))
      #expect(status["started"] == .string("2025-11-28T09:30:00.250Z"))
      #expect(status["routes"] == .integer(2) && status["generation"] == .integer(5))
      #expect(status["descriptors"] == .object(["open": .integer(20), "limit": .integer(1_008), "reserved": .integer(16)]))
      #expect(status["gate"]?["open"] == .bool(true))
      #expect(status["requests"]?["total"] == .integer(2))
      #expect(status["last_reload"]?["outcome"] == .string("reloaded"))
      #expect(status["access_log"] == .object(["dropped_lines": .integer(4)]))
      if case .number(let bytes)? = status["process"]?["resident_bytes"] { #expect((bytes.integer ?? 0) > 1_000_000) }
      site.process.drain()
      #expect(try await site.json("/status")["ready"] == .bool(false))
    }
  }

  @Test func `the text for the control socket lists the routes that were asked for`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET /b", "GET /nowhere")
      let status = try JSONValue(parsing: StatusReport.text(site.process, site.traffic, nil))
      #expect(status["used_routes"] == .integer(1) && status["unrouted"] == .integer(1))
      #expect(status["hits"]?[0]?["id"] == .string("b") && status["hits"]?[1] == nil)
    }
  }

  @Test func `the series is asked for in seconds`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      for target in ["/series?seconds=0", "/series?seconds=601", "/series?seconds=x"] {
        let refused = try await site.ask(.get, target)
        #expect(refused.status == .badRequest)
      }
    }
  }

  @Test func `reloads are listed with what they changed`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      site.process.state.withLock { $0.reloads = [record(2, .refused), record(2, changes: 150)] }
      let reloads = try await site.json("/reloads")
      #expect(reloads["reloads"]?[0]?["outcome"] == .string("refused"))
      guard case .array(let changes)? = reloads["reloads"]?[1]?["changes"] else {
        Issue.record("no changes")
        return
      }
      #expect(changes.count == ReloadRecord.maxLines && changes.last == .string("and 51 more"))
    }
  }

  @Test func `a reload answers with its outcome, and a drain with 503`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      site.process.state.withLock { $0.reloads = [record(2)] }
      try await expect(.ok, of: site)
      site.process.state.withLock { $0.reloads = [record(2, .refused)] }
      try await expect(.unprocessableContent, of: site)
      site.process.drain()
      try await expect(.serviceUnavailable, of: site)
    }
  }

  private func expect(_ status: HTTPResponse.Status, of site: AdminSite) async throws {
    let answer = try await site.ask(.post, "/reload", [HTTPField.Name("X-Asynchttpd-Admin")!: "1"])
    #expect(answer.status == status)
  }
}
