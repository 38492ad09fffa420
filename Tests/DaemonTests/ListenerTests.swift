import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct ListenerTests {
    @Test func `a socket that was bound before the start is served by its name`() throws {
      let listener = try Listener()
      let daemon = try DaemonProcess(
        "listen: [systemd:http]\nroutes: [{path: /, text: activated}]\n", in: TemporaryDirectory(),
        environment: ["LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"], descriptors: [listener.descriptor], exportingProcessIDAs: "LISTEN_PID")
      #expect(try Curl.get("http://127.0.0.1:\(listener.port)/").text == "activated")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `all sockets of a name are served`() throws {
      let listeners = try [Listener(), Listener()]
      let daemon = try DaemonProcess(
        "listen: [systemd:http]\nroutes: [{path: /, text: activated}]\n", in: TemporaryDirectory(),
        environment: ["LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:http"], descriptors: listeners.map(\.descriptor),
        exportingProcessIDAs: "LISTEN_PID")
      for listener in listeners { #expect(try Curl.get("http://127.0.0.1:\(listener.port)/").text == "activated") }
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `an inherited socket outlives reloads`() throws {
      let listener = try Listener()
      let daemon = try DaemonProcess(
        "listen: [systemd:http]\nroutes: [{path: /, text: a}]\n", in: TemporaryDirectory(),
        environment: ["LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"], descriptors: [listener.descriptor], exportingProcessIDAs: "LISTEN_PID")
      try daemon.rewrite("listen: [systemd:http]\nroutes: [{path: /, text: b}]\n")
      try daemon.reload()
      #expect(try Curl.get("http://127.0.0.1:\(listener.port)/").text == "b")
    }

    @Test func `a name that nothing was handed over for exits 69 and says so`() throws {
      let directory = try TemporaryDirectory()
      let file = try directory.write("listen: [systemd:http]\nroutes: [{path: /, text: a}]\n", to: "asynchttpd.yaml")
      let result = try DaemonProcess.run("serve", "--config", file)
      #expect(result.exit == .code(69))
      #expect(result.error.contains("systemd:http"))
      #expect(result.error.contains("\(file):1:"))
    }

    @Test func `a Unix socket is served, and gone after the drain`() throws {
      let directory = try TemporaryDirectory()
      let path = directory.file("http.sock")
      let daemon = try DaemonProcess("listen: [\"unix:\(path)\"]\nroutes: [{path: /, text: local}]\n", in: directory)
      #expect(try Curl.get("http://localhost/", "--unix-socket", path).text == "local")
      #expect(try daemon.stop() == .code(0))
      #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a Unix socket that a killed daemon left behind is taken over`() throws {
      let directory = try TemporaryDirectory()
      let path = directory.file("http.sock")
      let text = "listen: [\"unix:\(path)\"]\nroutes: [{path: /, text: local}]\n"
      let killed = try DaemonProcess(text, in: directory)
      killed.process.signal(SIGKILL)
      try killed.process.waitForExit()
      let daemon = try DaemonProcess(text, in: directory)
      #expect(try Curl.get("http://localhost/", "--unix-socket", path).text == "local")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a Unix socket in use is not taken away`() throws {
      let directory = try TemporaryDirectory()
      let path = directory.file("http.sock")
      let text = "listen: [\"unix:\(path)\"]\nroutes: [{path: /, text: local}]\n"
      let daemon = try DaemonProcess(text, in: directory)
      let result = try DaemonProcess.run("serve", "--config", directory.file("asynchttpd.yaml"))
      #expect(result.exit == .code(69))
      #expect(try Curl.get("http://localhost/", "--unix-socket", path).text == "local")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `both addresses of a dual-stack listener answer`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess("listen: [\"*:\(port)\"]\nroutes: [{path: /, text: both}]\n", in: TemporaryDirectory())
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "both")
      #expect(try Curl.get("http://[::1]:\(port)/").text == "both")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `the watchdog is fed while the daemon is well`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess(
        "listen: [127.0.0.1:\(port)]\nroutes: [{path: /, text: a}]\n", in: TemporaryDirectory(), environment: ["WATCHDOG_USEC": "200000"])
      let first = try #require(daemon.notifications.wait(for: "WATCHDOG=1"))
      #expect(daemon.notifications.wait(for: "WATCHDOG=1", from: first.next) != nil)
      #expect(try daemon.stop() == .code(0))
    }
  }
}
