import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct SignalTests {
    let port: Int
    let base: String
    let directory: TemporaryDirectory

    init() throws {
      port = try freePort()
      base = "http://127.0.0.1:\(port)"
      directory = try TemporaryDirectory()
    }

    func site(_ routes: String, _ settings: String = "") -> String {
      "listen: [127.0.0.1:\(port)]\n\(settings)\nroutes:\n\(routes)"
    }

    @Test func `HUP replaces the routes`() throws {
      let daemon = try DaemonProcess(site("  - {path: /a, text: old}\n"), in: directory)
      #expect(try Curl.get("\(base)/a").text == "old")
      try daemon.rewrite(site("  - {path: /a, text: new}\n  - {path: /b, text: added}\n"))
      try daemon.reload()
      #expect(try Curl.get("\(base)/a").text == "new")
      #expect(try Curl.get("\(base)/b").text == "added")
    }

    @Test func `HUP with a bad file keeps the routes, and tells where the file is bad`() throws {
      let daemon = try DaemonProcess(site("  - {path: /a, text: old}\n"), in: directory)
      try daemon.rewrite(site("  - {path: /a, text: new, methdo: GET}\n"))
      let status = try daemon.reload()
      #expect(status.contains("asynchttpd.yaml:4:"))
      #expect(status.contains("methdo"))
      #expect(daemon.process.waitForOutput("did you mean \"method\"?"))
      #expect(try Curl.get("\(base)/a").text == "old")
      try daemon.rewrite(site("  - {path: /a, text: mended}\n"))
      try daemon.reload()
      #expect(try Curl.get("\(base)/a").text == "mended")
    }

    @Test func `a listener that is added answers, and one that is removed goes`() throws {
      let second = try freePort()
      let daemon = try DaemonProcess(site("  - {path: /a, text: a}\n"), in: directory)
      try daemon.rewrite("listen: [127.0.0.1:\(second)]\nroutes:\n  - {path: /a, text: a}\n")
      try daemon.reload()
      #expect(try Curl.get("http://127.0.0.1:\(second)/a").text == "a")
      #expect(eventually { (try? RawClient(port: port)) == nil })
    }

    @Test func `the reload command waits for the outcome`() throws {
      let daemon = try DaemonProcess(site("  - {path: /a, text: 0}\n"), in: directory)
      for turn in 1...5 {
        try daemon.rewrite(site("  - {path: /a, text: \"\(turn)\"}\n"))
        let result = try DaemonProcess.run("reload", "--pid", "\(daemon.process.id)")
        #expect(result.exit == .code(0), "\(result.error)")
        #expect(try Curl.get("\(base)/a").text == "\(turn)")
      }
    }

    @Test func `the reload command prints the diagnostics of a bad file and exits 1`() throws {
      let daemon = try DaemonProcess(site("  - {path: /a, text: old}\n"), in: directory)
      try daemon.rewrite(site("  - {path: /a, text: new, methdo: GET}\n"))
      let result = try DaemonProcess.run("reload", "--pid", "\(daemon.process.id)")
      #expect(result.exit == .code(1))
      #expect(result.error.contains("asynchttpd.yaml:4:"))
      #expect(result.error.contains("did you mean \"method\"?"))
      #expect(try Curl.get("\(base)/a").text == "old")
    }

    @Test func `TERM lets the request in flight finish and closes the door`() throws {
      let daemon = try DaemonProcess(site("  - {path: /slow, text: done, delay: 2s}\n"), in: directory)
      let idle = try RawClient(port: port)
      try idle.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try idle.receive(until: "\r\n\r\n")
      let client = try RawClient(port: port)
      // The interim answer of a request that expects one would prove it in flight; a GET has none, so the second answer of a
      // pipeline stands in: once the first is here, the daemon has read both.
      try client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      let first = try client.receive(until: "\r\n\r\n")
      #expect(first.hasPrefix("HTTP/1.1 404"))
      daemon.process.signal(SIGTERM)
      #expect(daemon.notifications.wait(for: "STOPPING=1") != nil)
      let rest = try client.receive()
      #expect((first + rest).contains("HTTP/1.1 200"))
      #expect(rest.hasSuffix("done"))
      #expect(rest.lowercased().contains("connection: close"))
      #expect(try daemon.process.waitForExit() == .code(0))
      #expect(throws: HarnessError.self) { try RawClient(port: port) }
    }

    @Test func `a second TERM ends it at once`() throws {
      let daemon = try DaemonProcess(site("  - {path: /slow, text: done, delay: 1h}\n", "timeouts: {drain: 1h}"), in: directory)
      let client = try RawClient(port: port)
      try client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try client.receive(until: "\r\n\r\n")
      daemon.process.signal(SIGTERM)
      #expect(daemon.notifications.wait(for: "STOPPING=1") != nil)
      #expect(!daemon.process.hasExited)
      daemon.process.signal(SIGTERM)
      try daemon.process.waitForExit()
    }

    @Test func `a drain ends at its deadline`() throws {
      let daemon = try DaemonProcess(site("  - {path: /slow, text: done, delay: 1h}\n", "timeouts: {drain: 100ms}"), in: directory)
      let client = try RawClient(port: port)
      try client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try client.receive(until: "\r\n\r\n")
      #expect(try daemon.stop() == .code(0))
      #expect(try client.receive().contains("HTTP/1.1 503 Service Unavailable\r\n"))
    }

    @Test func `USR1 reopens the access log where it was renamed`() throws {
      let daemon = try DaemonProcess(site("  - {path: /**, text: a}\n", "access_log: {path: access.log, format: combined}"), in: directory)
      _ = try Curl.get("\(base)/before")
      #expect(rename(directory.file("access.log"), directory.file("access.log.1")) == 0)
      daemon.process.signal(SIGUSR1)
      #expect(eventually { FileManager.default.fileExists(atPath: directory.file("access.log")) })
      _ = try Curl.get("\(base)/after")
      #expect(try daemon.stop() == .code(0))
      #expect(try directory.read("access.log.1").contains("GET /before HTTP/1.1"))
      let current = try directory.read("access.log")
      #expect(current.contains("GET /after HTTP/1.1"))
      #expect(!current.contains("/before"))
    }

    @Test func `two hundred reloads under load lose no request and no descriptor`() throws {
      let settings = "workers: 2"
      let first = site("  - {path: /a, text: a}\n  - {path: /b/**, json: {n: 1}}\n", settings)
      let second = site("  - {path: /c, text: c}\n  - {path: /a, json: {n: 2}}\n  - {path: /b/**, text: bb}\n", settings)
      let daemon = try DaemonProcess(first, in: directory)
      // One answer and one reload first, so that whatever is opened once is open.
      try daemon.reload()
      #expect(try Curl.get("\(base)/a").status == 200)
      let descriptors = daemon.process.openDescriptors
      let swarm = Swarm(port: port, clients: 16, paths: ["/a", "/b/x"])
      #expect(swarm.waitForAnswers(100))
      for turn in 0..<200 {
        try daemon.rewrite(turn.isMultiple(of: 2) ? second : first)
        try daemon.reload()
      }
      let outcome = try swarm.stop()
      #expect(outcome.failures == [])
      #expect(outcome.answers.keys.sorted() == [200])
      // Fewer where curl's connection was still closing when they were counted first.
      #expect(eventually { daemon.process.openDescriptors <= descriptors })
      #expect(try daemon.stop() == .code(0))
    }

    @Test(.enabled(if: Requirement.curl, "needs curl")) func `reload and drain say how much is kept in memory`() throws {
      let directory = try TemporaryDirectory()
      try directory.write("hello", to: "site/a.txt")
      let port = try freePort()
      let daemon = try DaemonProcess(
        "listen: [127.0.0.1:\(port)]\nworkers: 1\nroutes: [{path: /**, static: site}]\n", in: directory)
      #expect(try Curl.get("http://127.0.0.1:\(port)/a.txt").text == "hello")
      try daemon.reload()
      #expect(try daemon.stop() == .code(0))
      for word in ["reloaded: ", "draining, "] {
        let line = try #require(daemon.process.standardError.split(separator: "\n").first { $0.contains(word) })
        #expect(line.contains(/cached="1 file, 1\d{3} of 16777216 bytes"/), "\(line)")
      }
    }
  }
}
