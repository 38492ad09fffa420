import Foundation
import Testing

extension BlackBox {
  @Suite struct UnitFileTests {
    static let units = ["asynchttpd.service", "asynchttpd@.service"]

    @Test(.enabled(if: Requirement.systemdAnalyze, "needs systemd-analyze"), arguments: units)
    func `exposure stays under 2`(_ unit: String) throws {
      let result = try run([
        "systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", "\(repository)/systemd/\(unit)",
      ])
      #expect(result.exit == .code(0), "\(result.output.split(separator: "\n").last ?? "")")
    }

    /// Lines that systemd reads, the template's own parts replaced by what the plain unit has there.
    static func settings(_ unit: String) throws -> [String] {
      try String(contentsOfFile: "\(repository)/systemd/\(unit)", encoding: .utf8)
        .replacingOccurrences(of: "/%i.yaml", with: "/asynchttpd.yaml").replacingOccurrences(of: "-%i", with: "")
        .replacingOccurrences(of: ", instance %i", with: "")
        .split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func `the template differs from the plain unit only in names`() throws {
      #expect(try Self.settings("asynchttpd@.service") == Self.settings("asynchttpd.service"))
    }

    @Test(arguments: units)
    func `every hardening option has its reason above it`(_ unit: String) throws {
      let lines = try String(contentsOfFile: "\(repository)/systemd/\(unit)", encoding: .utf8).split(separator: "\n")
      let hardening = [
        "Protect", "Private", "Restrict", "Lock", "MemoryDeny", "NoNew", "CapabilityBounding", "SystemCallArch", "Keyring", "RemoveIPC",
      ]
      for (number, line) in lines.enumerated() where hardening.contains(where: line.hasPrefix) && !line.hasPrefix("RestartPrevent") {
        #expect(lines[number - 1].hasPrefix("# "), "\(unit):\(number + 1): \(line)")
      }
    }
  }

  /// The units under a real service manager.
  @Suite(.enabled(if: Requirement.container, "needs root, debootstrap and systemd-nspawn"))
  struct SystemdTests {
    let container: Container

    init() throws {
      try Container.requireTree()
      container = try Container()
    }

    func configure(_ routes: String, listen: String = "127.0.0.1:8080", file: String = "asynchttpd.yaml") throws {
      try container.configuration.write("listen: [\"\(listen)\"]\nroutes:\n\(routes)", to: file)
    }

    /// Runs a command that must succeed, or ends the test with the journal.
    @discardableResult
    func succeed(_ command: String) throws -> String {
      let result = try container.shell(command)
      if result.exit != .code(0) {
        let journal = try container.shell("journalctl --no-pager -u 'asynchttpd*' | tail -40").output
        throw HarnessError("\(command): \(result.exit)\n\(result.output)\(result.error)\n\(journal)")
      }
      return result.output
    }

    @Test func `start, a good reload, a bad reload, stop`() throws {
      try configure("  - {path: /a, text: one}\n  - {path: /slow, text: done, delay: 2s}\n")
      try succeed("systemctl start asynchttpd")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "one")

      try configure("  - {path: /a, text: two}\n  - {path: /slow, text: done, delay: 2s}\n")
      try succeed("systemctl reload asynchttpd")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "two")

      try configure("  - {path: /a, text: three, methdo: GET}\n")
      let reload = try container.shell("systemctl reload asynchttpd")
      #expect(reload.exit == .code(1))
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "two")
      let status = try container.shell("systemctl status --no-pager --full asynchttpd").output
      #expect(status.contains("Active: active (running)"))
      let line = try #require(status.split(separator: "\n").first { $0.contains("Status:") })
      #expect(line.contains("/etc/asynchttpd/asynchttpd.yaml:3:"))
      #expect(line.contains("methdo"))
      #expect(try succeed("journalctl --no-pager -p err -u asynchttpd").contains("did you mean \"method\"?"))

