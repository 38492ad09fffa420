import Foundation
import Testing

extension BlackBox {
  /// Reloads that would end what is served, and those who stand in the way of one.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct ReloadTests {
    let directory: TemporaryDirectory
    let port: Int

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
    }

    func daemon() throws -> DaemonProcess {
      try DaemonProcess("listen: [127.0.0.1:\(port)]\nroutes: [{path: /, text: a}]\n", in: directory)
    }

    @Test(
      arguments: [
        "", "# nothing yet\n", "{}\n", "listen: [127.0.0.1:0]\n", "workers: 1\nroutes:\n", "include: none/*.yaml\n",
        "include: empty.yaml\n",
      ])
    func `a reload to a file that says nothing is refused`(_ text: String) throws {
      let daemon = try daemon()
      try directory.write("# emptied just now\n", to: "empty.yaml")
      try daemon.rewrite(text)
      let result = try DaemonProcess.run("reload", "--pid", "\(daemon.process.id)")
      #expect(result.exit == .code(1))
      #expect(result.error.contains("asynchttpd.yaml: error: this file has no routes, and a reload would end what is served"))
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "a")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a reload to a file that says that nothing is served is done`() throws {
      let daemon = try daemon()
      try daemon.rewrite("listen: [127.0.0.1:\(port)]\nroutes: []\n")
      #expect(try DaemonProcess.run("reload", "--pid", "\(daemon.process.id)").exit == .code(0))
      #expect(try Curl.get("http://127.0.0.1:\(port)/").status == 404)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `connections that ask nothing do not keep a reload waiting`() throws {
      let daemon = try daemon()
      let silent = try (0..<40).map { _ in try UnixClient(abstract: "asynchttpd-control-\(daemon.process.id)") }
      let began = Date()
      #expect(try DaemonProcess.run("reload", "--pid", "\(daemon.process.id)").exit == .code(0))
      // Each is given up after ten seconds in any case.
      #expect(Date().timeIntervalSince(began) < 8)
      #expect(silent.count == 40)
      #expect(try daemon.stop() == .code(0))
    }

    // Not the python3 of PATH, which may be in a home directory.
    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/python3", X_OK) == 0, "needs root and python3"))
    func `another user is refused at once and keeps nobody waiting`() throws {
      let daemon = try daemon()
      let program = """
        import socket, sys
        held = []
        for _ in range(40):
            client = socket.socket(socket.AF_UNIX)
            client.connect("\\0asynchttpd-control-\(daemon.process.id)")
            held.append(client)
        answers = {client.makefile().read() for client in held}
        print(answers, flush=True)
        sys.stdin.read()
        """
      let other = try run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", program])
      #expect(other.output == "{'failed: only root and the user of the daemon may ask\\n'}\n", "\(other.error)")
      #expect(try DaemonProcess.run("reload", "--pid", "\(daemon.process.id)").exit == .code(0))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `with a hung upstream the end takes as long as the drain`() throws {
      let upstream = try Listener()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        timeouts: {drain: 1s}
        routes:
          - path: /recorded/**
            proxy_to_file: {store: store, upstream: "http://127.0.0.1:\(upstream.port)"}
          - path: /**
            proxy_to_file: {store: store2, upstream: "http://127.0.0.1:\(upstream.port)", mode: passthrough}
        """, in: directory)
      let clients = try ["/recorded/a", "/b"].map { path in
        let client = try RawClient(port: port)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        return client
      }
      // Both connections of the daemon wait in the upstream's queue: it has sent what it has to say.
      #expect(eventually { upstream.waitingConnections == 2 })
      let began = Date()
      #expect(try daemon.stop() == .code(0))
      #expect(Date().timeIntervalSince(began) < 4)
      #expect(clients.count == 2)
    }

    @Test func `a file that the unit may hide is told with the unit's option`() throws {
      let file = try directory.write("routes: [{path: /, file: missing.html}]\n", to: "asynchttpd.yaml")
      let result = try ChildProcess(
        [DaemonProcess.executable, "serve", "--config", file], environment: ["INVOCATION_ID": "0123", "SYSTEMD_EXEC_PID": ""])
      #expect(try result.waitForExit() == .code(1))
      #expect(result.standardError.contains("it does not exist; the unit's PrivateTmp= may be why"))
      // In a shell there is no unit.
      let check = try DaemonProcess.run("check", "--config", file, environment: ["INVOCATION_ID": "0123", "SYSTEMD_EXEC_PID": "1"])
      #expect(check.exit == .code(1))
      #expect(!check.error.contains("PrivateTmp"))
    }
  }
}
