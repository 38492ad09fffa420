import Foundation
import Testing

extension BlackBox {
  /// What a person sees who starts the program in a terminal, a pseudo terminal here, and what is not shown elsewhere.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct TerminalTests {
    let directory: TemporaryDirectory
    let port: Int
    var base: String { "http://127.0.0.1:\(port)" }

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
      try directory.write(
        """
        listen: [127.0.0.1:\(port)]
        routes:
          - {id: get-user, path: "/users/{id}", json: {id: "{{path.id}}"}}
          - {path: /orders, method: POST, when: {json: {$.currency: EUR}}, status: 201}
          - {path: /gone, redirect: /users/1}
          - {id: flaky, path: /flaky, text: a, fault: {truncate: 0%}}
          - {path: /missed/**, proxy_to_file: store}

        """, to: "asynchttpd.yaml")
      try FileManager.default.createDirectory(atPath: directory.file("store"), withIntermediateDirectories: true)
    }

    static let colors = ["TERM": "xterm-256color", "NO_COLOR": ""]
    static let escape = "\u{1B}["

    /// The program on a terminal of so many columns, once it has greeted.
    func onTerminal(
      _ arguments: [String] = [], columns: Int = 200, environment: [String: String] = ["TERM": "xterm", "NO_COLOR": "1"]
    ) throws -> ChildProcess {
      let process = try ChildProcess(
        [DaemonProcess.executable] + arguments, environment: environment, directory: directory.path, columns: columns)
      guard process.waitForOutput("Ctrl-C", on: STDOUT_FILENO) else { throw HarnessError(process.standardOutput) }
      return process
    }

    func end(_ process: ChildProcess) throws {
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .code(0))
    }

    /// The line of the output that has the text, once it is there.
    func line(with text: String, of process: ChildProcess) throws -> String {
      try #require(process.waitForOutput(text, on: STDOUT_FILENO), "\(process.standardOutput)")
      let lines = process.standardOutput.components(separatedBy: "\r\n")
      return try #require(lines.first { $0.contains(text) })
    }

    // MARK: Greeting and requests

    @Test func `a start is greeted with the address, the routes, the configuration and the way on`() throws {
      let process = try onTerminal()
      let text = process.standardOutput
      #expect(text.contains("serves http://127.0.0.1:\(port)/"))
      #expect(text.contains("routes  5: 2 text, 1 json, 1 redirect, 1 proxy_to_file\r\n"))
      #expect(text.contains("config  asynchttpd.yaml\r\n"))
      #expect(text.contains("asynchttpd reload --pid \(process.id)"))
      #expect(!text.contains(Self.escape))
      try end(process)
    }

    @Test func `the greeting says where the admin listener is, and that files are watched`() throws {
      let admin = try freePort()
      let process = try onTerminal(["--admin", "127.0.0.1:\(admin)", "--watch"])
      #expect(process.standardOutput.contains("admin   http://127.0.0.1:\(admin)/\r\n"))
      #expect(process.standardOutput.contains("reload  by itself, when a file of the configuration is saved\r\n"))
      try end(process)
    }

    @Test func `each request is a line with its status, duration, route and outcome`() throws {
      let process = try onTerminal()
      _ = try Curl.get("\(base)/users/7?full=1")
      let user = try line(with: "/users/7", of: process)
      #expect(user.wholeMatch(of: /\d\d:\d\d:\d\d  GET     200 +\d+\.\dms  \/users\/7\?full=1  get-user/) != nil, "\(user)")
      _ = try Curl.get("\(base)/gone")
      #expect(try line(with: " 302 ", of: process).contains("/gone  /gone"))
      _ = try Curl.get("\(base)/missed/a")
      #expect(try line(with: "/missed/a", of: process).hasSuffix("/missed/a  GET /missed/**  missed"))
      _ = try? Curl.get("\(base)/flaky")
      #expect(try line(with: "/flaky", of: process).contains("truncate"))
      try end(process)
    }

    @Test func `a request that no route answers is a line with the nearest, and no further one in the log`() throws {
      let process = try onTerminal()
      _ = try Curl.get("\(base)/user/7")
      let line = try line(with: "/user/7", of: process)
      #expect(line.contains(" 404 "))
      #expect(line.contains("nearest: get-user at asynchttpd.yaml:3:5: path expected /users/{id}, found /user/7"))
      _ = try Curl.get("\(base)/orders", "-H", "Content-Type: application/json", "-d", "{\"currency\": \"USD\"}")
      #expect(try self.line(with: "POST", of: process).contains("$.currency"))
      #expect(!process.standardOutput.contains("no route answers"))
      try end(process)
    }

    @Test func `statuses have colours, unless the environment or an option says otherwise`() throws {
      let process = try onTerminal(environment: Self.colors)
      _ = try Curl.get("\(base)/users/7")
      _ = try Curl.get("\(base)/nothing")
      #expect(process.waitForOutput("\u{1B}[32m200\u{1B}[0m", on: STDOUT_FILENO))
      #expect(process.waitForOutput("\u{1B}[33m404\u{1B}[0m", on: STDOUT_FILENO))
      try end(process)
      for (arguments, environment) in [
        ([], ["TERM": "xterm", "NO_COLOR": "1"]), ([], ["TERM": "dumb", "NO_COLOR": ""]), (["--color", "never"], Self.colors),
      ] {
        let plain = try onTerminal(arguments, environment: environment)
        _ = try Curl.get("\(base)/users/7")
        _ = try line(with: "/users/7", of: plain)
        #expect(!plain.standardOutput.contains(Self.escape))
        try end(plain)
      }
    }

    @Test func `lines are cut to the width of the terminal`() throws {
      let process = try onTerminal(columns: 60)
      _ = try Curl.get("\(base)/users/" + String(repeating: "x", count: 500))
      _ = try Curl.get("\(base)/nowhere/" + String(repeating: "y", count: 500))
      let found = try line(with: "/users/xx", of: process)
      #expect(found.count <= 60)
      #expect(found.hasSuffix("…  get-user"))
      #expect(try line(with: "/nowhere/yy", of: process).count <= 60)
      try end(process)
    }

    @Test func `nothing that a client sends drives the terminal`() throws {
      let process = try onTerminal()
      for target in ["/users/%1B%5B2J", "/\u{1B}[2Jraw", "/users/1?q=\u{1B}]0;owned\u{7}", "/users/\u{9B}2J"] {
        let client = try RawClient(port: port)
        try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nX-A: \u{1B}[31m\r\nConnection: close\r\n\r\n")
        _ = try client.receive()
      }
      _ = try Curl.get("\(base)/users/last")
      _ = try line(with: "/users/last", of: process)
      #expect(
        process.standardOutput.unicodeScalars.allSatisfy {
          $0 == "\r" || $0 == "\n" || ($0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value))
        })
      try end(process)
    }

    @Test func `a terminal that takes nothing holds up no request and no end`() throws {
      let terminal = try PseudoTerminal(columns: 80)
      let process = try ChildProcess(
        [DaemonProcess.executable], environment: Self.colors, directory: directory.path, descriptors: [terminal.descriptor],
        redirections: "1>&3")
      #expect(eventually { (try? Curl.get("\(base)/users/1").status) == 200 })
      // A terminal keeps 4 KiB that nobody reads; this is a hundred times as much.
      let client = try RawClient(port: port)
      for batch in 0..<50 {
        let targets = (0..<99).map { _ in String(repeating: "x", count: 60) } + ["last-\(batch)"]
        try client.send(targets.map { "GET /users/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        _ = try client.receive(until: "last-\(batch)\"}")
      }
      #expect(try Curl.get("\(base)/users/2").status == 200)
      try end(process)
    }

    // MARK: Elsewhere

    @Test func `in a pipe and under a service manager nothing is shown`() throws {
      let process = try ChildProcess([DaemonProcess.executable], environment: Self.colors, directory: directory.path)
      #expect(process.waitForOutput("serving 5 routes"))
      _ = try Curl.get("\(base)/users/7")
      try end(process)
      #expect(process.standardOutput.isEmpty)
      #expect(!process.standardError.contains(Self.escape))

      let notifications = try NotificationListener(address: "@\(directory.path)/notify")
      let managed = try ChildProcess(
        [DaemonProcess.executable], environment: Self.colors.merging(["NOTIFY_SOCKET": notifications.address]) { $1 },
        directory: directory.path, columns: 80)
      #expect(managed.waitForOutput("serving 5 routes", on: STDOUT_FILENO))
      _ = try Curl.get("\(base)/users/7")
      try end(managed)
      #expect(!managed.standardOutput.contains("Ctrl-C"))
      #expect(!managed.standardOutput.contains("get-user"))
    }

    @Test func `with an access log there are no lines of requests`() throws {
      let text = try directory.read("asynchttpd.yaml")
      try directory.write("access_log: access.log\n" + text, to: "asynchttpd.yaml")
      let process = try onTerminal()
      _ = try Curl.get("\(base)/users/7")
      // A reload takes it away, and then they come.
      try directory.write(text, to: "asynchttpd.yaml")
      process.signal(SIGHUP)
      #expect(process.waitForOutput("reloaded: ", on: STDOUT_FILENO))
      _ = try Curl.get("\(base)/users/8")
      _ = try line(with: "/users/8", of: process)
      #expect(!process.standardOutput.contains("/users/7"))
      try end(process)
      #expect(try directory.read("access.log").contains("/users/7"))
    }

    // MARK: Diagnostics

    @Test func `diagnostics have colours on a terminal and by --color always, with the caret in red`() throws {
      try directory.write("routes: [{path: /, txt: a}]\n", to: "bad.yaml")
      let shown = try ChildProcess(
        [DaemonProcess.executable, "check", "--config", "bad.yaml"], environment: Self.colors, directory: directory.path, columns: 80)
      #expect(try shown.waitForExit() == .code(1))
      let caret = "\u{1B}[31m      |                    ^~~"
      #expect(shown.standardOutput.contains("\u{1B}[1;31merror: \u{1B}[0m"))
      #expect(shown.standardOutput.contains(caret), "\(shown.standardOutput)")
      #expect(shown.standardOutput.contains("\u{1B}[1;31m1 error\u{1B}[0m"))
      for (arguments, isColored) in [(["--color", "always"], true), ([], false), (["--color", "never"], false)] {
        for command in [["check"], ["serve"], ["routes"], ["explain", "GET", "/"]] {
          let piped = try ChildProcess(
            [DaemonProcess.executable] + command + ["--config", "bad.yaml"] + arguments, environment: Self.colors, directory: directory.path
          )
          #expect(try piped.waitForExit() == .code(1))
          #expect(piped.standardError.contains(caret) == isColored, "\(command) \(piped.standardError)")
        }
      }
    }

    @Test func `routes and explain have colours by --color always`() throws {
      let routes = try DaemonProcess.run("routes", "--color", "always", "--config", directory.file("asynchttpd.yaml"))
      #expect(routes.output.contains("\u{1B}[1m/users/{id}\u{1B}[0m"))
      let file = directory.file("asynchttpd.yaml")
      let explained = try DaemonProcess.run("explain", "--color", "always", "--config", file, "GET", "/users/7")
      #expect(explained.output.hasPrefix("\u{1B}[32mGET /users/7 is answered by get-user"))
      let none = try DaemonProcess.run("explain", "--color", "always", "--config", file, "POST", "/orders", "-d", "{}")
      #expect(none.exit == .code(2))
      #expect(none.output.contains("\u{1B}[31m    FAIL"))
    }

    @Test func `an address in use is shown with its line, as check would`() throws {
      let occupied = try Listener()
      let file = try directory.write("routes: [{path: /, text: a}]\nlisten: [127.0.0.1:\(occupied.port)]\n", to: "used.yaml")
      let result = try DaemonProcess.run("serve", "--config", file)
      #expect(result.exit == .code(69))
      #expect(result.error.contains("used.yaml:2:10: error: listen: cannot listen"))
      #expect(result.error.contains("\n    2 | listen: [127.0.0.1:\(occupied.port)]\n      |          ^~~~~~~"))
      #expect(result.error.hasSuffix("asynchttpd: 1 error\n"))
    }
  }
}
