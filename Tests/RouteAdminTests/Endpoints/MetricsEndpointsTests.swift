// The metrics as Prometheus reads them, checked by its own tool where it is installed.

import AsyncHTTPServer
import Foundation
import HTTPRoutes
import Testing

@testable import RouteAdmin

@Suite struct MetricsEndpointsTests {
  static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first { FileManager.default.isExecutableFile(atPath: $0) }

  /// What `promtool check metrics` says, empty where all is well.
  private func check(_ metrics: String, with tool: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = ["check", "metrics"]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(metrics.utf8))
    try input.fileHandleForWriting.close()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: said, as: UTF8.self)
  }

  private static let yaml = """
    routes:
      - {path: "/a/{id}", text: hello}
      - {id: broken, path: /broken, status: 503, text: no}
      - {path: /limited, text: a, rate_limit: {requests: 1, within: 1h}}
    """

  @Test func `each series has its labels, and a histogram its buckets`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET /a/1", "GET /a/2", "GET /broken", "GET /limited", "GET /limited", "GET /nowhere")
      let lines = Set(site.metrics().split(separator: "\n").map(String.init))
      for line in [
        "asynchttpd_requests_total{route=\"/a/{id}\",code=\"2xx\",outcome=\"\"} 2",
        "asynchttpd_requests_total{route=\"broken\",code=\"5xx\",outcome=\"\"} 1",
        "asynchttpd_requests_total{route=\"/limited\",code=\"4xx\",outcome=\"limited\"} 1",
        "asynchttpd_requests_total{route=\"\",code=\"4xx\",outcome=\"unmatched\"} 1",
        "asynchttpd_request_duration_seconds_bucket{route=\"/a/{id}\",le=\"+Inf\"} 2",
        "asynchttpd_request_duration_seconds_count{route=\"/a/{id}\"} 2",
        "asynchttpd_response_body_bytes_total{route=\"/a/{id}\"} 10",
        "asynchttpd_routes 3", "asynchttpd_configuration_generation 5", "asynchttpd_reloads_total{outcome=\"refused\"} 2",
        "asynchttpd_dropped_log_lines_total{log=\"access_log\"} 4", "asynchttpd_descriptors_reserved 16", "asynchttpd_gate_open 1",
        "process_open_fds 20", "process_max_fds 1024", "process_start_time_seconds 1764322200.25",
        "asynchttpd_build_info{version=\"1.2.3\"} 1", "# TYPE asynchttpd_request_duration_seconds histogram",
      ] { #expect(lines.contains(line), "\(line)") }
      let buckets = lines.filter { $0.hasPrefix("asynchttpd_request_duration_seconds_bucket{route=\"broken\"") }
      #expect(buckets.count == LatencyBuckets.count)
    }
  }

  @Test(.enabled(if: promtool != nil, "needs promtool of Debian's prometheus"))
  func `promtool finds nothing to say`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      try await site.client("GET /a/1", "GET /broken", "GET /limited", "GET /limited", "GET /nowhere", "GET no-slash")
      let said = try check(site.metrics(), with: try #require(Self.promtool))
      #expect(said == "")
    }
  }

  @Test func `labels and help are escaped`() {
    var text = PrometheusText()
    text.begin("m_total", .counter, "a \\ b \" c\nd")
    text.sample([("route", "a\\b\"c\nd é")], 1)
    text.sample([], 0.25)
    #expect(
      String(decoding: text.octets, as: UTF8.self)
        == "# HELP m_total a \\\\ b \" c\\nd\n# TYPE m_total counter\nm_total{route=\"a\\\\b\\\"c\\nd é\"} 1\nm_total 0.25\n")
  }

  @Test func `beyond a thousand routes durations are counted together, and pieces stay small`() async throws {
    let count = MetricsReport.maxHistograms + 5
    let routes = (0..<count).map { "{id: r\($0), path: /r\($0), text: a}" }.joined(separator: ", ")
    try await AdminSite.with("routes: [\(routes)]") { site in
      try await site.client("GET /r0", "GET /r\(count - 1)", "GET /r\(count - 2)", "GET /nowhere")
      let metrics = site.metrics()
      #expect(metrics.contains("asynchttpd_request_duration_seconds_count{route=\"r0\"} 1\n"))
      #expect(!metrics.contains("asynchttpd_request_duration_seconds_count{route=\"r\(count - 1)\"}"))
      #expect(metrics.contains("asynchttpd_request_duration_seconds_count{route=\"\"} 3\n"))
      #expect(metrics.contains("asynchttpd_requests_total{route=\"r\(count - 1)\",code=\"2xx\",outcome=\"\"} 1\n"))
    }
  }

  @Test func `the samples of a metric stand together, however many pieces they take`() async throws {
    let routes = (0..<400).map { "{id: r\($0), path: /r\($0), text: a}" }.joined(separator: ", ")
    try await AdminSite.with("routes: [\(routes)]") { site in
      for hundred in 0..<4 {
        for route in 0..<100 { try await site.client("GET /r\(hundred * 100 + route)") }
      }
      var report = MetricsReport(site.context)
      var (pieces, metrics): (Int, [UInt8]) = (0, [])
      while let piece = report.next() {
        pieces += 1
        #expect(piece.count < 65_536)
        metrics += piece
      }
      #expect(pieces > 3)
      let text = String(decoding: metrics, as: UTF8.self)
      let names = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
        let name = String(line.prefix { $0 != "{" && $0 != " " })
        let isHistogram = name.hasPrefix("asynchttpd_request_duration_seconds")
        return isHistogram ? "asynchttpd_request_duration_seconds" : name
      }
      var seen: [String] = []
      for name in names where seen.last != name { seen.append(name) }
      #expect(Set(seen).count == seen.count)
      #expect(text.matches(of: /asynchttpd_requests_total\{route="r\d+"/).count == 400)
    }
  }
}
