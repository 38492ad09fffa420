import Foundation
import Testing

extension BlackBox {
  /// Debian's Prometheus scrapes a running daemon.
  @Suite(.enabled(if: Requirement.path(of: "prometheus") != nil && Requirement.curl, "needs prometheus and curl"))
  struct PrometheusTests {
    @Test func `a scrape finds the counts of the routes`() throws {
      let directory = try TemporaryDirectory()
      let (port, adminPort, own) = (try freePort(), try freePort(), try freePort())
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        admin: 127.0.0.1:\(adminPort)
        routes:
          - {path: "/a/{id}", text: hello}
        """, in: directory)
      for number in 0..<5 { #expect(try Curl.get("http://127.0.0.1:\(port)/a/\(number)").status == 200) }
      let configuration = try directory.write(
        """
        global: {scrape_interval: 1s}
        scrape_configs:
          - job_name: asynchttpd
            static_configs: [{targets: ["127.0.0.1:\(adminPort)"]}]
        """, to: "prometheus.yml")
      let prometheus = try ChildProcess([
        try #require(Requirement.path(of: "prometheus")), "--config.file=\(configuration)", "--storage.tsdb.path=\(directory.file("data"))",
        "--web.listen-address=127.0.0.1:\(own)",
      ])
      let query = "http://127.0.0.1:\(own)/api/v1/query"
      var answer = ""
      let isThere = eventually {
        answer = (try? Curl.get(query, "--get", "--data-urlencode", "query=asynchttpd_requests_total{route=\"/a/{id}\"}").text) ?? ""
        return answer.contains("\"code\":\"2xx\"")
      }
      #expect(isThere && answer.contains(",\"5\"]"), "\(answer)\n\(prometheus.standardError.suffix(2_000))")
      let up = try Curl.get(query, "--get", "--data-urlencode", "query=up").text
      #expect(up.contains(",\"1\"]"), "\(up)")
      prometheus.signal(SIGKILL)
      try prometheus.waitForExit()
      #expect(try daemon.stop() == .code(0))
    }
  }
}
