import Foundation
import Testing

extension BlackBox {
  @Suite struct RecordingsCommandTests {
    static let site = "listen: [127.0.0.1:0]\nroutes: [{path: /r/**, proxy_to_file: store}]\n"
    static let head = """
      request: "GET /r/items HTTP/1.1"
      key:
        - "GET /items"
      status: 203
      headers:
        - Content-Type: application/json
      recorded_at: 2020-01-02T03:04:05Z
      body:
        file: items.json
        size: 3
        sha256: 80d7ca92dc9cbfc2c02b6e7e4c6d2b7da3ad4a3b6cd4e5b3d8e2b9f0f6f0e000
      """

    let directory: TemporaryDirectory
    let file: String

    init() throws {
      directory = try TemporaryDirectory()
      file = try directory.write(Self.site, to: "asynchttpd.yaml")
      try directory.write("[1]", to: "store/items.json")
      try directory.write(Self.head, to: "store/items.head.yaml")
      try directory.write("<svg/>", to: "store/logo.svg")
    }

    @Test func `list prints status, size, key and file`() throws {
      let result = try DaemonProcess.run("recordings", "list", "--config", file)
      #expect(result.exit == .code(0), "\(result.error)")
      #expect(result.output.contains("2 recordings, 9 bytes"))
      let line = try #require(result.output.split(separator: "\n").first { $0.contains("GET /items") })
      #expect(line.hasPrefix("203") && line.hasSuffix("items.head.yaml"))
      #expect(result.output.contains("GET /logo.svg"))
    }

    @Test(arguments: ["GET /items", "/items", "/r/items", "items.json", "items.head.yaml"])
    func `show finds a recording by key, path and file`(_ name: String) throws {
      let result = try DaemonProcess.run("recordings", "show", "--config", file, name)
      #expect(result.exit == .code(0), "\(result.error)")
      #expect(result.output.contains("body: \(directory.file("store/items.json")) (3 bytes)"))
      #expect(result.output.contains("recorded_at: 2020-01-02T03:04:05Z"))
    }

    /// Two pages of one list, and something else with a query.
    func recordPages() throws {
      for (page, key) in [("1", "GET /list?page=1"), ("2", "GET /list?page=2"), ("only", "GET /only?a=b")] {
        try directory.write(
          "request: \"GET /r\(key.dropFirst(4)) HTTP/1.1\"\nkey: [\"\(key)\"]\nbody: {file: \(page).json}\n", to: "store/\(page).head.yaml")
        try directory.write("[]", to: "store/\(page).json")
      }
    }

    @Test(arguments: ["/only", "GET /only", "/r/only", "GET /r/only"])
    func `show finds by the target without its query what there is one of`(_ name: String) throws {
      try recordPages()
      let result = try DaemonProcess.run("recordings", "show", "--config", file, name)
      #expect(result.exit == .code(0), "\(result.error)")
      #expect(result.output.contains("body: \(directory.file("store/only.json"))"))
    }

    @Test func `show of a target that has several recordings lists their keys and exits 1`() throws {
      try recordPages()
      let result = try DaemonProcess.run("recordings", "show", "--config", file, "/list")
      #expect(result.exit == .code(1))
      #expect(result.output.isEmpty)
      #expect(
        result.error == """
          asynchttpd: 2 recordings are of "/list"; name one of them:
            GET /list?page=1
            GET /list?page=2

          """)
      #expect(try DaemonProcess.run("recordings", "show", "--config", file, "/list?page=2").exit == .code(0))
      #expect(try DaemonProcess.run("recordings", "show", "--config", file, "/list?page=3").exit == .code(1))
    }

    @Test func `show of what is not recorded exits 1`() throws {
      let result = try DaemonProcess.run("recordings", "show", "--config", file, "/nothing")
      #expect(result.exit == .code(1))
      #expect(result.error.contains("/nothing"))
    }

    @Test func `verify exits 1 and names the body that is not its head's`() throws {
      let result = try DaemonProcess.run("recordings", "verify", "--config", file)
      #expect(result.exit == .code(1))
      #expect(result.output.contains("edited: \(directory.file("store/items.json"))"))
      try FileManager.default.removeItem(atPath: directory.file("store/items.head.yaml"))
      #expect(try DaemonProcess.run("recordings", "verify", "--config", file).exit == .code(0))
    }

    @Test func `prune removes what is old, and only tells when dry`() throws {
      let dry = try DaemonProcess.run("recordings", "prune", "--config", file, "--older-than", "30d", "--dry-run")
      #expect(dry.exit == .code(0), "\(dry.error)")
      #expect(dry.output.contains("would remove \(directory.file("store/items.head.yaml"))"))
      #expect(FileManager.default.fileExists(atPath: directory.file("store/items.json")))
      let wet = try DaemonProcess.run("recordings", "prune", "--config", file, "--older-than", "30d")
      #expect(wet.output.contains("1 recording removed"))
      #expect(!FileManager.default.fileExists(atPath: directory.file("store/items.json")))
      #expect(FileManager.default.fileExists(atPath: directory.file("store/logo.svg")))
    }

    @Test func `prune of the damaged leaves what is edited`() throws {
      try FileManager.default.createDirectory(atPath: directory.file("store/sub"), withIntermediateDirectories: true)
      try directory.write("key: [\"GET /sub/a\"]\nbody: {file: a.json}\n", to: "store/sub/a.head.yaml")
      let result = try DaemonProcess.run("recordings", "prune", "--config", file, "--damaged")
      #expect(result.exit == .code(0), "\(result.error)")
      #expect(!FileManager.default.fileExists(atPath: directory.file("store/sub/a.head.yaml")))
      #expect(FileManager.default.fileExists(atPath: directory.file("store/items.json")))
    }

    @Test func `prune has to be told what`() throws {
      #expect(try DaemonProcess.run("recordings", "prune", "--config", file).exit == .code(64))
    }
  }
}
