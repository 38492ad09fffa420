import Foundation
import Testing

extension BlackBox {
  /// The journal of a running daemon, asked with curl.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct JournalTests {
    let directory: TemporaryDirectory
    let (port, adminPort): (Int, Int)

    init() throws {
      directory = try TemporaryDirectory()
      (port, adminPort) = (try freePort(), try freePort())
    }

    private func yaml(journal: String = "{entries: 100, redact: {json: [$.password]}}", last: String = "") -> String {
      """
      listen: [127.0.0.1:\(port)]
      workers: 2
      admin: {listen: 127.0.0.1:\(adminPort), journal: \(journal)}
      routes:
        - {id: login, path: /login, method: POST, text: welcome}
        - id: orders
          path: /orders
          when:
            query: {page: {at_most: 10}}   # no more
          text: a list
      \(last)
      """
    }

    private func ask(_ path: String, _ options: String...) throws -> [String: Any] {
      let answer = try Curl.get("http://127.0.0.1:\(adminPort)\(path)", options: options)
      return try JSONSerialization.jsonObject(with: answer.body) as? [String: Any] ?? [:]
    }

    private func get(_ path: String, _ options: String...) throws {
      _ = try Curl.get("http://127.0.0.1:\(port)\(path)", options: options)
    }

    @Test func `requests are there at once, without what is hidden, and outlast a reload`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory)
      try get(
        "/login", "--header", "Content-Type: application/json", "--data", #"{"user": "a", "password": "hunter22"}"#, "--user", "a:b")
      try get("/orders?page=12")
      var list = try ask("/requests")
      let entries = try #require(list["entries"] as? [[String: Any]])
      #expect(entries.map { $0["route"] as? String } == [nil, "login"] && entries.map { $0["status"] as? Int } == [404, 200])
      let detail = try Curl.get("http://127.0.0.1:\(adminPort)/requests/1").text
      #expect(
        detail.contains(#""{\"user\":\"a\",\"password\":\"[redacted]\"}""#) && detail.contains(#"["Authorization","Basic [redacted]"]"#))
      #expect(!detail.contains("hunter22") && detail.contains(#""body":"welcome""#))
      let miss = try #require((try ask("/requests/2")["near_misses"] as? [[String: Any]])?.first)
      #expect(miss["route"] as? String == "orders" && (miss["file"] as? String)?.hasSuffix(".yaml") == true)
      #expect(
        miss["yaml"] as? String
          == "- id: orders\n  path: /orders\n  when:\n    query: {page: {at_most: 10}}   # no more\n  text: a list\n")
      // Other routes, and the same journal.
      try daemon.rewrite(yaml(last: "  - {id: rest, path: /**, text: rest}"))
      _ = try daemon.reload()
      list = try ask("/requests")
      #expect((list["entries"] as? [Any])?.count == 2)
      #expect(try ask("/requests/2")["answered_now_by"] as? String == "rest")
      // Other bounds, and a new one; then none.
      try daemon.rewrite(yaml(journal: "{entries: 5}"))
      _ = try daemon.reload()
      for _ in 0..<7 { try get("/orders") }
      list = try ask("/requests")
      #expect((list["entries"] as? [Any])?.count == 5 && list["lost"] as? Int == 2)
      try daemon.rewrite(yaml(journal: "off"))
      _ = try daemon.reload()
      #expect((try ask("/requests")["detail"] as? String)?.contains("the journal is off") == true)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a verification is asked as a test does`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory)
      for page in 1...3 { try get("/orders?page=\(page)") }
      let header = ["--header", "X-Asynchttpd-Admin: 1"]
      func verify(_ question: String) throws -> [String: Any] {
        let answer = try Curl.get("http://127.0.0.1:\(adminPort)/verify", options: header + ["--data", question])
        return try JSONSerialization.jsonObject(with: answer.body) as? [String: Any] ?? [:]
      }
      #expect(try verify(#"{"path": "/orders", "method": "GET", "times": 3}"#)["verified"] as? Bool == true)
      let refuted = try verify(#"{"path": "/orders", "when": {"query": {"page": "7"}}}"#)
      #expect(refuted["verified"] as? Bool == false && (refuted["nearest"] as? [Any])?.count == 3)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `an event stream follows, and ends in order with the daemon`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory)
      let client = try RawClient(port: adminPort)
      try client.send("GET /requests HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
      #expect(try client.receive(until: "the journal\n\n").contains("text/event-stream"))
      try get("/orders")
      #expect(try client.receive(until: "\n\n").contains("\"target\":\"/orders\""))
      #expect(try daemon.stop() == .code(0))
    }
  }
}
