import Foundation
import Testing

extension BlackBox {
  /// `--watch`: what an editor, a deployment and a mistake do to a daemon that reloads by itself.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct WatchTests {
    let directory: TemporaryDirectory
    let port: Int
    var base: String { "http://127.0.0.1:\(port)" }

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
    }

    func site(_ routes: String) -> String { "listen: [127.0.0.1:\(port)]\n\(routes)\n" }

    func serving(_ configuration: String, arguments: [String] = []) throws -> DaemonProcess {
      try DaemonProcess(configuration, in: directory, arguments: ["--watch"] + arguments)
    }

    /// Waits until the daemon answers as wanted: the text may come with the second of two reloads.
    func answers(_ text: String, at path: String = "/") -> Bool {
      eventually { (try? Curl.get("\(base)\(path)").text) == text }
    }

    @Test func `a file that is written, and one that is renamed into its place, are taken up`() throws {
      let daemon = try serving(site("routes: [{path: /, text: one}]"))
      try directory.write(site("routes: [{path: /, text: two}]"), to: "asynchttpd.yaml")
      #expect(answers("two"))
      try daemon.rewrite(site("routes: [{path: /, text: three}]"))
      #expect(answers("three"))
      try daemon.rewrite(site("routes: [{path: /, text: four}]"))
      #expect(answers("four"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a mistake is told with its line, and what was served is served on`() throws {
      let daemon = try serving(site("routes: [{path: /, text: one}]"))
      try daemon.rewrite(site("routes: [{path: /, txt: two}]"))
      #expect(daemon.process.waitForOutput("asynchttpd.yaml:2:20: error: unknown key \"txt\""))
      #expect(daemon.process.waitForOutput("reload refused, what was served is served on"))
      #expect(try Curl.get("\(base)/").text == "one")
      try daemon.rewrite(site("routes: [{path: /, text: three}]"))
      #expect(answers("three"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `every file that the configuration reads is watched, and one that is missing too`() throws {
      try directory.write("{\"a\": 1}", to: "bodies/a.json")
      try directory.write("hello {{path.name}}", to: "bodies/hello.txt")
      try directory.write("routes: [{path: /included, text: one}]\n", to: "conf.d/10.yaml")
      let daemon = try serving(
        site(
          """
          include: conf.d/*.yaml
          routes:
            - {path: /json, json_file: bodies/a.json}
            - {path: "/hello/{name}", file: bodies/hello.txt, template: true}
          """))
      try directory.write("{\"a\": 2}", to: "bodies/a.json")
      #expect(answers("{\"a\": 2}", at: "/json"))
      try directory.write("bye {{path.name}}", to: "bodies/hello.txt")
      #expect(answers("bye ada", at: "/hello/ada"))
      try directory.write("routes: [{path: /included, text: two}]\n", to: "conf.d/10.yaml")
      #expect(answers("two", at: "/included"))
      try directory.write("routes: [{path: /new, text: new}]\n", to: "conf.d/20.yaml")
      #expect(answers("new", at: "/new"))

      try FileManager.default.removeItem(atPath: directory.file("bodies/a.json"))
      #expect(daemon.process.waitForOutput("bodies/a.json\": it does not exist"))
      try directory.write("{\"a\": 3}", to: "bodies/a.json")
      #expect(answers("{\"a\": 3}", at: "/json"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a reload changes what is watched`() throws {
      try directory.write("one", to: "first.txt")
      try directory.write("one", to: "second.txt")
      let daemon = try serving(site("routes: [{path: /, file: first.txt, template: true}]"))
      try daemon.rewrite(site("routes: [{path: /, file: second.txt, template: true}, {path: /x, text: x}]"))
      #expect(answers("x", at: "/x"))
      try directory.write("two", to: "second.txt")
      #expect(answers("two"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a volume that is swapped as Kubernetes does it is taken up`() throws {
      for version in ["one", "two", "three"] {
        try directory.write(site("routes: [{path: /, text: \(version)}]"), to: "volume/..\(version)/site.yaml")
      }
      func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: directory.file("volume/.new"), withDestinationPath: target)
        #expect(rename(directory.file("volume/.new"), directory.file("volume/\(name)")) == 0)
      }
      try link("..data", to: "..one")
      try link("site.yaml", to: "..data/site.yaml")
      let process = try ChildProcess(
        [DaemonProcess.executable, "volume/site.yaml", "--watch"], directory: directory.path)
      #expect(process.waitForOutput("serving 1 route"))
      for version in ["two", "three"] {
        try link("..data", to: "..\(version)")
        #expect(answers(version))
      }
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .code(0))
    }

    @Test func `a directory that vanishes and comes back is taken up, and no descriptor stays open`() throws {
      try directory.write("routes: [{path: /, text: one}]\n", to: "sub/routes.yaml")
      let daemon = try serving(site("include: sub/routes.yaml\nroutes: []"))
      let descriptors = daemon.process.openDescriptors
      for version in ["two", "three", "four"] {
        try FileManager.default.removeItem(atPath: directory.file("sub"))
        try directory.write("routes: [{path: /, text: \(version)}]\n", to: "sub/routes.yaml")
        #expect(answers(version))
      }
      #expect(eventually { daemon.process.openDescriptors <= descriptors + 1 })
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `without a configuration the first one that is written is taken up`() throws {
      let process = try ChildProcess(
        [DaemonProcess.executable, "--watch", "--port", "\(port)"], directory: directory.path)
      #expect(process.waitForOutput("serving 3 routes"))
      try directory.write("routes: [{path: /, text: first}]\n", to: "asynchttpd.yaml")
      #expect(answers("first"))
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .code(0))
    }

    @Test func `a directory is served with --watch as without`() throws {
      try directory.write("one", to: "dist/index.html")
      let process = try ChildProcess(
        [DaemonProcess.executable, "dist", "--watch", "--port", "\(port)"], directory: directory.path)
      #expect(answers("one"))
      try directory.write("two", to: "dist/index.html")
      #expect(answers("two"))
      process.signal(SIGTERM)
      #expect(try process.waitForExit() == .code(0))
      #expect(!process.standardError.contains("reloaded"))
    }
  }
}
