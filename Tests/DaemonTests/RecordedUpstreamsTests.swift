import AuthoritySupport
import Foundation
import Testing

extension BlackBox {
  /// Servers that others wrote, and one that does what it should not, recorded and replayed without them.
  @Suite(.enabled(if: Requirement.curl && Requirement.python, "needs curl and python3")) struct RecordedUpstreamsTests {
    let directory: TemporaryDirectory
    let port: Int
    var base: String { "http://127.0.0.1:\(port)/r" }

    init() throws {
      directory = try TemporaryDirectory()
      port = try freePort()
    }

    func daemon(_ upstream: String, _ options: String = "", openFiles: Int? = nil) throws -> DaemonProcess {
      try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        routes:
          - path: /r/**
            proxy_to_file: {store: store, upstream: "\(upstream)"\(options.isEmpty ? "" : ", ")\(options)}
        """, in: directory, openFiles: openFiles)
    }

    // MARK: Servers of others

    static func site() throws -> TemporaryDirectory {
      let site = try TemporaryDirectory()
      try site.write("<title>Home</title>", to: "index.html")
      try site.write("body {}", to: "a/style.css")
      try site.write("<svg/>", to: "a/b c é.svg")
      try site.write("sub", to: "sub/index.html")
      try site.write(Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }), to: "large.bin")
      try site.write("", to: "empty.txt")
      return site
    }

    /// A running file server and its address.
    static func serve(_ name: String, _ site: TemporaryDirectory) throws -> (server: ChildProcess, url: String) {
      if name == "nginx" {
        let nginx = try Nginx.serving(site.path)
        return (nginx.process, "http://127.0.0.1:\(nginx.port)")
      }
      let port = try freePort()
      let command =
        name == "caddy"
        ? ["caddy", "file-server", "--listen", "127.0.0.1:\(port)", "--root", site.path]
        : ["python3", "-m", "http.server", "--protocol", "HTTP/1.1", "--bind", "127.0.0.1", "--directory", site.path, "\(port)"]
      let process = try ChildProcess(command, environment: ["HOME": site.path, "XDG_CONFIG_HOME": site.path, "XDG_DATA_HOME": site.path])
      guard eventually({ process.hasExited || (try? RawClient(port: port)) != nil }), !process.hasExited else {
        throw HarnessError("\(name) did not start\n\(process.standardError)")
      }
      return (process, "http://127.0.0.1:\(port)")
    }

    static let paths = [
      "/", "/a/style.css", "/a/b%20c%20%C3%A9.svg", "/sub", "/sub/", "/large.bin", "/empty.txt", "/missing", "/a/style.css?v=2",
    ]

    @Test(.enabled(if: Requirement.nginx, "needs nginx")) func `nginx is replayed as it answered`() throws { try replay("nginx") }

    @Test(.enabled(if: Requirement.caddy, "needs caddy")) func `Caddy is replayed as it answered`() throws { try replay("caddy") }

    @Test func `Python's server is replayed as it answered`() throws { try replay("http.server") }

    func replay(_ name: String) throws {
      let site = try Self.site()
      let (server, url) = try Self.serve(name, site)
      let daemon = try daemon(url, "save_status: [2xx, 3xx, 404]")
      func exchange(_ base: String) throws -> [[String]] {
        try Self.paths.map { path in
          let answer = try Curl.get(base + path)
          let own = ["date", "content-length", "connection", "transfer-encoding", "keep-alive"]
          // Where the upstream redirects to, the route is.
          let fields = answer.headers.filter { !own.contains($0.key) }.map { name, value in
            "\(name): \(name == "location" ? value.replacingOccurrences(of: url, with: "").replacingOccurrences(of: "/r/", with: "/") : value)"
          }
          return ["\(path) \(answer.status)"] + fields.sorted() + [answer.body.base64EncodedString()]
        }
      }
      let direct = try exchange(url)
      #expect(try exchange(base) == direct)
      #expect(try Curl.get("\(base)/sub").headers["location"] == "/r/sub/")
      try stored(18)
      server.signal(SIGKILL)
      try server.waitForExit()
      #expect(try exchange(base) == direct)
      #expect(try Curl.get("\(base)/large.bin", "--range", "299998-").body == Data([0x9f, 0x9f]))
      #expect(try Curl.get("\(base)/never").status == 502)
      #expect(try daemon.stop() == .code(0))
    }

    /// Waits until the store has as many files, none of them temporary.
    func stored(_ count: Int) throws {
      var files: [String] = []
      let isStored = eventually {
        let all = FileManager.default.enumerator(atPath: directory.file("store"))?.compactMap { $0 as? String } ?? []
        files = all.filter { path in
          var isDirectory: ObjCBool = false
          let isThere = FileManager.default.fileExists(atPath: directory.file("store/\(path)"), isDirectory: &isDirectory)
          return isThere && !isDirectory.boolValue && path != ".~~lock"
        }
        return files.count == count && !files.contains { $0.hasSuffix(".part") }
      }
      try #require(isStored, "\(files)")
    }

    // MARK: TLS and HTTP/2

    @Test(.enabled(if: Requirement.nginx && Requirement.path(of: "openssl") != nil, "needs nginx and openssl"))
    func `TLS of a private authority is trusted by its file alone, and HTTP/2 spoken where it is offered`() throws {
      let authority = try PrivateAuthority()
      let certificate = "ssl_certificate \(authority.certificateFile); ssl_certificate_key \(authority.keyFile);"
      let nginx = try Nginx(
        http: """
          server { listen {port} ssl http2; \(certificate) location / { default_type text/plain; return 200 "$server_protocol $uri"; } }
          """)
      let url = "https://127.0.0.1:\(nginx.port)"
      let distrustful = try daemon(url)
      let refused = try Curl.get("\(base)/a")
      #expect(refused.status == 502)
      let members = try #require(try JSONSerialization.jsonObject(with: refused.body) as? [String: Any])
      #expect(members["upstream"] as? String == url)
      #expect((members["reason"] as? String)?.hasPrefix("TLS: ") == true)
      #expect(try distrustful.stop() == .code(0))

      let trustful = try daemon(url, "ca_file: \"\(authority.authorityFile)\"")
      #expect(try Curl.get("\(base)/a").text == "HTTP/2.0 /a")
      try stored(2)
      try nginx.stop()
      #expect(try Curl.get("\(base)/a").text == "HTTP/2.0 /a")
      #expect(try trustful.stop() == .code(0))
    }

    // MARK: One that misbehaves

    @Test func `a slow, a coded and a chunked answer are recorded whole`() throws {
      let upstream = try ScriptedUpstream()
      let daemon = try daemon("http://127.0.0.1:\(upstream.port)")
      let slow = (0..<20).map { String(repeating: "0", count: $0 < 10 ? 2 : 1) + "\($0)" }.joined()
      #expect(try Curl.get("\(base)/slow").text == slow)
      #expect(try Curl.get("\(base)/gzip").text == #"{"plain": true}"#)
      let chunked = try Curl.get("\(base)/object/1")
      try stored(6)
      try upstream.stop()
      #expect(try Curl.get("\(base)/slow").text == slow)
      let plain = try Curl.get("\(base)/gzip")
      #expect(plain.text == #"{"plain": true}"#)
      #expect(plain.headers["content-encoding"] == nil)
      #expect(try directory.read("store/gzip.json") == plain.text)
      #expect(try Curl.get("\(base)/object/1").body == chunked.body)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `field values that are no UTF-8 come through octet by octet, fetched, replayed and passed on`() throws {
      let upstream = try ScriptedUpstream()
      /// The field lines of an answer that the upstream sent.
      func lines(_ request: [UInt8], _ port: Int, until end: String? = "body") throws -> (status: String, fields: [[UInt8]]) {
        let client = try RawClient(port: port)
        try client.send(Array("GET ".utf8) + request + Array("\r\nConnection: close\r\n\r\n".utf8))
        let all = try client.receiveBytes(until: end).split(separator: 0x0A).map { $0.filter { $0 != 0x0D } }
        let status = String(decoding: all.first?.dropFirst(9).prefix(3) ?? [], as: UTF8.self)
        return (status, all.filter { line in ["X-", "ETag", "Content-Type"].contains { line.starts(with: $0.utf8) } })
      }
      let request = Array("/r/latin1 HTTP/1.1\r\nHost: h".utf8)
      let sent = try lines(Array("/latin1 HTTP/1.1\r\nHost: h".utf8), upstream.port).fields
      try #require(sent.contains(Array("X-Name: caf".utf8) + [0xE9, 0x20, 0x80, 0xFF]))

      let through = try daemon("http://127.0.0.1:\(upstream.port)", "mode: passthrough")
      #expect(try lines(request, port).fields == sent)
      #expect(try through.stop() == .code(0))

      let daemon = try daemon("http://127.0.0.1:\(upstream.port)")
      #expect(try lines(request, port).fields == sent)
      try stored(2)
      try upstream.stop()
      // From the file, and then from memory.
      for _ in 0..<3 { #expect(try lines(request, port).fields == sent) }
      let conditional = try lines(request + Array("\r\nIf-None-Match: \"".utf8) + [0xE9] + Array("\"".utf8), port, until: nil)
      #expect(conditional.status == "304")
      #expect(conditional.fields.contains(Array("ETag: \"".utf8) + [0xE9] + Array("\"".utf8)))
      // For an editor's eyes.
      let head = try directory.read("store/latin1.head.yaml")
      #expect(head.contains("  - X-Name: {latin1: \"café \\u0080ÿ\"}\n"), "\(head)")
      #expect(head.contains("  - X-Text: \"café\"\n"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test(arguments: [
      ("/silent", 504, "timed out waiting for its response"), ("/garbage", 502, "HTTP/0.9"), ("/long-head", 502, "head is larger"),
    ])
    func `a failure before the answer is JSON that names the upstream, and leaves nothing`(
      _ path: String, _ status: Int, _ reason: String
    ) throws {
      let upstream = try ScriptedUpstream()
      let daemon = try daemon("http://127.0.0.1:\(upstream.port)", "timeout: 700ms")
      let answer = try Curl.get(base + path)
      #expect(answer.status == status)
      #expect(answer.headers["content-type"] == "application/json")
      let members = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
      #expect(members["upstream"] as? String == "http://127.0.0.1:\(upstream.port)")
      #expect((members["reason"] as? String)?.contains(reason) == true, "\(members)")
      try stored(0)
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a name that does not exist is a 502 that says so`() throws {
      let daemon = try daemon("http://nowhere.invalid")
      let answer = try Curl.get("\(base)/a")
      #expect(answer.status == 502)
      #expect(answer.text.contains("the name nowhere.invalid cannot be resolved"))
      try stored(0)
      #expect(try daemon.stop() == .code(0))
    }

    /// What breaks off before anything has been sent is a 502; these are larger than what is held back.
    @Test(arguments: ["/half", "/half-chunked"])
    func `an answer that breaks off breaks off for the client, and leaves nothing`(_ path: String) throws {
      let upstream = try ScriptedUpstream()
      let daemon = try daemon("http://127.0.0.1:\(upstream.port)")
      for _ in 0..<2 {
        #expect(throws: HarnessError.self) { try Curl.get(base + path) }
        try stored(0)
      }
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `a head file that frames its answer is replayed without that, and one line of the log says so`() throws {
      try directory.write("body", to: "store/a.txt")
      try directory.write(
        "headers: {Content-Length: 1, Transfer-Encoding: chunked, Connection: close, X-Kept: here}\nbody: {file: a.txt}\n",
        to: "store/a.head.yaml")
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        routes:
          - {path: /r/**, proxy_to_file: store}
        """, in: directory)
      for _ in 0..<3 {
        let answer = try Curl.get("\(base)/a")
        #expect(answer.text == "body")
        #expect(answer.headers["content-length"] == "4")
        #expect(answer.headers["x-kept"] == "here")
        #expect(answer.headers["transfer-encoding"] == nil && answer.headers["connection"] == nil)
      }
      #expect(try daemon.stop() == .code(0))
      let lines = daemon.process.standardError.split(separator: "\n").filter { $0.contains("a.head.yaml") }
      #expect(lines.count == 1, "\(lines)")
      #expect(lines.first?.contains("Content-Length, Transfer-Encoding, Connection left out") == true)
    }

    // MARK: Bounds

    @Test func `an answer that turns out too large to record breaks off, and one line says why`() throws {
      let upstream = try ScriptedUpstream()
      let daemon = try daemon("http://127.0.0.1:\(upstream.port)", "max_body: 50")
      #expect(throws: HarnessError.self) { try Curl.get("\(base)/slow") }
      try stored(0)
      let announced = try Curl.get("\(base)/size/51")
      #expect(announced.status == 502)
      #expect(announced.text.contains("51 bytes, and max_body is 50; raise max_body, or pass it on with mode: passthrough"))
      #expect(try Curl.get("\(base)/size/50").body.count == 50)
      try stored(2)
      #expect(try daemon.stop() == .code(0))
      let lines = daemon.process.standardError.split(separator: "\n").filter { $0.contains("not recorded") }
      #expect(lines.count == 1)
      #expect(lines.first?.contains("more than max_body, 50") == true)
      #expect(lines.first?.contains("GET /r/slow") == true)
    }

    /// 30 clients leave room for the fetches, and 60 do not: then fetches and clients wait, and a recording may fail, but no answer.
    @Test(arguments: [30, 60])
    func `upstream connections count as descriptors, and no answer is missing`(_ clients: Int) throws {
      let upstream = try ScriptedUpstream()
      let daemon = try daemon("http://127.0.0.1:\(upstream.port)", openFiles: 64)
      let direct = try Crowd.fetch("/object", count: 200, clients: clients, port: upstream.port)
      #expect(try Crowd.fetch("/r/object", count: 200, clients: clients, port: port) == direct)
      #expect(daemon.process.openDescriptors <= 64)
      let log = daemon.process.standardError
      #expect(!log.contains("upstream failed"), "\(log)")
      if clients == 30 { #expect(!log.contains("not recorded"), "\(log)") }
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `fetches stay within the cap on descriptors that a reload has set`() throws {
      let upstream = try ScriptedUpstream()
      func configuration(_ limits: String) -> String {
        """
        listen: [127.0.0.1:\(port)]
        workers: 1
        \(limits)
        routes:
          - {path: /here, text: here}
          - path: /r/**
            proxy_to_file: {store: store, upstream: "http://127.0.0.1:\(upstream.port)"}
        """
      }
      let daemon = try DaemonProcess(configuration(""), in: directory)
      // What the first fetch leaves open is open, and so are the clients' connections.
      #expect(try Curl.get("\(base)/slow").status == 200)
      try stored(2)
      let clients = try (0..<16).map { _ in try RawClient(port: port) }
      for client in clients {
        try client.send("GET /here HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.receive(until: "here").hasPrefix("HTTP/1.1 200"))
      }
      // A socket and a file for each fetch at once would be 32 more.
      let cap = daemon.process.openDescriptors + 21
      try daemon.rewrite(configuration("limits: {descriptors: \(cap)}"))
      try daemon.reload()
      for (number, client) in clients.enumerated() { try client.send("GET /r/slow/\(number) HTTP/1.1\r\nHost: h\r\n\r\n") }
      var peak = 0
      let isRecorded = eventually {
        peak = max(peak, daemon.process.openDescriptors)
        return (0..<16).allSatisfy { FileManager.default.fileExists(atPath: directory.file("store/slow/\($0).head.yaml")) }
      }
      #expect(isRecorded)
      #expect(peak < cap, "\(peak) of \(cap)")
      for client in clients { #expect(try client.receive(until: "0\r\n\r\n").hasPrefix("HTTP/1.1 200")) }
      #expect(!daemon.process.standardError.contains("not recorded"))
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `memory does not grow with the body`() throws {
      let upstream = try ScriptedUpstream()
      let daemon = try daemon("http://127.0.0.1:\(upstream.port)")
      func peak(afterFetching size: Int) throws -> Int {
        let (exit, output, _) = try run(
          ["curl", "--silent", "--noproxy", "*", "--output", "/dev/null", "--write-out", "%{size_download}", "\(base)/size/\(size)"],
          within: 10 * patience)
        #expect(exit == .code(0) && output == "\(size)")
        let status = try String(contentsOfFile: "/proc/\(daemon.process.id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
      }
      let small = try peak(afterFetching: 16 << 20)
      let large = try peak(afterFetching: Scale.full ? 1 << 30 : 160 << 20)
      // KiB: what the allocator rounds up, and far from either body.
      #expect(large - small < 8_192, "\(small) KiB, then \(large) KiB")
      #expect(try daemon.stop() == .code(0))
    }
  }
}
