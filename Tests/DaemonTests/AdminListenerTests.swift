import Foundation
import Testing

extension BlackBox {
  /// The admin listener of a running daemon: it is there when clients have taken everything, and never where they are.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct AdminListenerTests {
    let directory: TemporaryDirectory
    let (port, adminPort): (Int, Int)

    init() throws {
      directory = try TemporaryDirectory()
      (port, adminPort) = (try freePort(), try freePort())
    }

    private static let write = ["--header", "X-Asynchttpd-Admin: 1", "--request", "POST"]

    private func yaml(admin: String? = nil, routes: String = "") -> String {
      """
      listen: [127.0.0.1:\(port)]
      workers: 1
      admin: \(admin ?? "127.0.0.1:\(adminPort)")
      routes:
        - {id: fast, path: /fast, text: fast}
        - {id: slow, path: /slow, text: slow, delay: 1h}
        - {id: jobs, path: /jobs, sequence: [{text: a}, {text: b}]}
      \(routes)
      """
    }

    private func admin(_ path: String, _ options: String...) throws -> Curl.Answer {
      try Curl.get("http://127.0.0.1:\(adminPort)\(path)", options: options)
    }

    private func json(_ path: String) throws -> [String: Any] {
      let answer = try admin(path)
      return try JSONSerialization.jsonObject(with: answer.body) as? [String: Any] ?? [:]
    }

    /// Fills all the room that clients may take with requests that wait.
    private func fill(_ daemon: DaemonProcess) throws -> [RawClient] {
      let clients = try (0..<100).map { _ in try RawClient(port: port) }
      for client in clients { try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") }
      #expect(eventually { daemon.process.standardError.contains("not accepting") })
      return clients
    }

    @Test func `it answers while the gate is shut at 64 descriptors, again and again`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory, openFiles: 64)
      let clients = try fill(daemon)
      for _ in 0..<20 { #expect(try admin("/healthz").text == "ok\n") }
      let status = try json("/status")
      #expect((status["gate"] as? [String: Any])?["open"] as? Bool == false)
      let descriptors = status["descriptors"] as? [String: Any]
      #expect(descriptors?["limit"] as? Int == 56 && descriptors?["reserved"] as? Int == 8)
      #expect(try admin("/metrics").text.contains("\nasynchttpd_gate_open 0\n"))
      #expect(!daemon.process.standardError.contains("Too many open files"))
      withExtendedLifetime(clients) {}
      daemon.process.signal(SIGKILL)
      try daemon.process.waitForExit()
    }

    @Test func `status is answered while the gate is shut, with and without an admin listener`() throws {
      for admin in [nil, "off"] {
        let daemon = try DaemonProcess(yaml(admin: admin), in: directory, openFiles: 64)
        let clients = try fill(daemon)
        let (exit, output, error) = try DaemonProcess.run("status", "--pid", "\(daemon.process.id)")
        #expect(exit == .code(0), "\(error)")
        #expect(output.contains("gate           shut, closed 1 times\n"), "\(output)")
        #expect(output.contains(admin == nil ? "limit 56, 8 more reserved" : "limit 64, 0 more reserved"))
        withExtendedLifetime(clients) {}
        daemon.process.signal(SIGKILL)
        try daemon.process.waitForExit()
      }
    }

    @Test func `status tells hits of routes without an admin listener, and JSON to machines`() throws {
      let daemon = try DaemonProcess(yaml(admin: "off"), in: directory)
      for _ in 0..<3 { #expect(try Curl.get("http://127.0.0.1:\(port)/fast").text == "fast") }
      let pid = "\(daemon.process.id)"
      let text = try DaemonProcess.run("status", "--pid", pid).output
      #expect(text.contains("   3       0  ") && text.contains("  fast\n"))
      #expect(text.contains("2 routes were never asked for\n"))
      let output = try DaemonProcess.run("status", "--json", "--pid", pid).output
      let status = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
      #expect((status?["hits"] as? [[String: Any]])?.first?["hits"] as? Int == 3)
      #expect(status?["generation"] as? Int == 0)
      #expect(try daemon.stop() == .code(0))
      #expect(try DaemonProcess.run("status", "--pid", pid).exit == .code(1))
    }

    @Test func `it tells of the drain, and ends with the process`() throws {
      let daemon = try DaemonProcess("timeouts: {drain: 60s}\n" + yaml(), in: directory)
      let client = try RawClient(port: port)
      try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try eventually { try (json("/status")["connections"] as? [String: Any])?["open"] as? Int == 1 })
      daemon.process.signal(SIGTERM)
      #expect(try eventually { try admin("/readyz").status == 503 })
      #expect(try json("/status")["draining"] as? Bool == true)
      #expect(try admin("/healthz").status == 200)
      #expect(try admin("/reload", "--header", "X-Asynchttpd-Admin: 1", "--request", "POST").status == 503)
      daemon.process.signal(SIGTERM)
      try daemon.process.waitForExit()
      #expect(throws: HarnessError.self) { try admin("/healthz") }
    }

