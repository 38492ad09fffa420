import Foundation
import Testing

extension BlackBox {
  /// The headline: 64 descriptors, 200 clients that keep their connections, and an answer for each.
  @Suite struct DescriptorLimitTests {
    static let clients = 200

    static func daemon(port: Int) throws -> DaemonProcess {
      try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        workers: 1
        routes:
          - {path: /fast, text: fast}
          - {path: /slow, text: slow, delay: 1s}
        """, in: TemporaryDirectory(), openFiles: 64)
    }

    @Test func `clients that keep their connections idle give way to those that wait`() throws {
      let port = try freePort()
      let daemon = try Self.daemon(port: port)
      let outcome = try Swarm(port: port, clients: Self.clients, paths: ["/fast"], requestsEach: 5).finish()
      #expect(outcome.failures == [])
      #expect(outcome.answers == [200: Self.clients * 5])
      #expect(!daemon.process.standardError.contains("Too many open files"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `clients that have left a delay do not keep others out`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        workers: 1
        routes:
          - {path: /fast, text: fast}
          - {path: /slow, text: slow, delay: 1h}
        """, in: TemporaryDirectory(), openFiles: 64)
      for _ in 0..<100 { try RawClient(port: port).send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") }
      #expect(try Curl.get("http://127.0.0.1:\(port)/fast").text == "fast")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `while the gate is shut the daemon sleeps`() throws {
      let port = try freePort()
      let daemon = try Self.daemon(port: port)
      let cpuBefore = daemon.process.processorSeconds
      let start = Date()
      let outcome = try Swarm(port: port, clients: Self.clients, paths: ["/slow"], requestsEach: 1).finish()
      let elapsed = Date().timeIntervalSince(start)
      let cpu = daemon.process.processorSeconds - cpuBefore
      #expect(outcome.failures == [])
      #expect(outcome.answers == [200: Self.clients])
      // At most 64 at once and a second each: the gate was shut for most of the time, and a loop that spins would have burnt it.
      #expect(elapsed > 3)
      #expect(cpu < elapsed / 4, "\(cpu) s of processor in \(elapsed) s")
      #expect(!daemon.process.standardError.contains("Too many open files"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test(.enabled(if: Requirement.nginx, "needs nginx"), arguments: ["/fast", "/slow"])
    func `through nginx every request is answered too`(_ path: String) throws {
      let port = try freePort()
      let daemon = try Self.daemon(port: port)
      let nginx = try Nginx(
        http: """
          upstream asynchttpd { server 127.0.0.1:\(port); keepalive 100; }
          server {
            listen {port};
            keepalive_requests 10000;
            location / { proxy_pass http://asynchttpd; proxy_http_version 1.1; proxy_set_header Connection ""; }
          }
          """, workerConnections: 2_048)
      let cpuBefore = daemon.process.processorSeconds
      let start = Date()
      let outcome = try Swarm(port: nginx.port, clients: Self.clients, paths: [path], requestsEach: path == "/slow" ? 1 : 5).finish()
      let elapsed = Date().timeIntervalSince(start)
      #expect(outcome.failures == [])
      #expect(outcome.answers == [200: Self.clients * (path == "/slow" ? 1 : 5)])
      if path == "/slow" {
        let cpu = daemon.process.processorSeconds - cpuBefore
        #expect(cpu < elapsed / 4, "\(cpu) s of processor in \(elapsed) s")
      }
      #expect(!daemon.process.standardError.contains("Too many open files"))
      #expect(try daemon.stop() == .code(0))
      try nginx.stop()
    }

    /// What the ancestor dies of: a site that asks for an upgrade with every request, and a pool of idle connections larger than the limit.
    @Test(
      .enabled(if: Requirement.nginx, "needs nginx"),
      arguments: [
        "proxy_pass http://127.0.0.1:PORT; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection 'upgrade';",
        "proxy_pass http://pool; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection 'upgrade';",
        "proxy_pass http://pool; proxy_set_header Connection '';",
      ])
    func `a thousand clients through nginx are answered within 1024 descriptors`(_ proxy: String) throws {
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        routes:
          - {path: /fast, text: fast}
        """, in: TemporaryDirectory(), openFiles: 1_024)
      // A reload is done when all that the daemon opens at its start is open.
      try daemon.reload()
      let atRest = daemon.process.openDescriptors
      let nginx = try Nginx(
        http: """
          upstream pool { server 127.0.0.1:\(port); keepalive 4000; }
          server {
            listen {port} backlog=4096;
            keepalive_requests 10000;
            location / { proxy_http_version 1.1; \(proxy.replacingOccurrences(of: "PORT", with: "\(port)")) }
          }
          """, workerConnections: 8_192)
      let clients = 1_200
      let outcome = try Swarm(port: nginx.port, clients: clients, paths: ["/fast"], requestsEach: 4).finish()
      #expect(outcome.failures == [])
      #expect(outcome.answers == [200: clients * 4])
      #expect(!daemon.process.standardError.contains("Too many open files"))
      // nginx gone, nothing is left of its connections.
      try nginx.stop()
      #expect(eventually { daemon.process.openDescriptors <= atRest }, "\(daemon.process.openDescriptors) open, \(atRest) at rest")
      #expect(try daemon.stop() == .code(0))
    }
  }
}
