import Foundation
import Testing

extension BlackBox {
  /// README as a newcomer uses it: its configuration and its commands, word for word, on a port that is free.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct ReadmeTests {
    let directory: TemporaryDirectory
    /// The section about the first configuration.
    let section: String
    let port: Int

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
      let readme = try String(contentsOfFile: "\(repository)/README.md", encoding: .utf8)
      let start = try #require(readme.range(of: "## A configuration\n"))
      let end = try #require(readme[start.upperBound...].range(of: "\n## "))
      section = readme[start.upperBound..<end.lowerBound].replacingOccurrences(of: "8080", with: "\(port)")
      try directory.write(try #require(blocks("yaml").first), to: "site.yaml")
    }

    /// The fenced blocks of a language.
    func blocks(_ language: String) -> [String] {
      section.components(separatedBy: "```\(language)\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }

    /// Runs commands as somebody types them who has installed the program.
    func shell(_ script: String) throws -> (exit: ChildProcess.Exit, output: String, error: String) {
      let folder = (DaemonProcess.executable as NSString).deletingLastPathComponent
      let path = "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
      let shell = try ChildProcess(["bash", "-eu", "-c", script], environment: ["PATH": path, "no_proxy": "*"], directory: directory.path)
      return (try shell.waitForExit(), shell.standardOutput, shell.standardError)
    }

    @Test func `the commands under the configuration work as they stand`() throws {
      let script = try #require(blocks("sh").first)
      // The last of them ends the daemon; its exit is awaited, so that all it wrote is here.
      let (exit, output, error) = try shell(script + "wait\n")
      #expect(exit == .code(0), "\(error)")
      #expect(output.contains("site.yaml: good, 5 routes from 1 file"))
      #expect(output.contains("GET /api/users/7 is answered by GET /api/users/{id} (json)"))
      #expect(output.contains(#"{"id":"7","name":"Ada"}"#))
      #expect(output.contains("<h1>hello</h1>"))
      #expect(output.contains("reloaded: "))
      #expect(try directory.read("access.log").contains("\"GET /api/users/7 HTTP/1.1\" 200"))
    }

    @Test func `the diagnostic that is shown is what check prints`() throws {
      let text = try directory.read("site.yaml")
      let shown = try #require(blocks("").first { $0.contains("methdo") })
      let numbers = try #require(shown.components(separatedBy: ":").dropFirst().first.flatMap { Int($0) })
      var lines = text.components(separatedBy: "\n")
      try #require(lines[numbers - 1] == "    method: GET", "README's line number")
      lines[numbers - 1] = "    methdo: GET"
      try directory.write(lines.joined(separator: "\n"), to: "site.yaml")
      try FileManager.default.createDirectory(atPath: directory.file("public"), withIntermediateDirectories: true)
      try directory.write("x", to: "public/index.html")
      let (exit, _, error) = try shell("asynchttpd check --config site.yaml")
      #expect(exit == .code(1))
      #expect(error == shown)
    }

    @Test func `every command of the table runs`() throws {
      try directory.write("x", to: "public/index.html")
      let rows = section.components(separatedBy: "\n").filter { $0.hasPrefix("| `asynchttpd ") }
      #expect(rows.count == 11)
      let daemon = try DaemonProcess("listen: [127.0.0.1:\(port)]\nroutes: [{path: /, text: a}]\n", in: TemporaryDirectory())
      for row in rows {
        let command = row.components(separatedBy: "`")[1]
          .replacingOccurrences(of: "FILE", with: "site.yaml").replacingOccurrences(of: "PID", with: "\(daemon.process.id)")
          .replacingOccurrences(of: "list\\|show\\|verify\\|prune", with: "list")
        // What serves goes on until it is told to end; the daemon beside it has the port, so that it ends with 69.
        let serves = command.hasPrefix("asynchttpd serve") || command.hasPrefix("asynchttpd public")
        let (exit, _, error) = try shell(command)
        #expect(exit == .code(serves ? 69 : 0), "\(command): \(error)")
      }
      #expect(try daemon.stop() == .code(0))
    }
  }
}
