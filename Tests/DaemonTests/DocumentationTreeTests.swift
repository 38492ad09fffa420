import Foundation
import Testing

extension BlackBox {
  /// A thousand files and more that somebody else wrote.
  @Suite(
    .enabled(if: Requirement.curl && Requirement.nginx && Requirement.documentation != nil, "needs curl, nginx and `make test`'s tree"))
  struct DocumentationTreeTests {
    let root: String
    let files: [String]

    init() throws {
      root = try #require(Requirement.documentation)
      let root = root
      files = (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []).filter {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isDirectory) && !isDirectory.boolValue
      }.sorted()
      try #require(files.count > 1_000)
    }

    /// The files whose fetched bytes are not those of the tree.
    func differing(_ fetched: TemporaryDirectory, among files: [String]) throws -> [String] {
      try files.enumerated().filter { number, file in
        let original = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(file)"))
        return original != (try? Data(contentsOf: URL(fileURLWithPath: fetched.file("\(number)")))) ?? Data()
      }.map(\.element)
    }

    @Test(arguments: ["asynchttpd.conf", "asynchttpd-unix.conf"])
    func `every file is served through nginx byte for byte`(_ site: String) throws {
      let directory = try TemporaryDirectory()
      let port = try freePort()
      let socket = directory.file("http.sock")
      let overSocket = site == "asynchttpd-unix.conf"
      let daemon = try DaemonProcess(
        """
        listen: ["\(overSocket ? "unix:\(socket)" : "127.0.0.1:\(port)")"]
        routes:
          - path: /doc/**
            static: "\(root)"
        """, in: directory)
      let nginx = try Nginx(
        site: site, upstream: overSocket ? "unix:\(socket)" : "127.0.0.1:\(port)",
        replacing: overSocket ? "unix:/run/asynchttpd/http.sock" : "127.0.0.1:8080")
      let fetched = try TemporaryDirectory()
      let statuses = try Curl.fetch(files.map { "/doc/\($0)" }, from: "http://127.0.0.1:\(nginx.port)", into: fetched)
      #expect(statuses.count == files.count)
      #expect(statuses.filter { $0.value != 200 } == [:])
      #expect(try differing(fetched, among: files) == [])
      #expect(try daemon.stop() == .code(0))
    }

    @Test func `what was recorded from an upstream is replayed when the upstream is gone`() throws {
      let directory = try TemporaryDirectory()
      try FileManager.default.createDirectory(atPath: directory.file("store"), withIntermediateDirectories: true)
      let port = try freePort()
      let upstream = try Nginx(
        http: """
          server {
            listen {port};
            root \(root);
            index index.html;
            location = /echo { default_type text/plain; return 200 "query $args\\n"; }
          }
          """)
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        routes:
          - path: /doc/**
            proxy_to_file:
              store: store
              upstream: http://127.0.0.1:\(upstream.port)
              mode: once
              save_status: [2xx, 404]
        """, in: directory)
      let base = "http://127.0.0.1:\(port)"

      let recorded = try TemporaryDirectory()
      let paths = files.map { "/doc/\($0)" }
      let first = try Curl.fetch(paths, from: base, into: recorded)
      #expect(first.filter { $0.value != 200 } == [:])
      #expect(try differing(recorded, among: files) == [])

      // A directory, two queries of one path, the same path without, and something that is not there.
      let odd = ["/doc/", "/doc/echo?page=1", "/doc/echo?page=2", "/doc/echo", "/doc/missing.html"]
      let live = try odd.map { try Curl.get(base + $0) }
      #expect(live.map(\.status) == [200, 200, 200, 200, 404])
      #expect(live[1].text == "query page=1\n")
      #expect(live[2].text == "query page=2\n")

      try upstream.stop()

      let replayed = try TemporaryDirectory()
      #expect(try Curl.fetch(paths, from: base, into: replayed) == first)
      #expect(try differing(replayed, among: files) == [])
      let again = try odd.map { try Curl.get(base + $0) }
      #expect(again.map(\.status) == live.map(\.status))
      #expect(again.map(\.body) == live.map(\.body))
      #expect(again.map { $0.headers["content-type"] } == live.map { $0.headers["content-type"] })
      // What was never asked for while the upstream was there cannot be answered now.
      #expect([502, 504].contains(try Curl.get("\(base)/doc/never-asked.html").status))
      #expect(try daemon.stop() == .code(0))

      // And by a daemon that never knew of an upstream.
      let replay = try DaemonProcess("listen: [127.0.0.1:\(port)]\nroutes: [{path: /doc/**, proxy_to_file: store}]\n", in: directory)
      let offline = try TemporaryDirectory()
      #expect(try Curl.fetch(paths, from: base, into: offline) == first)
      #expect(try differing(offline, among: files) == [])
      #expect(try replay.stop() == .code(0))
    }
  }
}
