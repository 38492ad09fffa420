import Foundation
import Testing

extension BlackBox {
  /// What the program says to command lines that are none.
  @Suite struct CommandLineAdviceTests {
    let directory: TemporaryDirectory

    init() throws {
      directory = try TemporaryDirectory()
      try directory.write("routes: [{path: /, text: a}]\n", to: "site.yaml")
      try directory.write("nothing to serve\n", to: "notes.txt")
      try FileManager.default.createDirectory(atPath: directory.file("public"), withIntermediateDirectories: true)
    }

    /// The exit and the sentence of the program, run in the directory.
    func outcome(of arguments: [String]) throws -> (exit: ChildProcess.Exit, error: String) {
      let process = try ChildProcess([DaemonProcess.executable] + arguments, directory: directory.path)
      let exit = try process.waitForExit()
      return (exit, process.standardError)
    }

    @Test(
      arguments: [
        (["missing.yml"], "there is no file or directory \"missing.yml\"\n"),
        (["site.yml"], "there is no file or directory \"site.yml\"; did you mean asynchttpd site.yaml?\n"),
        (["./pulbic"], "there is no file or directory \"./pulbic\"; did you mean asynchttpd ./public?\n"),
        (["pulbic"], "\"pulbic\" is neither a command nor a file; did you mean asynchttpd public?\n"),
        (["serve", "dits"], "there is no file or directory \"dits\"\n"),
        (["notes.txt"], "\"notes.txt\" is no directory, and a configuration ends in .yaml; it is read by asynchttpd --config notes.txt\n"),
        (["check", "site.yaml"], "the configuration is named by an option: asynchttpd check --config site.yaml\n"),
        (["check", "--strict", "site.yaml"], "asynchttpd check --config site.yaml\n"),
        (["explain", "site.yaml", "GET", "/"], "asynchttpd explain --config site.yaml\n"),
        (["recordings", "list", "site.yaml"], "asynchttpd recordings list --config site.yaml\n"),
        (["chekc"], "unknown command \"chekc\"; did you mean asynchttpd check?\n"),
        (["chekc", "--strict", "-c", "site.yaml"], "unknown command \"chekc\"; did you mean asynchttpd check?\n"),
        (["-c", "site.yaml", "rutes"], "unknown command \"rutes\"; did you mean asynchttpd routes?\n"),
        (["site.yaml", "check"], "the command comes first: asynchttpd check --config site.yaml\n"),
        (["-c", "site.yaml", "check"], "the command comes first: asynchttpd check, and then its options\n"),
        (["reload", "4711"], "the process is named by an option: asynchttpd reload --pid 4711\n"),
        (["validate"], "did you mean asynchttpd check?\n"), (["start"], "did you mean asynchttpd serve?\n"),
        (["version"], "did you mean asynchttpd --version?\n"),
        (["recordings", "lst"], "unknown command \"lst\"; did you mean asynchttpd recordings list?\n"),
        (
          ["frobnicate"],
          "\"frobnicate\" is neither a command nor a file or directory; there are serve, init, check, routes, explain, dump, status, "
            + "reload, reset, recordings and schema\n"
        ),
        (["8080"], "asynchttpd --port 8080\n"), ([":8080"], "asynchttpd --listen ':8080'\n"),
      ])
    func `a command line that is none is told what was meant`(arguments: [String], sentence: String) throws {
      let (exit, error) = try outcome(of: arguments)
      #expect(exit == .code(64))
      #expect(error.contains(sentence), "\(error)")
    }

    @Test func `the parser's own errors stay as they are`() throws {
      let (exit, error) = try outcome(of: ["check", "--stritc"])
      #expect(exit == .code(64))
      #expect(error.contains("--stritc"))
      #expect(error.contains("--strict"))
    }

    @Test func `a line with everything wrong ends with how much that is`() throws {
      let routes = (1...40).map { "  - {path: /\($0), txt: x}\n" }.joined()
      let file = try directory.write("access_log: off\nlisten: ':8080'\nroutes:\n\(routes)", to: "forty.yaml")
      for command in [["check"], ["routes"], ["explain", "GET", "/"], ["serve"]] {
        let (exit, error) = try outcome(of: command + ["--config", file])
        #expect(exit == .code(1))
        let lines = error.split(separator: "\n")
        #expect(lines.count < 110)
        #expect(lines.count { $0.contains(": error: unknown key \"txt\"") } == 40)
        #expect(lines.last?.hasSuffix(": 40 errors, 1 warning") == true, "\(command) \(lines.last ?? "")")
      }
    }

    @Test func `check says why strictness fails`() throws {
      let file = try directory.write("listen: ':8080'\nroutes: [{path: /, text: a}]\n", to: "warned.yaml")
      let lenient = try outcome(of: ["check", "--config", file])
      #expect(lenient.exit == .code(0))
      #expect(lenient.error.hasSuffix("warned.yaml: 1 warning\n"))
      let strict = try outcome(of: ["check", "--strict", "--config", file])
      #expect(strict.exit == .code(1))
      #expect(strict.error.hasSuffix("warned.yaml: 1 warning; --strict takes warnings for errors\n"))
      #expect(try outcome(of: ["check", "--strict", "--config", "site.yaml"]).exit == .code(0))
    }

    @Test func `an address without a host is served on every interface with a word about it`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess("routes: [{path: /, text: a}]\n", in: directory, arguments: ["--listen", ":\(port)"])
      #expect(daemon.process.waitForOutput("--listen: \":\(port)\" listens on every interface"))
      #expect(try daemon.stop() == .code(0))
      let explicit = try DaemonProcess("routes: [{path: /, text: a}]\n", in: directory, arguments: ["--listen", "*:\(port)"])
      #expect(try explicit.stop() == .code(0))
      #expect(!explicit.process.standardError.contains("every interface"))
    }
  }
}