      try configure("  - {path: /a, text: four}\n  - {path: /slow, text: done, delay: 2s}\n")
      try succeed("systemctl reload asynchttpd")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "four")

      // A request is under way when the stop begins: curl has sent it, and waits two seconds for its answer.
      let drained = try succeed(
        """
        curl -sS --trace-ascii /tmp/trace http://127.0.0.1:8080/slow > /tmp/slow &
        until grep -q 'Send header' /tmp/trace 2>/dev/null; do sleep 0.01; done
        curl -sS http://127.0.0.1:8080/a > /dev/null
        systemctl stop asynchttpd; echo $? >> /tmp/stop; wait; cat /tmp/slow /tmp/stop
        """)
      #expect(drained == "done0\n")
      #expect(try succeed("systemctl show -p Result --value asynchttpd") == "success\n")
      #expect(try container.shell("curl -sS http://127.0.0.1:8080/a").exit == .code(7))
      try container.powerOff()
    }

    @Test func `a bad configuration does not start, and is not tried again and again`() throws {
      try configure("  - {path: /a, txet: one}\n")
      #expect(try container.shell("systemctl start asynchttpd").exit == .code(1))
      #expect(try succeed("systemctl show -p ActiveState,NRestarts,ExecMainStatus asynchttpd").contains("ActiveState=failed"))
      #expect(try succeed("systemctl show -p NRestarts --value asynchttpd") == "0\n")
      #expect(try container.shell("systemctl status --no-pager --full asynchttpd").output.contains("/etc/asynchttpd/asynchttpd.yaml:3:"))
      try container.powerOff()
    }

    @Test func `sockets that systemd binds are served by name, across a restart`() throws {
      try configure("  - {path: /a, text: one}\n", listen: "systemd:http")
      try succeed("systemctl start asynchttpd.socket")
      // The first connection starts the service.
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "one")
      #expect(try succeed("curl -sS -g 'http://[::1]:8080/a'") == "one")
      #expect(try succeed("curl -sS --unix-socket /run/asynchttpd.sock http://localhost/a") == "one")
      try configure("  - {path: /a, text: two}\n", listen: "systemd:http")
      try succeed("systemctl reload asynchttpd")
      #expect(try succeed("curl -sS --unix-socket /run/asynchttpd.sock http://localhost/a") == "two")
      try succeed("systemctl restart asynchttpd")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "two")
      try container.powerOff()
    }

    @Test(.enabled(if: Requirement.python, "needs python3"))
    func `a service with sockets of systemd's restarts under load and loses no request`() throws {
      try configure("  - {path: /a, text: one}\n", listen: "systemd:http")
      try succeed("systemctl start asynchttpd.socket asynchttpd")
      let load = try container.start(Python.program("singly.py", "8080", "8", "/a"))
      #expect(load.waitForOutput("asking", on: STDOUT_FILENO))
      // As many as systemd allows in ten seconds, with the first start.
      for _ in 0..<4 { try succeed("systemctl restart asynchttpd") }
      load.signal(SIGTERM)
      #expect(try load.waitForExit() == .code(0), "\(load.standardError)")
      let line = try #require(load.standardOutput.split(separator: "\n").last)
      #expect(line.hasPrefix("{\"answers\": {\"200\": ") && line.hasSuffix("}, \"failures\": []}"), "\(line)")
      try container.powerOff()
    }

    @Test func `the journal has no line but the daemon's own`() throws {
      try configure("  - {path: /a, text: one}\n")
      try succeed("systemctl start asynchttpd")
      try configure("  - {path: /a, text: two}\n")
      try succeed("systemctl reload asynchttpd")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "two")
      try succeed("systemctl stop asynchttpd && journalctl --sync")
      let lines = try succeed("journalctl --no-pager -o cat _SYSTEMD_UNIT=asynchttpd.service").split(separator: "\n")
      let own = ["serving 1 route on 127.0.0.1:8080", "reloaded: ", "draining, for ", "drained"]
      #expect(lines.filter { line in !own.contains { line.hasPrefix($0) } } == [])
      #expect(lines.count >= own.count)
      try container.powerOff()
    }

    @Test func `a site in a home directory is refused with the option that hides it`() throws {
      try succeed("mkdir -p /home/ada/site")
      try configure("  - {path: /**, static: /home/ada/site}\n")
      #expect(try succeed("asynchttpd check").contains("good"))
      #expect(try container.shell("systemctl start asynchttpd").exit == .code(1))
      #expect(try container.shell("systemctl status --no-pager --full asynchttpd").output.contains("the unit's ProtectHome= may be why"))
      try container.powerOff()
    }

    @Test func `instances of the template stand side by side`() throws {
      try configure("  - {path: /a, text: plain}\n", listen: "127.0.0.1:8080")
      try configure("  - {path: /a, text: blue}\n", listen: "127.0.0.1:8081", file: "blue.yaml")
      try configure("  - {path: /a, text: green}\n", listen: "unix:/run/asynchttpd-green/http.sock", file: "green.yaml")
      try succeed("systemctl start asynchttpd asynchttpd@blue asynchttpd@green")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "plain")
      #expect(try succeed("curl -sS http://127.0.0.1:8081/a") == "blue")
      // As nginx would: another user, another group.
      #expect(
        try succeed(
          "setpriv --reuid www-data --regid www-data --clear-groups curl -sS --unix-socket /run/asynchttpd-green/http.sock http://a/a")
          == "green")
      try succeed("systemctl stop asynchttpd")
      #expect(try succeed("curl -sS --unix-socket /run/asynchttpd-green/http.sock http://localhost/a") == "green")
      try container.powerOff()
    }

    @Test func `recordings and logs are written where the unit lets them be`() throws {
      try configure("  - {path: /a, text: upstream}\n", listen: "127.0.0.1:8081", file: "upstream.yaml")
      try container.configuration.write(
        """
        listen: [127.0.0.1:8080]
        access_log: {path: /var/log/asynchttpd/access.log}
        routes:
          - path: /**
            proxy_to_file: {store: /var/lib/asynchttpd/recorded, upstream: "http://localhost:8081", mode: once}
        """, to: "asynchttpd.yaml")
      try succeed("systemctl start asynchttpd@upstream asynchttpd")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "upstream")
      try succeed("systemctl stop asynchttpd@upstream")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "upstream")
      try succeed("systemctl stop asynchttpd")
      #expect(try succeed("cat /var/log/asynchttpd/access.log").contains("\"GET /a HTTP/1.1\" 200 8 "))
      try container.powerOff()
    }

    @Test func `a daemon that hangs is restarted by the watchdog`() throws {
      try configure("  - {path: /a, text: alive}\n")
      try succeed(
        """
        mkdir -p /etc/systemd/system/asynchttpd.service.d
        printf '[Service]\\nWatchdogSec=1s\\nRestartSec=0\\n' > /etc/systemd/system/asynchttpd.service.d/watchdog.conf
        systemctl daemon-reload && systemctl start asynchttpd
        kill -STOP $(systemctl show -p MainPID --value asynchttpd)
        """)
      #expect(try eventually { try container.shell("systemctl show -p NRestarts --value asynchttpd").output == "1\n" })
      try succeed("until systemctl is-active -q asynchttpd; do sleep 0.05; done")
      #expect(try succeed("curl -sS http://127.0.0.1:8080/a") == "alive")
      try container.powerOff()
    }

    @Test func `the installed unit is well formed and confined`() throws {
      try configure("  - {path: /a, text: a}\n")
      try succeed("systemd-analyze verify --man=no asynchttpd.service asynchttpd.socket asynchttpd@x.service")
      try succeed("systemctl start asynchttpd")
      try succeed("systemd-analyze security --no-pager --threshold=20 asynchttpd")
      let status = try succeed("cat /proc/$(systemctl show -p MainPID --value asynchttpd)/status")
      #expect(status.contains("CapBnd:\t0000000000000000"))
      #expect(status.contains("NoNewPrivs:\t1"))
      #expect(status.contains("Seccomp:\t2"))
      #expect(!status.contains("Uid:\t0\t"))
      try container.powerOff()
    }
  }
}
