import Foundation
import Testing

extension BlackBox {
  /// What a newcomer types first: a directory, a file, nothing at all, `init`, `dump`.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct FirstMinuteTests {
    let directory: TemporaryDirectory
    let port: Int

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
      try directory.write("<h1>hello</h1>\n", to: "dist/index.html")
      try directory.write("x\n", to: "dist/files/a.txt")
    }

    /// The program in the directory, once it answers on the port.
    func serving(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
      let process = try ChildProcess([DaemonProcess.executable] + arguments, environment: environment, directory: directory.path)
      guard process.waitForOutput("serving ") else { throw HarnessError(process.standardError) }
      return process
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> (
      exit: ChildProcess.Exit, output: String, error: String
    ) {
      let process = try ChildProcess([DaemonProcess.executable] + arguments, environment: environment, directory: directory.path)
      return (try process.waitForExit(), process.standardOutput, process.standardError)
    }

    func end(_ process: ChildProcess) throws {
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .code(0))
    }

    @Test func `a directory is served, with its index and its listing, and its YAML is printed`() throws {
      let process = try serving(["./dist", "--port", "\(port)"])
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "<h1>hello</h1>\n")
      #expect(try Curl.get("http://127.0.0.1:\(port)/files/").text.contains("a.txt"))
      #expect(try Curl.get("http://127.0.0.1:\(port)/nothing").status == 404)
      try end(process)
      // What is printed is a configuration that serves the same, at the same address.
      try directory.write(process.standardOutput, to: "printed.yaml")
      #expect(try run("check", "--strict", "--config", "printed.yaml").exit == .code(0))
      let again = try serving(["printed.yaml"])
      #expect(try Curl.get("http://127.0.0.1:\(port)/files/").text.contains("a.txt"))
      try end(again)
    }

    @Test func `a single-page application gets its page for every path, and other origins may read it`() throws {
      let process = try serving(["dist", "--spa", "--cors", "-p", "\(port)"])
      let page = try Curl.get("http://127.0.0.1:\(port)/some/page", "-H", "Origin: http://localhost:3000")
      #expect(page.text == "<h1>hello</h1>\n")
      #expect(page.headers["access-control-allow-origin"] == "*")
      process.signal(SIGHUP)
      #expect(process.waitForOutput("reloaded: no change"))
      try end(process)
    }

    @Test func `a directory with any name is served`() throws {
      for name in ["a b", "# x", "${HOME}", "no", "ü: y", "-", "'q'"] {
        try directory.write(name, to: "sites/\(name)/index.html")
        let process = try serving(["sites/\(name)", "--port", "\(port)"])
        #expect(try Curl.get("http://127.0.0.1:\(port)/").text == name)
        try end(process)
      }
    }

    @Test func `--spa and --cors are for a directory, and a configuration is named once`() throws {
      try directory.write("routes: [{path: /, text: a}]\n", to: "site.yaml")
      for arguments in [["site.yaml", "--spa"], ["--cors"]] {
        let process = try ChildProcess([DaemonProcess.executable] + arguments, directory: directory.path)
        #expect(try process.waitForExit() == .code(64))
        #expect(process.standardError.contains("goes with a directory"))
      }
      let twice = try run("site.yaml", "--config", "site.yaml")
      #expect(twice.exit == .code(64))
      #expect(twice.error.contains("once"))
    }

    @Test func `with no argument asynchttpd.yaml in the current directory is served, and stays the one`() throws {
      let text = "listen: [127.0.0.1:\(port)]\nroutes: [{path: /, text: here}]\n"
      try directory.write(text, to: "asynchttpd.yaml")
      let process = try serving([])
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "here")
      #expect(try run("routes").output.contains("asynchttpd.yaml:2"))
      try FileManager.default.removeItem(atPath: directory.file("asynchttpd.yaml"))
      process.signal(SIGHUP)
      #expect(process.waitForOutput("asynchttpd.yaml: error: this file is gone"))
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "here")
      try end(process)
    }

    @Test func `--open has the desktop show the address, and says so where it cannot`() throws {
      let desktop = try directory.write("#!/bin/sh\necho \"$1\" > \"$OPENED\"\n", to: "bin/xdg-open")
      chmod(desktop, 0o755)
      let path = "\(directory.file("bin")):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
      let process = try serving(
        ["dist", "--port", "\(port)", "--open"], environment: ["PATH": path, "OPENED": directory.file("opened")])
      #expect(eventually { (try? directory.read("opened")) == "http://127.0.0.1:\(port)/\n" })
      try end(process)
      let without = try serving(["dist", "--port", "\(port)", "--open"], environment: ["PATH": "/nowhere"])
      #expect(without.waitForOutput("there is no xdg-open here; open http://127.0.0.1:\(port)/ yourself"))
      try end(without)
    }

    // MARK: init

    @Test func `init writes a configuration that strictness accepts, its schema and a page, and never over a file`() throws {
      let first = try run("init")
      #expect(first.exit == .code(0), "\(first.error)")
      let text = try directory.read("asynchttpd.yaml")
      #expect(text.hasPrefix("# yaml-language-server: $schema=asynchttpd.schema.json\n"))
      #expect(try directory.read("asynchttpd.schema.json") == run("schema").output)
      #expect(try directory.read("public/index.html").contains("<h1>"))
      let strict = try run("check", "--strict")
      #expect(strict.exit == .code(0), "\(strict.error)")
      #expect(strict.error.isEmpty)

      try directory.write("mine", to: "public/index.html")
      let second = try run("init")
      #expect(second.exit == .code(1))
      #expect(second.error == "asynchttpd: asynchttpd.yaml is there already, and stays as it is\n")
      #expect(try directory.read("asynchttpd.yaml") == text)
      #expect(try directory.read("public/index.html") == "mine")
    }

    @Test func `init writes elsewhere, without a schema if asked, and not into what is not there`() throws {
      try FileManager.default.createDirectory(atPath: directory.file("config"), withIntermediateDirectories: true)
      #expect(try run("init", "config/site.yaml", "--no-schema").exit == .code(0))
      #expect(try !directory.read("config/site.yaml").contains("$schema"))
      #expect(!FileManager.default.fileExists(atPath: directory.file("config/asynchttpd.schema.json")))
      #expect(try run("check", "--strict", "--config", "config/site.yaml").exit == .code(0))
      let nowhere = try run("init", "nowhere/site.yaml")
      #expect(nowhere.exit == .code(1))
      #expect(nowhere.error.contains("cannot write nowhere/"))
    }

    @Test func `what init writes answers as its comments say, also with the upstream's lines uncommented`() throws {
      #expect(try run("init").exit == .code(0))
      let text = try directory.read("asynchttpd.yaml")
      let uncommented = text.replacingOccurrences(of: "# - path: /catalog", with: "- path: /catalog")
        .replacingOccurrences(of: "#   proxy_to_file", with: "  proxy_to_file")
      #expect(uncommented != text)
      try directory.write(uncommented, to: "asynchttpd.yaml")
      #expect(try run("check", "--strict").exit == .code(0))
      let process = try serving(["--port", "\(port)"])
      let base = "http://127.0.0.1:\(port)"
      #expect(try Curl.get("\(base)/api/users/7").text.hasPrefix("{\"id\":7,\"name\":\""))
      #expect(try Curl.get("\(base)/api/todos?done=true").text.contains("look around"))
      let order = try Curl.get("\(base)/api/orders", "-H", "Content-Type: application/json", "-d", "{\"id\": 12}")
      #expect(order.status == 201)
      #expect(order.headers["location"] == "/api/orders/12")
      #expect(try Curl.get("\(base)/api/nothing").status == 404)
      #expect(try Curl.get("\(base)/any/page").text.contains("<h1>It works</h1>"))
      try end(process)
    }

    // MARK: dump

    @Test func `dump prints what is in effect, without secrets, and it serves the same`() throws {
      try directory.write("routes: [{path: /b, static: dist}]\n".replacingOccurrences(of: "/b,", with: "/b/**,"), to: "b.yaml")
      try directory.write(
        "include: b.yaml\ndefaults: {headers: {X-Token: \"${API_TOKEN}\"}}\nroutes: [{path: /a, text: a}]\n", to: "asynchttpd.yaml")
      let dumped = try run("dump", environment: ["API_TOKEN": "hidden"])
      #expect(dumped.exit == .code(0), "\(dumped.error)")
      #expect(!dumped.output.contains("hidden"))
      #expect(dumped.output.contains("X-Token: \"***\""))
      #expect(dumped.output.contains("static: \(directory.path)/dist"))
      let shown = try run("dump", "--show-secrets", environment: ["API_TOKEN": "hidden"])
      #expect(shown.output.contains("X-Token: hidden"))
      try FileManager.default.createDirectory(atPath: directory.file("other"), withIntermediateDirectories: true)
      try directory.write(shown.output, to: "other/dump.yaml")
      let process = try serving(["other/dump.yaml", "--port", "\(port)"])
      #expect(try Curl.get("http://127.0.0.1:\(port)/b/").text == "<h1>hello</h1>\n")
      #expect(try Curl.get("http://127.0.0.1:\(port)/a").headers["x-token"] == "hidden")
      try end(process)
    }

    @Test func `dump of a bad configuration exits 1 with its diagnostics`() throws {
      try directory.write("routes: [{path: /, txt: a}]\n", to: "asynchttpd.yaml")
      let dumped = try run("dump")
      #expect(dumped.exit == .code(1))
      #expect(dumped.output.isEmpty)
      #expect(dumped.error.contains("asynchttpd.yaml:1:20: error: unknown key \"txt\""))
    }
  }
}
