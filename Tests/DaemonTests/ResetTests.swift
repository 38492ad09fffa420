import Foundation
import Testing

extension BlackBox {
  /// What routes remember in a running daemon, over reloads and resets.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct ResetTests {
    let directory: TemporaryDirectory
    let port: Int

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
    }

    private func yaml(_ last: String, initial: String = "open") -> String {
      """
      listen: [127.0.0.1:\(port)]
      workers: 2
      states: {order: {initial: \(initial)}}
      routes:
        - {id: jobs, path: /jobs, sequence: [{text: a}, {text: b}, {text: \(last)}]}
        - {id: pay, path: /pay, set_state: {order: paid}, text: "{{state.order}}"}
        - {id: order, path: /order, text: "{{state.order}}"}

      """
    }

    private func get(_ path: String) throws -> String { try Curl.get("http://127.0.0.1:\(port)\(path)").text }

    @Test func `a reset brings back to the start what it names, and without names everything`() throws {
      let daemon = try DaemonProcess(yaml("c"), in: directory)
      let pid = "\(daemon.process.id)"
      #expect(try [get("/jobs"), get("/jobs"), get("/pay"), get("/order")] == ["a", "b", "paid", "paid"])
      #expect(try DaemonProcess.run("reset", "--pid", pid, "order").output == "reset: order\n")
      #expect(try [get("/order"), get("/jobs")] == ["open", "c"])
      #expect(try DaemonProcess.run("reset", "--pid", pid).output == "reset: jobs, order\n")
      #expect(try [get("/order"), get("/jobs")] == ["open", "a"])
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a reset of a name that is unknown exits 1 and resets nothing`() throws {
      let daemon = try DaemonProcess(yaml("c"), in: directory)
      #expect(try get("/jobs") == "a")
      let result = try DaemonProcess.run("reset", "--pid", "\(daemon.process.id)", "jobs", "ordr", "pay")
      #expect(result.exit == .code(1))
      #expect(
        result.error
          == "asynchttpd: nothing is called \"ordr\" (did you mean \"order\"?)\nasynchttpd: the route \"pay\" remembers nothing\n")
      #expect(try get("/jobs") == "b")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a reload keeps what is defined the same, and says what began anew`() throws {
      let daemon = try DaemonProcess(yaml("c"), in: directory)
      let pid = "\(daemon.process.id)"
      #expect(try [get("/jobs"), get("/pay")] == ["a", "paid"])
      try daemon.rewrite(yaml("c") + "  - {path: /new, text: new}\n")
      #expect(try DaemonProcess.run("reload", "--pid", pid).output == "reloaded: +1 route\n")
      #expect(try [get("/jobs"), get("/order")] == ["b", "paid"])
      try daemon.rewrite(yaml("d", initial: "shut"))
      let reloaded = try DaemonProcess.run("reload", "--pid", pid).output
      #expect(reloaded == "reloaded: -1 route, ~1: jobs sequence began anew, state order began anew\n")
      #expect(try [get("/jobs"), get("/order")] == ["a", "shut"])
      #expect(try daemon.stop() == .code(0))
    }
  }
}
