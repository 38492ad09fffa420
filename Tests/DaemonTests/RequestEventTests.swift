// The log's event for each request, which a reload switches on and off.

import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct RequestEventTests {
    @Test func `a reload to the level debug has an event for each request, and one away from it has no more`() throws {
      let directory = try TemporaryDirectory()
      let port = try freePort()
      func site(_ level: String) -> String {
        """
        listen: [127.0.0.1:\(port)]
        log: {level: \(level)}
        routes:
          - {path: /greeting, id: greeting, text: hello}
        """
      }
      let daemon = try DaemonProcess(site("info"), in: directory)
      func get(_ target: String) throws { _ = try Curl.get("http://127.0.0.1:\(port)\(target)") }
      try get("/greeting?info")
      try daemon.rewrite(site("debug"))
      try daemon.reload()
      try get("/greeting?debug")
      try daemon.rewrite(site("notice"))
      try daemon.reload()
      try get("/greeting?notice")
      #expect(try daemon.stop() == .code(0))
      let events = daemon.process.standardError.split(separator: "\n").filter { $0.contains("request answered") }
      try #require(events.count == 1, "\(events)")
      let fields = [
        "target=/greeting?debug", "method=GET", "status=200", "route=greeting", "duration_us=", "client=127.0.0.1", "request_id=",
      ]
      for field in fields {
        #expect(events[0].contains(field), "\(field)")
      }
    }
  }
}
