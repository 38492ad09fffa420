import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl && Requirement.nginx, "needs curl and nginx")) struct AccessLogTests {
    /// What the daemon logged for one request with a given client address in front of nginx.
    func logged(format: String, trusted: String) throws -> String {
      let directory = try TemporaryDirectory()
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        trusted_proxies: [\(trusted)]
        access_log: {path: access.log, format: \(format)}
        routes:
          - {path: /**, text: hello}
        """, in: directory)
      let nginx = try Nginx(
        http: """
          upstream asynchttpd { server 127.0.0.1:\(port); keepalive 8; }
          server {
            listen {port};
            location / {
              proxy_pass http://asynchttpd;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header X-Forwarded-For 203.0.113.9;
            }
          }
          """)
      let answer = try Curl.get("http://127.0.0.1:\(nginx.port)/a?b=c", "-A", "agent \"7\"", "-e", "http://example.com/from")
      #expect(answer.text == "hello")
      #expect(try daemon.stop() == .code(0))
      let lines = try directory.read("access.log").split(separator: "\n")
      try #require(lines.count == 1)
      return String(lines[0])
    }

    @Test func `a combined line has the client behind a trusted proxy`() throws {
      let line = try logged(format: "combined", trusted: "127.0.0.1")
      #expect(line.hasPrefix("203.0.113.9 - - ["))
      #expect(line.contains("] \"GET /a?b=c HTTP/1.1\" 200 5 \"http://example.com/from\" \"agent "))
      #expect(!line.contains("\"agent \"7\"\""))
    }

    @Test func `a proxy that is not trusted is itself the client`() throws {
      #expect(try logged(format: "combined", trusted: "192.0.2.1").hasPrefix("127.0.0.1 - - ["))
    }

    @Test func `a JSON line is an object that a machine reads`() throws {
      let line = try logged(format: "json", trusted: "127.0.0.0/8")
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let values = object.values.map { "\($0)" }
      #expect(values.contains("203.0.113.9"))
      #expect(values.contains("GET"))
      #expect(values.contains("200"))
      #expect(values.contains("agent \"7\""))
    }
  }
}
