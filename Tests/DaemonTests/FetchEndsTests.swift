import Foundation
import Testing

extension BlackBox {
  /// What fetches hold while they wait, and that they let go of it.
  @Suite(.enabled(if: Requirement.curl && Requirement.python, "needs curl and python3")) struct FetchEndsTests {
    let directory: TemporaryDirectory
    let upstream: ScriptedUpstream
    let port: Int
    var base: String { "http://127.0.0.1:\(port)" }

    init() throws {
      directory = try TemporaryDirectory()
      upstream = try ScriptedUpstream()
      port = try freePort()
    }

    func daemon(_ options: String, settings: String = "", openFiles: Int? = nil) throws -> DaemonProcess {
      try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        workers: 1
        \(settings)
        routes:
          - {path: /r/**, methods: [GET, POST], proxy_to_file: {store: store, upstream: 'http://127.0.0.1:\(upstream.port)', \(options)}}
        """, in: directory, openFiles: openFiles)
    }

    // MARK: What the upstream says

    static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    static let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"

    /// Each is refused before a byte of it goes to the client; more of them in UpstreamClientTests.
    static let malformed = [
      "", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n", head, head + "no colon\r\n\r\n", head + "A: b\0c\r\n\r\n", head + "A: b\rc\r\n\r\n",
      head + String(repeating: "A: b\r\n", count: 300) + "\r\n", head + "Content-Length: 0x5\r\n\r\nhello",
      head + "Content-Length: +5\r\n\r\nhello",
      head + "Content-Length: -5\r\n\r\nhello", head + "Content-Length: 5, 6\r\n\r\nhello", head + "Content-Length : 5\r\n\r\nhello",
      head + "Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello", head + "Content-Length: 99999999999999999999\r\n\r\nhello",
      head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", head + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
      head + "Content-Length: 5\r\n\r\n", chunked, chunked + "0x5\r\nhello\r\n0\r\n\r\n", chunked + "+5\r\nhello\r\n0\r\n\r\n",
      chunked + "FFFFFFFFFFFFFFFFF\r\nhello", head + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    ]

    @Test(arguments: ["mode: once", "mode: record", "save_status: [404]", "mode: passthrough"])
    func `a malformed answer is a 502, and never recorded`(_ options: String) throws {
      let daemon = try daemon(options)
      let isPassed = options == "mode: passthrough"
      for answer in Self.malformed where !(isPassed && answer.contains("Content-Encoding")) {
        let got = try Curl.get("\(base)/r/raw/\(hex(answer))")
        #expect(got.status == 502, "\(answer.prefix(200).debugDescription): \(got.status)")
        #expect(got.headers["content-type"] == "application/json")
      }
      // Transfer-Encoding overrides, twice the same length is that length, and interim answers are none.
      for answer in [
        Self.head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Self.head + "Content-Length: 5, 5\r\n\r\nhello",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Self.head + "Content-Length: 5\r\n\r\nhello, world", Self.head + "\r\nhello",
      ] {
        for _ in 0..<2 { #expect(try Curl.get("\(base)/r/raw/\(hex(answer))").text == "hello", "\(answer.debugDescription)") }
      }
      #expect(try daemon.stop() == .code(0))
      let recorded = try run([DaemonProcess.executable, "recordings", "verify", "--config", directory.file("asynchttpd.yaml")])
      if options.hasPrefix("mode: once") || options.hasPrefix("mode: record") { #expect(recorded.output == "4 recordings, all whole\n") }
    }

    private func hex(_ text: String) -> String { text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    // MARK: Ends

    @Test func `an end does not wait for an upstream that does not answer`() throws {
      let daemon = try daemon("timeout: 1h", settings: "timeouts: {drain: 1s}")
      let clients = try (0..<3).map { _ in try RawClient(port: port) }
      for (number, client) in clients.enumerated() { try client.send("GET /r/silent?\(number) HTTP/1.1\r\nHost: a\r\n\r\n") }
      // One that is answered after them: they have reached the upstream.
      #expect(try Curl.get("\(base)/r/size/3").status == 200)
      #expect(try daemon.stop() == .code(0))
      #expect(!daemon.process.standardError.contains("some recordings were not written"), "\(daemon.process.standardError)")
    }

    @Test(arguments: [24, 25, 26, 32])
    func `with next to no descriptors, misses are answered one after the other`(_ limit: Int) throws {
      let daemon = try daemon("mode: once", openFiles: limit)
      let direct = try Crowd.fetch("/object", count: 30, clients: 3, port: upstream.port)
      // All of them at once; the crowd gives up on none.
      #expect(try Crowd.fetch("/r/object", count: 30, clients: 30, port: port) == direct)
      #expect(try daemon.stop() == .code(0))
    }

    @Test(arguments: ["mode: passthrough", "key: {body: hash}"])
    func `bodies of which the last byte is held back wait outside memory`(_ options: String) throws {
      let daemon = try daemon(options)
      // All is loaded, libcurl included.
      #expect(try Curl.get("\(base)/r/size/3").status == 200)
      let before = daemon.process.residentBytes
      let body = [UInt8](repeating: 7, count: 6_000_000)
      let clients = try (0..<30).map { _ in try RawClient(port: port) }
      for client in clients {
        try client.send("POST /r/size/5 HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count + 1)\r\n\r\n")
        try client.send(body)
      }
      // The sockets are read: what has been sent is nowhere else than here.
      #expect(try Curl.get("\(base)/r/size/4").status == 200)
      let grown = daemon.process.residentBytes - before
      #expect(grown < 40 << 20, "\(grown) bytes for \(clients.count * body.count)")
      for client in clients { try client.send([7]) }
      for client in clients { #expect(try client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200")) }
      #expect(try daemon.stop() == .code(0))
    }
  }
}
