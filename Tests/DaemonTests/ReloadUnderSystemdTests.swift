import Testing

extension BlackBox {
  /// The reload command from a shell beside the service, not from its sandbox.
  @Suite(.enabled(if: Requirement.container, "needs root, debootstrap and systemd-nspawn"))
  struct ReloadUnderSystemdTests {
    let container: Container

    init() throws {
      try Container.requireTree()
      container = try Container()
    }

    func configure(_ text: String) throws {
      try container.configuration.write("listen: [127.0.0.1:8080]\nroutes:\n  - {path: /a, text: \(text)}\n", to: "asynchttpd.yaml")
    }

    func answer() throws -> String { try container.shell("curl -sS http://127.0.0.1:8080/a").output }

    @Test func `root reaches the daemon through its runtime directory, by process id and by nothing at all`() throws {
      try configure("one")
      #expect(try container.shell("systemctl start asynchttpd").exit == .code(0))
      try configure("two")
      let byID = try container.shell("asynchttpd reload --pid $(systemctl show -p MainPID --value asynchttpd)")
      #expect(byID.exit == .code(0), "\(byID.error)")
      #expect(byID.output == "reloaded: ~1: /a body\n")
      #expect(try answer() == "two")
      try configure("three")
      let byFile = try container.shell("asynchttpd reload")
      #expect(byFile.exit == .code(0), "\(byFile.error)")
      #expect(try answer() == "three")
      try configure("four, methdo: GET")
      let refused = try container.shell("asynchttpd reload")
      #expect(refused.exit == .code(1))
      #expect(refused.error.contains("/etc/asynchttpd/asynchttpd.yaml:3:"))
      #expect(try answer() == "three")
      try container.powerOff()
    }

    @Test func `another user does not reach it`() throws {
      try configure("one")
      #expect(try container.shell("systemctl start asynchttpd").exit == .code(0))
      try configure("two")
      let result = try container.shell(
        "pid=$(systemctl show -p MainPID --value asynchttpd); setpriv --reuid www-data --clear-groups asynchttpd reload --pid $pid")
      #expect(result.exit == .code(1))
      #expect(try answer() == "one")
      try container.powerOff()
    }
  }
}
