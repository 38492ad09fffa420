import Foundation
import Testing

extension BlackBox {
  /// Logs that take nothing, or not enough: they cost lines, and nothing else.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct BlockedLogTests {
    let port: Int
    let base: String
    let directory: TemporaryDirectory

    init() throws {
      port = try freePort()
      base = "http://127.0.0.1:\(port)"
      directory = try TemporaryDirectory()
    }

    func site(_ settings: String = "") -> String { "listen: [127.0.0.1:\(port)]\n\(settings)\nroutes: [{path: /**, text: hello}]\n" }

    /// More than 16 KiB of the log for each reload that is refused.
    static let mistakes =
      "routes:\n" + (0..<100).map { "  - {path: /\($0), text: a, \(String(repeating: "x", count: 300))\($0): b}\n" }.joined()

    // MARK: Standard error

    @Test func `standard error that nobody reads stops no reload, no answer and no end`() throws {
      let fifo = try Fifo(at: directory.file("stderr"))
      let daemon = try DaemonProcess(site(), in: directory, redirections: "2>\(fifo.path)")
      try daemon.rewrite(Self.mistakes)
      for _ in 0..<12 { try daemon.reload() }
      #expect(try Curl.get("\(base)/a").text == "hello")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `lines that standard error did not take are counted in it once it is read`() throws {
      let fifo = try Fifo(at: directory.file("stderr"))
      let daemon = try DaemonProcess(site(), in: directory, redirections: "2>\(fifo.path)")
      try daemon.rewrite(Self.mistakes)
      for _ in 0..<80 { try daemon.reload() }
      #expect(fifo.wait(for: " lines were lost: more than 1024 KiB wait to be written\n"))
      try daemon.rewrite(site())
      try daemon.reload()
      #expect(fifo.wait(for: "reloaded: "))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a bad configuration ends the start though nobody reads why`() throws {
      let fifo = try Fifo(at: directory.file("stderr"))
      let file = try directory.write(Self.mistakes, to: "asynchttpd.yaml")
      let process = try ChildProcess([DaemonProcess.executable, "serve", "--config", file], redirections: "2>\(fifo.path)")
      #expect(try process.waitForExit() == .code(1))
    }

    @Test func `the watchdog is fed while standard error takes nothing`() throws {
      let fifo = try Fifo(at: directory.file("stderr"))
      let daemon = try DaemonProcess(
        site(), in: directory, environment: ["WATCHDOG_USEC": "200000"], redirections: "2>\(fifo.path)")
      try daemon.rewrite(Self.mistakes)
      for _ in 0..<12 { try daemon.reload() }
      let first = try #require(daemon.notifications.wait(for: "WATCHDOG=1", from: daemon.notifications.received.count))
      #expect(daemon.notifications.wait(for: "WATCHDOG=1", from: first.next) != nil)
      #expect(try daemon.stop() == .code(0))
    }

    // MARK: The access log

