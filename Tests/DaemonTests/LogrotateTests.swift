// The logrotate file that is installed, run by logrotate itself on files of the test.

import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl && Requirement.logrotate, "needs curl and logrotate")) struct LogrotateTests {
    @Test func `logrotate renames the access log, and lines that follow go to a new file of the mode that was asked for`() throws {
      let directory = try TemporaryDirectory()
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        access_log: {path: access.log, mode: "0604"}
        routes:
          - {path: /**, text: hello}
        """, in: directory)
      _ = try Curl.get("http://127.0.0.1:\(port)/before")
      // What differs here: where the logs are, and that systemd has not started the daemon.
      let installed = try String(contentsOfFile: "\(repository)/systemd/asynchttpd.logrotate", encoding: .utf8)
      let lines = installed.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        if line.hasPrefix("/var/log/") { return "\(directory.path)/*.log {" }
        return line.contains("systemctl kill") ? "kill -USR1 \(daemon.process.id)" : String(line)
      }
      #expect(lines.contains("kill -USR1 \(daemon.process.id)") && lines.contains("\(directory.path)/*.log {"))
      let file = try directory.write(lines.joined(separator: "\n"), to: "logrotate.conf")
      chmod(file, 0o644)
      let logrotate = try #require(Requirement.path(of: "logrotate"))
      // The line before is to be on the disk, which logrotate looks for with `notifempty`.
      daemon.process.signal(SIGUSR1)
      #expect(daemon.process.waitForOutput("reopened the access log"))
      let result = try run([logrotate, "-f", "-s", directory.file("logrotate.state"), file])
      #expect(result.exit == .code(0), "\(result)")
      #expect(eventually { daemon.process.standardError.components(separatedBy: "reopened the access log").count == 3 })
      _ = try Curl.get("http://127.0.0.1:\(port)/after")
      #expect(try daemon.stop() == .code(0))
      #expect(try directory.read("access.log.1").contains(" /before "))
      let new = try directory.read("access.log")
      #expect(new.contains(" /after ") && !new.contains(" /before "))
      let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("access.log"))
      #expect(attributes[.posixPermissions] as? Int == 0o604)
    }
  }
}
