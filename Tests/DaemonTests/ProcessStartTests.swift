import Foundation
import Testing

extension BlackBox {
  /// Signals, descriptors and limits that a process may meet before it has begun.
  @Suite struct ProcessStartTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func site(_ settings: String = "") throws -> String {
      "listen: [127.0.0.1:\(try freePort())]\n\(settings)\nroutes: [{path: /**, text: hello}]\n"
    }

    @Test func `HUP while the command line is read does not end the process`() throws {
      // Enough of it to be read for a while; then the configuration is missing.
      let many = Array(repeating: ["--listen", "127.0.0.1:0"], count: 500).flatMap { $0 }
      let process = try ChildProcess([DaemonProcess.executable, "serve", "--config", directory.file("missing.yaml")] + many)
      #expect(eventually { process.hasExited || process.processorSeconds >= 0.05 })
      process.signal(SIGHUP)
      #expect(try process.waitForExit() == .code(1))
    }

    @Test func `HUP before the daemon serves is a reload once it does`() throws {
      let configuration = try Fifo(at: directory.file("asynchttpd.yaml"))
      let notifications = try NotificationListener(address: "@\(directory.path)/notify")
      let process = try ChildProcess(
        [DaemonProcess.executable, "serve", "--config", configuration.path], environment: ["NOTIFY_SOCKET": notifications.address])
      #expect(eventually { process.hasExited || process.blocks(SIGHUP) })
      process.signal(SIGHUP)
      // The reload finds a file where the start found a FIFO.
      try directory.write(try site(), to: "other.yaml")
      let writer = open(configuration.path, O_WRONLY | O_CLOEXEC)
      #expect(rename(directory.file("other.yaml"), configuration.path) == 0)
      let text = try site()
      #expect(write(writer, text, text.utf8.count) == text.utf8.count)
      close(writer)
      configuration.letGo()
      #expect(notifications.wait(for: "READY=1", unless: { process.hasExited }) != nil)
      #expect(notifications.wait(unless: { process.hasExited }) { $0.contains("RELOADING=1") } != nil)
      #expect(process.waitForOutput("reloaded: "))
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .code(0))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a start that waits for its configuration hears that it shall end`(_ signal: Int32) throws {
      let configuration = try Fifo(at: directory.file("asynchttpd.yaml"))
      let process = try ChildProcess([DaemonProcess.executable, "serve", "--config", configuration.path])
      #expect(eventually { process.hasExited || process.blocks(signal) })
      process.signal(signal)
      #expect(try process.waitForExit() == .code(0))
      #expect(process.standardError.contains("ending before the start was over"))
    }

    @Test(.enabled(if: Requirement.curl, "needs curl"))
    func `what a process is started without is /dev/null, and no log`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess(
        "listen: [127.0.0.1:\(port)]\naccess_log: {path: access.log}\nroutes: [{path: /**, text: hello}]\n", in: directory,
        redirections: "<&- >&- 2>&-")
      for descriptor in Int32(0)...2 { #expect(daemon.process.target(of: descriptor) == "/dev/null") }
      #expect(try Curl.get("http://127.0.0.1:\(port)/a").text == "hello")
      #expect(try daemon.stop() == .code(0))
      let lines = try directory.read("access.log").split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("GET /a HTTP/1.1"))
    }

    @Test(.enabled(if: Requirement.curl && Requirement.python, "needs curl and python3"))
    func `a recording at the limit of a file's size costs the recording, and not the process`() throws {
      let site = try TemporaryDirectory()
      try site.write(Data(repeating: 0x61, count: 300_000), to: "large.bin")
      try site.write("small", to: "small.txt")
      let (upstream, url) = try RecordedUpstreamsTests.serve("python3", site)
      defer { upstream.signal(SIGKILL) }
      let port = try freePort()
      let daemon = try DaemonProcess(
        "listen: [127.0.0.1:\(port)]\nroutes: [{path: /**, proxy_to_file: {store: store, upstream: \"\(url)\"}}]\n", in: directory,
        limits: "ulimit -f 64;")
      #expect(try Curl.get("http://127.0.0.1:\(port)/large.bin").body.count == 300_000)
      #expect(daemon.process.waitForOutput("not recorded"))
      #expect(daemon.process.standardError.contains("File too large"))
      #expect(try Curl.get("http://127.0.0.1:\(port)/small.txt").text == "small")
      #expect(try daemon.stop() == .code(0))
    }

    @Test(arguments: [["--help"], ["--version"], ["check", "--config"], ["routes", "--config"]])
    func `output that nobody takes is no crash`(_ arguments: [String]) throws {
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      close(ends[0])
      defer { close(ends[1]) }
      let file = try directory.write(try site(), to: "asynchttpd.yaml")
      let command = [DaemonProcess.executable] + arguments + (arguments.last == "--config" ? [file] : [])
      let process = try ChildProcess(command, descriptors: [ends[1]], redirections: ">&3 2>&3")
      #expect(try process.waitForExit() == .code(0))
    }

    @Test func `a command that is not the daemon ends with the first signal`() throws {
      let configuration = try Fifo(at: directory.file("asynchttpd.yaml"))
      let process = try ChildProcess([DaemonProcess.executable, "check", "--config", configuration.path])
      #expect(eventually { process.hasExited || (process.target(of: 3) == configuration.path) })
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .signal(SIGTERM))
    }
  }
}
