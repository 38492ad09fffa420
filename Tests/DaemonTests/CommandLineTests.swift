import Foundation
import Testing

extension BlackBox {
  @Suite struct CommandLineTests {
    static let bad = """
      listen: [127.0.0.1:0]
      routes:
        - path: /a
          text: a
          methdo: POST
      """
    static let good = """
      listen: [127.0.0.1:0]
      routes:
        - path: /users/{id}
          method: GET
          json: {}
        - path: /orders
          method: POST
          text: done
      """
    static let hidden = good + "\n  - path: /users/{name}\n    method: GET\n    text: never\n"

    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func configuration(_ text: String) throws -> String { try directory.write(text, to: "asynchttpd.yaml") }

    @Test func `serve with a bad configuration exits 1 with the diagnostic`() throws {
      let file = try configuration(Self.bad)
      let result = try DaemonProcess.run("serve", "--config", file)
      #expect(result.exit == .code(1))
      #expect(result.error.contains("\(file):5:5: error:"))
      #expect(result.error.contains("\"methdo\""))
      #expect(result.error.contains("did you mean \"method\"?"))
      #expect(result.error.contains("^~~~~~"))
    }

    @Test func `serve without its configuration file exits 1 and names it`() throws {
      let result = try DaemonProcess.run("serve", "--config", directory.file("missing.yaml"))
      #expect(result.exit == .code(1))
      #expect(result.error.contains(directory.file("missing.yaml")))
    }

    @Test func `serve on a port in use exits 69 with the key, its position and the way out`() throws {
      let occupied = try Listener()
      let file = try configuration("routes: [{path: /, text: a}]\nlisten: [127.0.0.1:\(occupied.port)]\n")
      let result = try DaemonProcess.run("serve", "--config", file)
      #expect(result.exit == .code(69))
      let sentence = try #require(result.error.split(separator: "\n").first { $0.contains("127.0.0.1:\(occupied.port)") })
      #expect(sentence.contains("listen"))
      #expect(sentence.contains("\(file):2:"))
      #expect(sentence.contains("in use"))
    }

    @Test func `check of a good configuration exits 0 and makes nothing`() throws {
      let occupied = try Listener()
      let file = try configuration(
        "listen: [127.0.0.1:\(occupied.port)]\naccess_log: {path: access.log}\nroutes: [{path: /, text: a}]\n")
      let result = try DaemonProcess.run("check", "--config", file)
      #expect(result.exit == .code(0), "\(result.error)")
      #expect(!FileManager.default.fileExists(atPath: directory.file("access.log")))
    }

    @Test func `check of a bad configuration exits 1 with every diagnostic`() throws {
      let file = try configuration(Self.bad + "\n  - path: /b\n    txet: b\n")
      let result = try DaemonProcess.run("check", "--config", file)
      #expect(result.exit == .code(1))
      #expect(result.error.contains("\(file):5:5: error:"))
      #expect(result.error.contains("\(file):7:5: error:"))
    }

    @Test func `check fails on a warning only when strict`() throws {
      let file = try configuration(Self.hidden)
      let lenient = try DaemonProcess.run("check", "--config", file)
      #expect(lenient.exit == .code(0))
      #expect(lenient.error.contains("warning: this route can never answer"))
      let strict = try DaemonProcess.run("check", "--strict", "--config", file)
      #expect(strict.exit == .code(1))
    }

    @Test(arguments: ["include: /dev/zero\nroutes: []\n", "routes: [{path: /, json_file: /dev/zero}]\n"])
    func `a device is not read where a file is meant`(_ text: String) throws {
      let result = try DaemonProcess.run("check", "--config", configuration(text))
      #expect(result.exit == .code(1))
      #expect(result.error.contains("cannot read \"/dev/zero\": it is a device"))
    }

    @Test func `routes lists the table in order with positions`() throws {
      let file = try configuration(Self.good)
      let result = try DaemonProcess.run("routes", "--config", file)
      #expect(result.exit == .code(0))
      let lines = result.output.split(separator: "\n")
      let users = try #require(lines.firstIndex { $0.contains("/users/{id}") })
      let orders = try #require(lines.firstIndex { $0.contains("/orders") })
      #expect(users < orders)
      #expect(lines[users].contains("asynchttpd.yaml:3"))
      #expect(lines[orders].contains("asynchttpd.yaml:6"))
    }

    @Test func `routes of a bad configuration exits 1`() throws {
      #expect(try DaemonProcess.run("routes", "--config", configuration(Self.bad)).exit == .code(1))
    }

    @Test func `explain exits 0 where a route answers, 2 where none does, 1 where the configuration is bad`() throws {
      let file = try configuration(Self.good)
      let found = try DaemonProcess.run("explain", "--config", file, "GET", "/users/7?q=1")
      #expect(found.exit == .code(0))
      #expect(found.output.contains("/users/{id}"))
      let method = try DaemonProcess.run("explain", "--config", file, "GET", "/orders")
      #expect(method.exit == .code(2))
      #expect(method.output.contains("POST"))
      #expect(try DaemonProcess.run("explain", "--config", file, "GET", "/nowhere").exit == .code(2))
      #expect(try DaemonProcess.run("explain", "--config", configuration(Self.bad), "GET", "/a").exit == .code(1))
    }

    @Test func `reload of a process that is not there exits 1`() throws {
      let ended = try ChildProcess(["true"])
      try ended.waitForExit()
      let result = try DaemonProcess.run("reload", "--pid", "\(ended.id)")
      #expect(result.exit == .code(1))
      #expect(!result.error.isEmpty)
    }

    @Test(arguments: ["--version", "--help"])
    func `help and version are printed to standard output`(_ option: String) throws {
      let result = try DaemonProcess.run(option)
      #expect(result.exit == .code(0))
      #expect(!result.output.isEmpty)
      #expect(result.error.isEmpty)
    }

    @Test(.enabled(if: Requirement.curl, "needs curl"))
    func `addresses given with --listen replace those of the file`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess(Self.good, in: directory, arguments: ["--listen", "127.0.0.1:\(port)"])
      #expect(try Curl.get("http://127.0.0.1:\(port)/users/1").status == 200)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a name that the environment lacks is an error, with a default it is not`() throws {
      let file = try configuration("routes: [{path: /, text: a, headers: {X-A: \"${NOT_SET_ANYWHERE}\"}}]\n")
      let result = try DaemonProcess.run("check", "--config", file)
      #expect(result.exit == .code(1))
      #expect(result.error.contains("NOT_SET_ANYWHERE"))
      let defaulted = try configuration("routes: [{path: /, text: a, headers: {X-A: \"${NOT_SET_ANYWHERE:-b}\"}}]\n")
      #expect(try DaemonProcess.run("check", "--config", defaulted).exit == .code(0))
    }
  }
}
