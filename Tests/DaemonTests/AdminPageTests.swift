// The page of the admin listener in a real browser, wide and narrow, light and dark: alone, and behind nginx under a
// path of its own.

import Foundation
import Testing

extension BlackBox {
  @Suite(
    .enabled(
      if: Requirement.curl && Requirement.path(of: "chromedriver") != nil && Requirement.hasSelenium,
      "needs curl, and chromium-driver and python3-selenium, which are not installed by `make test`"))
  struct AdminPageTests {
    /// What the browser shows, once for each width and colour scheme.
    private struct Sight: Decodable {
      let width: Int
      let overflow: Int
      let requests: [[String]]
      let nearMiss: [String]
      let itsLines: String
      let routes: String
      let unused: [String]
      let message: String
      let plots: [String]
      let console: [String]

      enum CodingKeys: String, CodingKey {
        case width, overflow, requests, routes, unused, message, plots, console
        case nearMiss = "near miss"
        case itsLines = "its lines"
      }
    }

    private func look(behind location: String?) throws -> [Sight] {
      let directory = try TemporaryDirectory()
      let (port, admin) = (try freePort(), try freePort())
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        admin: {listen: 127.0.0.1:\(admin)}
        routes:
          - {id: users, path: /users, method: GET, json: [{name: Ada}]}
          - {id: orders, path: /orders, method: POST, when: {query: {page: {at_most: 10}}}, status: 201, json: {ok: true}}
          - {id: spare, path: /spare, text: nothing asks for this}
        """, in: directory)
      _ = try Curl.get("http://127.0.0.1:\(port)/users")
      _ = try Curl.get("http://127.0.0.1:\(port)/orders?page=12", "-X", "POST")
      let front = try location.map {
        try Nginx(http: "server { listen {port}; location \($0) { proxy_pass http://127.0.0.1:\(admin)/; } }")
      }
      let url = front.map { "http://127.0.0.1:\($0.port)\(location ?? "")" } ?? "http://127.0.0.1:\(admin)/"
      let program = "\(repository)/Tests/DaemonTests/Programs/look-at-admin-page.py"
      let (exit, output, error) = try run([Requirement.systemPython, program, url], within: 10 * patience)
      guard exit == .code(0) else { throw HarnessError("look-at-admin-page: \(exit) \(error)") }
      try daemon.stop()
      return try JSONDecoder().decode([Sight].self, from: Data(output.utf8))
    }

    private func check(_ sights: [Sight]) {
      #expect(sights.count == 4)
      for sight in sights {
        #expect(sight.overflow == 0, "nothing is wider than \(sight.width) pixels")
        #expect(sight.requests.count == 2)
        #expect(sight.requests.contains { $0.contains("/users") && $0.contains("200") })
        #expect(sight.requests.contains { $0.contains("404") })
        #expect(sight.nearMiss.contains { $0.hasPrefix("✗ query.page expected at most 10, found") }, "\(sight.nearMiss)")
        #expect(sight.itsLines.contains("id: orders"))
        #expect(sight.routes == "3 of 3 routes, 2 never used")
        #expect(sight.unused == ["orders", "spare"])
        // What a screen reader says of each plot.
        let plots = ["Requests per second", "Latency", "Descriptors", "Connections"]
        #expect(
          sight.plots.count == plots.count && zip(sight.plots, plots).allSatisfy { $0.hasPrefix("\($1), the last ") }, "\(sight.plots)")
        #expect(sight.message.isEmpty && sight.console.isEmpty, "\(sight.message) \(sight.console)")
      }
    }

    @Test func `the page shows requests, near misses, routes and plots`() throws { check(try look(behind: nil)) }

    @Test(.enabled(if: Requirement.nginx, "needs nginx"))
    func `behind nginx the page may be anywhere`() throws { check(try look(behind: "/ops/asynchttpd/")) }
  }
}

extension Requirement {
  /// Debian's own, which has Debian's modules.
  fileprivate static let systemPython = "/usr/bin/python3"

  fileprivate static let hasSelenium = (try? run([systemPython, "-c", "import selenium"]))?.exit == .code(0)
}