    @Test func `an access log without a reader stops no start and no end, and a reader that comes later gets its lines`() throws {
      let fifo = try Fifo(at: directory.file("log"), isHeld: false)
      let daemon = try DaemonProcess(site("access_log: {path: \(fifo.path)}"), in: directory)
      #expect(try Curl.get("\(base)/first").text == "hello")
      #expect(fifo.wait(for: "GET /first HTTP/1.1"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test(arguments: [false, true]) func `an access log that fills stops no answer and no end`(_ isStandardOutput: Bool) throws {
      let fifo = try Fifo(at: directory.file("log"), isHeld: isStandardOutput)
      let daemon = try DaemonProcess(
        site("access_log: {path: \(isStandardOutput ? "\"-\"" : fifo.path)}"), in: directory,
        redirections: isStandardOutput ? ">\(fifo.path)" : "")
      let swarm = Swarm(port: port, clients: 4, paths: ["/" + String(repeating: "x", count: 2_000)], requestsEach: 700)
      #expect(try swarm.finish().answers == [200: 2_800])
      #expect(daemon.process.waitForOutput("access log: lines are being lost: more than 4096 KiB wait to be written"))
      #expect(try daemon.stop() == .code(0))
      #expect(daemon.process.standardError.contains("the access log was not written to its end"))
      #expect(daemon.process.standardError.contains(/access log: \d+ lines? w(as|ere) lost: more than 4096 KiB/))
    }

    @Test func `a reload to an access log without a reader is done, and the daemon hears TERM`() throws {
      let fifo = try Fifo(at: directory.file("log"), isHeld: false)
      let daemon = try DaemonProcess(site(), in: directory)
      try daemon.rewrite(site("access_log: {path: \(fifo.path)}"))
      #expect(try daemon.reload().hasSuffix("; reloaded once"))
      #expect(try Curl.get("\(base)/second").text == "hello")
      #expect(fifo.wait(for: "GET /second HTTP/1.1"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `an access log that was a full FIFO is left behind by USR1`() throws {
      let fifo = try Fifo(at: directory.file("log"), isHeld: false)
      let daemon = try DaemonProcess(site("access_log: {path: \(fifo.path)}"), in: directory)
      let swarm = Swarm(port: port, clients: 1, paths: ["/" + String(repeating: "x", count: 2_000)], requestsEach: 60)
      #expect(try swarm.finish().answers == [200: 60])
      #expect(rename(fifo.path, directory.file("log.1")) == 0)
      daemon.process.signal(SIGUSR1)
      #expect(daemon.process.waitForOutput("reopened the access log"))
      _ = try Curl.get("\(base)/after")
      #expect(try daemon.stop() == .code(0))
      #expect(try directory.read("log").contains("GET /after HTTP/1.1"))
    }

    @Test func `lines that a full disk does not take are told, with their number`() throws {
      let daemon = try DaemonProcess(site("access_log: {path: /dev/full}"), in: directory)
      #expect(try Curl.get("\(base)/a").text == "hello")
      #expect(daemon.process.waitForOutput("error access log: lines are being lost: No space left on device path=/dev/full"))
      #expect(try Curl.get("\(base)/b").text == "hello")
      #expect(try daemon.stop() == .code(0))
      #expect(daemon.process.standardError.contains("warning access log: 2 lines were lost: No space left on device path=/dev/full"))
    }

    @Test func `an access log at the limit of a file's size loses lines, and says how many when it may write again`() throws {
      let path = directory.file("access.log")
      let daemon = try DaemonProcess(site("access_log: {path: \(path)}"), in: directory, limits: "ulimit -f 1;")
      for number in 0..<20 { #expect(try Curl.get("\(base)/\(number)").text == "hello") }
      #expect(daemon.process.waitForOutput("access log: lines are being lost: File too large"))
      #expect(rename(path, directory.file("access.log.1")) == 0)
      daemon.process.signal(SIGUSR1)
      #expect(daemon.process.waitForOutput("reopened the access log"))
      #expect(try Curl.get("\(base)/after").text == "hello")
      #expect(try daemon.stop() == .code(0))
      #expect(daemon.process.standardError.contains(/access log: \d+ lines? w(as|ere) lost: File too large/))
      // No line of the new file begins in the midst of one.
      let lines = try directory.read("access.log").split(separator: "\n")
      #expect(lines.count == 1 && lines[0].hasPrefix("127.0.0.1 - - ["))
    }

    @Test func `an access log that cannot be opened says why, and how it could`() throws {
      let directory = directory.path
      let file = try self.directory.write(site("access_log: {path: \(directory)}"), to: "asynchttpd.yaml")
      let result = try DaemonProcess.run("serve", "--config", file)
      #expect(result.exit == .code(1))
      #expect(result.error.contains("access_log: cannot open \(directory): Is a directory; choose another path"))
    }
  }
}
