import Foundation
import Testing

extension BlackBox {
  /// What LISTEN_FDS and its kin promise, and what is really there.
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct InheritedSocketTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Runs a daemon that shall serve `systemd:http` and cannot.
    func refusal(_ variables: [String: String], _ descriptors: [Int32], names itsProcess: Bool = true) throws -> String {
      let file = try directory.write("listen: [systemd:http]\nroutes: [{path: /, text: a}]\n", to: "asynchttpd.yaml")
      let process = try ChildProcess(
        [DaemonProcess.executable, "serve", "--config", file], environment: variables, descriptors: descriptors,
        exportingProcessIDAs: itsProcess ? "LISTEN_PID" : nil)
      #expect(try process.waitForExit() == .code(69))
      return process.standardError
    }

    @Test func `a descriptor that was not passed is not taken for one of the daemon's own`() throws {
      let listener = try Listener()
      let error = try refusal(["LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:http:http"], [listener.descriptor])
      #expect(error.contains("asynchttpd.yaml:1:10: error: listen: cannot listen on systemd:http: descriptor 4 was not passed"))
    }

    @Test(arguments: [
      ("a file", "descriptor 3 is not a socket"), ("datagrams", "descriptor 3 is not a stream socket"),
      ("no listener", "descriptor 3 does not listen"),
    ])
    func `what was passed has to be a stream socket that listens`(_ kind: String, _ sentence: String) throws {
      let descriptor =
        switch kind {
        case "a file": open("/dev/null", O_RDWR | O_CLOEXEC)
        case "datagrams": socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        default: socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
      defer { close(descriptor) }
      #expect(try refusal(["LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"], [descriptor]).contains(sentence))
    }

    @Test(arguments: ["many", "-1", "1000000000", "99999999999999999999999"])
    func `an absurd number of sockets is told`(_ count: String) throws {
      let error = try refusal(["LISTEN_FDS": count, "LISTEN_FDNAMES": "http"], [])
      #expect(error.contains("LISTEN_FDS=\(count) is not a number from 0 to 1024"))
    }

    @Test func `sockets that were meant for another process are told`() throws {
      let listener = try Listener()
      let error = try refusal(["LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"], [listener.descriptor], names: false)
      #expect(error.contains("LISTEN_PID=1 is not this process"))
    }

    @Test func `a socket that no listen names is closed with a warning, at the start and at a reload`() throws {
      let listeners = try [Listener(), Listener(), Listener()]
      let sockets = listeners.map { socket in
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(socket.descriptor)")) ?? ""
      }
      let routes = "routes: [{path: /, text: a}]\n"
      let daemon = try DaemonProcess(
        "listen: [systemd:http, systemd:admin]\n" + routes, in: directory,
        environment: ["LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:admin:other"], descriptors: listeners.map(\.descriptor),
        exportingProcessIDAs: "LISTEN_PID")
      func holds(_ socket: String) -> Bool { (0..<64).contains { daemon.process.target(of: $0) == socket } }
      #expect(daemon.process.waitForOutput("systemd passed the socket \"other\" (descriptor 5, 127.0.0.1:\(listeners[2].port))"))
      #expect(!holds(sockets[2]))
      #expect(try Curl.get("http://127.0.0.1:\(listeners[1].port)/").text == "a")

      try daemon.rewrite("listen: [systemd:http]\n" + routes)
      try daemon.reload()
      #expect(daemon.process.waitForOutput("systemd passed the socket \"admin\" (descriptor 4, 127.0.0.1:\(listeners[1].port))"))
      #expect(eventually { !holds(sockets[1]) })
      #expect(try Curl.get("http://127.0.0.1:\(listeners[0].port)/").text == "a")

      try daemon.rewrite("listen: [systemd:http, systemd:admin]\n" + routes)
      #expect(try daemon.reload().contains("restart the daemon to have it back"))
      #expect(try Curl.get("http://127.0.0.1:\(listeners[0].port)/").text == "a")
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a socket that cannot be used and that no listen names is a warning`() throws {
      let port = try freePort()
      let daemon = try DaemonProcess(
        "listen: [127.0.0.1:\(port)]\nroutes: [{path: /, text: a}]\n", in: directory,
        environment: ["LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"], exportingProcessIDAs: "LISTEN_PID")
      #expect(daemon.process.waitForOutput("systemd says that it passed \"http\" (descriptor 3), which was not passed"))
      #expect(try Curl.get("http://127.0.0.1:\(port)/").text == "a")
      #expect(try daemon.stop() == .code(0))
    }
  }
}
