import Foundation
import Testing

extension BlackBox {
  /// Instances restarted in turn behind the site that config/nginx/ ships for them, while clients ask.
  @Suite(.enabled(if: Requirement.nginx, "needs nginx")) struct NginxRestartTests {
    /// One instance with a socket of its own.
    struct Instance {
      let directory: TemporaryDirectory
      let socket: String

      init() throws {
        directory = try TemporaryDirectory()
        socket = directory.file("http.sock")
      }

      func start() throws -> DaemonProcess {
        try DaemonProcess(
          """
          listen: ["unix:\(socket)"]
          trusted_proxies: [unix]
          log: {level: warning}
          routes:
            - path: /now
              text: now
            - path: /later
              text: later
              delay: 20ms
          """, in: directory)
      }
    }

    @Test func `no GET fails while all instances are restarted in turn`() throws {
      let instances = [try Instance(), try Instance()]
      var running = try instances.map { try $0.start() }
      let nginx = try Nginx(
        http: try Nginx.text(of: "asynchttpd-instances.conf")
          .replacingOccurrences(of: "/run/asynchttpd-blue/http.sock", with: instances[0].socket)
          .replacingOccurrences(of: "/run/asynchttpd-green/http.sock", with: instances[1].socket)
          .replacingOccurrences(of: "listen [::]:80;", with: "").replacingOccurrences(of: "listen 80;", with: "listen {port};"))
      let swarm = Swarm(port: nginx.port, clients: 16, paths: ["/now", "/later"])
      var answers = 100
      #expect(swarm.waitForAnswers(answers))
      for _ in 0..<3 {
        for (index, instance) in instances.enumerated() {
          #expect(try running[index].stop() == .code(0))
          // While it is away.
          answers += 100
          #expect(swarm.waitForAnswers(answers))
          running[index] = try instance.start()
        }
      }
      let outcome = try swarm.stop()
      #expect(outcome.failures == [])
      #expect(Array(outcome.answers.keys) == [200], "\(outcome.answers)")
      #expect(outcome.answers[200, default: 0] > answers)
      for daemon in running { #expect(try daemon.stop() == .code(0)) }
      try nginx.stop()
    }
  }
}
