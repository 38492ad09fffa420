import Foundation
import Testing

extension BlackBox {
  /// Paths that the daemon makes and removes: only what is its own.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct OwnPathsTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func site(_ path: String) -> String { "listen: [\"unix:\(path)\"]\nroutes: [{path: /, text: local}]\n" }

    @Test func `a file where a Unix socket should be is refused, and stays`() throws {
      let path = try directory.write("precious", to: "http.sock")
      let file = try directory.write(site(path), to: "asynchttpd.yaml")
      let result = try DaemonProcess.run("serve", "--config", file)
      #expect(result.exit == .code(69))
      #expect(result.error.contains("\(path) is there and is not a socket; choose another path or remove it"))
      #expect(try directory.read("http.sock") == "precious")
    }

    @Test func `a link where a Unix socket should be is refused, and what it leads to stays`() throws {
      let target = try directory.write("precious", to: "target")
      try FileManager.default.createSymbolicLink(atPath: directory.file("http.sock"), withDestinationPath: target)
      let file = try directory.write(site(directory.file("http.sock")), to: "asynchttpd.yaml")
      #expect(try DaemonProcess.run("serve", "--config", file).exit == .code(69))
      #expect(try directory.read("http.sock") == "precious")
    }

    @Test func `a reload to a path that is not a socket is refused, and the file stays`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess("listen: [127.0.0.1:\(port)]\nroutes: [{path: /, text: a}]\n", in: directory)
      let path = try directory.write("precious", to: "http.sock")
      try daemon.rewrite(site(path))
      #expect(try daemon.reload().contains("is not a socket"))
      #expect(try directory.read("http.sock") == "precious")
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "a")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `what took the place of its Unix socket is not removed at the end`() throws {
      let path = directory.file("http.sock")
      let daemon = try DaemonProcess(site(path), in: directory)
      #expect(rename(path, directory.file("moved.sock")) == 0)
      try directory.write("precious", to: "http.sock")
      #expect(try daemon.stop() == .code(0))
      #expect(try directory.read("http.sock") == "precious")
    }

    @Test func `of daemons that start at once on one Unix socket one serves`() throws {
      let path = directory.file("http.sock")
      let killed = try DaemonProcess(site(path), in: directory)
      killed.process.signal(SIGKILL)
      try killed.process.waitForExit()
      let file = directory.file("asynchttpd.yaml")
      let processes = try (0..<6).map { _ in try ChildProcess([DaemonProcess.executable, "serve", "--config", file]) }
      #expect(eventually { processes.count { $0.hasExited } == 5 })
      #expect(try Curl.get("http://localhost/", "--unix-socket", path).text == "local")
      for process in processes { process.signal(SIGTERM) }
      let exits = try processes.map { try $0.waitForExit() }
      #expect(exits.count { $0 == .code(0) } == 1)
      #expect(exits.count { $0 == .code(69) } == 5)
    }

    // MARK: The process id and the control socket

    func daemon(_ name: String, _ arguments: String..., runtime: String? = nil) throws -> DaemonProcess {
      let own = try TemporaryDirectory()
      return try DaemonProcess(
        "listen: [127.0.0.1:\(try freePort())]\nroutes: [{path: /, text: \(name)}]\n", in: own, arguments: arguments,
        environment: runtime.map { ["RUNTIME_DIRECTORY": $0] } ?? [:])
    }

    @Test func `a process id is not written over a file that is something else`() throws {
      let path = try directory.write("listen: [127.0.0.1:8080]\n", to: "site.yaml")
      let daemon = try daemon("a", "--pid-file", path)
      #expect(daemon.process.waitForOutput("cannot write the pid file"))
      #expect(daemon.process.standardError.contains("it is there, and is not a pid file"))
      #expect(try daemon.stop() == .code(0))
      #expect(try directory.read("site.yaml") == "listen: [127.0.0.1:8080]\n")
    }

    @Test func `the process id of a daemon that runs is not taken over, that of one that is gone is`() throws {
      let path = directory.file("daemon.pid")
      let first = try daemon("a", "--pid-file", path)
      #expect(eventually { (try? directory.read("daemon.pid")) == "\(first.process.id)\n" })
      let second = try daemon("b", "--pid-file", path)
      #expect(second.process.waitForOutput("it belongs to process \(first.process.id), which runs"))
      #expect(try second.stop() == .code(0))
      #expect(try directory.read("daemon.pid") == "\(first.process.id)\n")
      first.process.signal(SIGKILL)
      try first.process.waitForExit()
      let third = try daemon("c", "--pid-file", path)
      #expect(eventually { (try? directory.read("daemon.pid")) == "\(third.process.id)\n" })
      #expect(try third.stop() == .code(0))
      #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a control socket in use is not taken over, and outlives the one that wanted it`() throws {
      let first = try daemon("a", runtime: directory.path)
      let second = try daemon("b", runtime: directory.path)
      #expect(second.process.waitForOutput("no control socket"))
      #expect(try DaemonProcess.run("reload", "--pid", "\(first.process.id)").exit == .code(0))
      #expect(try second.stop() == .code(0))
      #expect(try DaemonProcess.run("reload", "--pid", "\(first.process.id)").exit == .code(0))
      #expect(try first.stop() == .code(0))
      #expect(!FileManager.default.fileExists(atPath: directory.file("control.sock")))
    }
  }
}
