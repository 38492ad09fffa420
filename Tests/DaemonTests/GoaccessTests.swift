// The access log against a reader of the combined format that is not ours.

import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl && Requirement.goaccess, "needs curl and goaccess")) struct GoaccessTests {
    @Test func `goaccess reads a combined log with all that is added to it, and the durations too`() throws {
      let directory = try TemporaryDirectory()
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        access_log: {path: access.log, format: combined, mode: "0644"}
        routes:
          - {path: /greeting, id: greeting, text: hello}
          - {path: /spoilt, faults: [{rate: 100%, status: 503}], text: hello}
          - {path: /recorded, proxy_to_file: .}
        """, in: directory)
      for path in ["greeting", "greeting?a=%22b%22", "spoilt", "recorded", "none"] {
        _ = try Curl.get("http://127.0.0.1:\(port)/\(path)", "-A", "Mozilla/5.0 (X11; Linux) \"quoted\" \\", "-e", "http://example.com/")
      }
      #expect(try daemon.stop() == .code(0))
      let line = try #require(try directory.read("access.log").split(separator: "\n").first)
      #expect(line.contains(" route=\"greeting\" outcome=- fault=\"-\" request_id="))
      let formats = [
        ["--log-format=COMBINED"],
        [
          "--log-format=%h %^[%d:%t %^] \"%r\" %s %b \"%R\" \"%u\" duration_us=%D %^", "--date-format=%d/%b/%Y", "--time-format=%T",
        ],
      ]
      for format in formats {
        let report = directory.file("report.json")
        let result = try run(["goaccess", directory.file("access.log"), "--no-global-config", "-o", report] + format)
        #expect(result.exit == .code(0), "\(result)")
        let object = try JSONSerialization.jsonObject(with: try Data(contentsOf: URL(filePath: report))) as? [String: Any]
        let general = try #require(object?["general"] as? [String: Any])
        #expect(general["valid_requests"] as? Int == 5 && general["failed_requests"] as? Int == 0, "\(format)")
      }
    }
  }
}