    @Test func `clients never reach it`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory)
      for path in ["/status", "/metrics", "/healthz", "/routes"] {
        #expect(try Curl.get("http://127.0.0.1:\(port)\(path)").status == 404)
      }
      #expect(try admin("/fast").status == 404)
      #expect(try admin("/status", "--header", "Host: evil.example").status == 421)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a socket is its owner's alone, and goes with the daemon`() throws {
      let path = directory.file("admin.sock")
      let daemon = try DaemonProcess(yaml(admin: "unix:\(path)"), in: directory)
      #expect(try Curl.get("http://anything/healthz", "--unix-socket", path).text == "ok\n")
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(try daemon.stop() == .code(0))
      #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a reload through it brings the new routes, or says why not`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory)
      try daemon.rewrite(yaml(routes: "  - {id: more, path: /more, text: more}"))
      let done = try Curl.get("http://127.0.0.1:\(adminPort)/reload", options: Self.write)
      #expect(done.status == 200 && done.text.contains("\"changes\":[\"route more added\"]"))
      #expect(try Curl.get("http://127.0.0.1:\(port)/more").text == "more")
      try daemon.rewrite(yaml(routes: "  - {id: more, path: more, text: more}"))
      let refused = try Curl.get("http://127.0.0.1:\(adminPort)/reload", options: Self.write)
      #expect(refused.status == 422 && refused.text.contains("\"outcome\":\"refused\""))
      #expect(refused.text.contains("asynchttpd.yaml:8:"))
      let reloads = try json("/reloads")["reloads"] as? [[String: Any]]
      #expect(reloads?.map { $0["outcome"] as? String } == ["refused", "reloaded"])
      #expect(try json("/status")["generation"] as? Int == 1)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a reset through it brings routes back to the start`() throws {
      let daemon = try DaemonProcess(yaml(), in: directory)
      #expect(try Curl.get("http://127.0.0.1:\(port)/jobs").text == "a")
      let reset = try Curl.get("http://127.0.0.1:\(adminPort)/reset", options: Self.write + ["--data", "{\"ids\": [\"jobs\"]}"])
      #expect(reset.text == "{\"reset\":[\"jobs\"]}\n")
      #expect(try Curl.get("http://127.0.0.1:\(port)/jobs").text == "a")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a reload adds it, moves it, changes its token and takes it away`() throws {
      let daemon = try DaemonProcess(yaml(admin: "off"), in: directory)
      #expect(throws: HarnessError.self) { try admin("/healthz") }
      try daemon.rewrite(yaml())
      try daemon.reload()
      #expect(try admin("/healthz").status == 200)
      try daemon.rewrite(yaml(admin: "{listen: 127.0.0.1:\(adminPort), token: 0123456789abcdef}"))
      try daemon.reload()
      #expect(try admin("/healthz").status == 401)
      #expect(try admin("/healthz", "--header", "Authorization: Bearer 0123456789abcdef").status == 200)
      let other = try freePort()
      try daemon.rewrite(yaml(admin: "127.0.0.1:\(other)"))
      // What asks for the move is still answered.
      let moved = try Curl.get(
        "http://127.0.0.1:\(adminPort)/reload", options: Self.write + ["--header", "Authorization: Bearer 0123456789abcdef"])
      #expect(moved.status == 200)
      #expect(try Curl.get("http://127.0.0.1:\(other)/healthz").status == 200)
      #expect(eventually { (try? admin("/healthz")) == nil })
      try daemon.rewrite(yaml(admin: "off"))
      try daemon.reload()
      #expect(eventually { (try? Curl.get("http://127.0.0.1:\(other)/healthz")) == nil })
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `an address that is taken refuses the start, and a reload`() throws {
      let taken = try Listener()
      let daemon = try DaemonProcess(yaml(), in: directory)
      try daemon.rewrite(yaml(admin: "127.0.0.1:\(taken.port)"))
      #expect(try daemon.reload().contains("admin: cannot listen on 127.0.0.1:\(taken.port): port \(taken.port) is in use"))
      #expect(try admin("/healthz").status == 200)
      #expect(try daemon.stop() == .code(0))
      let error = #expect(throws: HarnessError.self) {
        try DaemonProcess(yaml(admin: "127.0.0.1:\(taken.port)"), in: directory)
      }
      #expect(error?.description.contains("asynchttpd.yaml:3:8: error: admin: cannot listen") == true)
    }

    @Test func `--admin stands in for what the configuration says, and is checked as it is`() throws {
      let daemon = try DaemonProcess(yaml(admin: "off"), in: directory, arguments: ["--admin", "127.0.0.1:\(adminPort)"])
      #expect(try admin("/healthz").status == 200)
      try daemon.reload()
      #expect(try admin("/healthz").status == 200)
      #expect(try daemon.stop() == .code(0))
      for (address, problem) in [
        ("127.0.0.1:\(port)", "is the address of clients"), ("*:\(adminPort)", "listen on 127.0.0.1 or unix:PATH, or set a token"),
      ] {
        let file = try directory.write(yaml(admin: "off"), to: "b.yaml")
        let (exit, _, error) = try DaemonProcess.run("serve", "--config", file, "--admin", address)
        #expect(exit == .code(1) && error.contains(problem), "\(error)")
      }
      #expect(try DaemonProcess.run("serve", "--admin", "systemd:a").exit == .code(64))
    }
  }
}
