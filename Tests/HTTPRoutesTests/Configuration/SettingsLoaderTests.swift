import Foundation
import HTTPRoutes
import Recordings
import Testing
import YAMLDocument

@Suite struct SettingsLoaderTests {
  private func load(_ text: String, environment: [String: String] = [:]) -> LoadResult {
    SettingsLoader.load(text: text, fileName: "a.yaml", environment: environment)
  }

  @Test func `what is not said has its default`() throws {
    let settings = try #require(load("routes: [{path: /, text: x}]").settings)
    #expect(settings.listen == [ListenSettings(.tcp(host: "127.0.0.1", port: 8080))])
    #expect(settings.workers == nil)
    #expect(settings.trustedProxies.isEmpty)
    #expect(settings.limits == LimitSettings())
    #expect(settings.limits.descriptorsPerRequest == 5)
    #expect(settings.limits.body == 8_388_608)
    #expect(settings.limits.head == 32768)
    #expect(settings.timeouts == TimeoutSettings())
    #expect(settings.timeouts.keepAlive == .seconds(75))
    #expect(settings.log == LogSettings())
    #expect(settings.accessLog == nil)
    #expect(settings.files == ["a.yaml"])
  }

  @Test func `every setting of the server arrives`() throws {
    let text = """
      listen: ["*:1", unix:/run/x.sock]
      workers: 3
      trusted_proxies: [unix, 10.0.0.0/8]
      limits: {connections: 7, descriptors: 100, descriptors_per_request: 6, body: 1KiB, head: 4KiB}
      timeouts: {head: 1s, body: 2s, keep_alive: 90s, write: 4s, drain: 0s}
      log: {level: debug, format: json}
      access_log: {path: /dev/null, format: json}
      routes: [{path: /, text: x}]
      """
    let settings = try #require(load(text).settings)
    #expect(settings.listen.map(\.address) == [.tcp(host: "", port: 1), .unix(path: "/run/x.sock")])
    #expect(settings.listen[1].mark?.description == "a.yaml:1:17")
    #expect(settings.workers == 3)
    #expect(settings.trustedProxies == [.unix, .cidr(bytes: [10, 0, 0, 0], prefix: 8)])
    #expect(settings.limits.connections == 7)
    #expect(settings.limits.descriptors == 100)
    #expect(settings.limits.descriptorsPerRequest == 6)
    #expect(settings.limits.body == 1024)
    #expect(settings.limits.head == 4096)
    let timeouts = settings.timeouts
    #expect([timeouts.head, timeouts.body, timeouts.keepAlive, timeouts.write, timeouts.drain] == [1, 2, 90, 4, 0].map { .seconds($0) })
    #expect(settings.log.level == .debug)
    #expect(settings.log.format == .json)
    #expect(settings.accessLog?.path == "/dev/null")
    #expect(settings.accessLog?.format == .json)
  }

  @Test func `every option of a recording route arrives`() throws {
    let text = """
      routes:
        - path: /a/**
          proxy_to_file:
            store: s
            upstream: http://127.0.0.1:9/v2
            mode: refresh
            key: {query: [page], headers: [Accept], body: hash}
            save_status: [3xx, 404]
            refresh_after: 1h
            redact: {headers: [Cookie]}
            credentials: separate
            max_size: 1MiB
            max_body: 2KiB
            on_miss: {status: 503, text: nothing yet}
            ca_file: /etc/hostname
            timeout: 5s
      """
    let options = try #require(load(text).settings?.routes[0].answer.responder as? ProxyToFileOptions)
    var expected = ProxyToFileOptions(store: "s", upstream: "http://127.0.0.1:9/v2", mode: .refresh)
    expected.key.query = .names(["page"])
    expected.key.headers = ["accept"]
    expected.key.body = .hash
    expected.saveStatus = [.init(300...399), .init(404...404)]
    expected.refreshAfter = .seconds(3600)
    expected.redactedHeaders = ["cookie"]
    expected.credentials = .separate
    expected.maxSize = 1 << 20
    expected.maxBody = 2048
    expected.onMiss.status = 503
    expected.onMiss.body = Array("nothing yet".utf8)
    expected.onMiss.contentType = "text/plain; charset=utf-8"
    expected.caFile = "/etc/hostname"
    expected.timeout = .seconds(5)
    #expect(options == expected)
    #expect(options.saveStatus.map { $0.matches(302) } == [true, false])
  }

  @Test(arguments: [
    ("json: 1", nil), ("text: x", nil), ("redirect: /b", nil), ("static: /etc/hostname", ["GET"]), ("file: /etc/hostname", ["GET"]),
    ("proxy_to_file: {store: s, upstream: 'http://a'}", ["GET"]),
    ("proxy_to_file: {store: s, upstream: 'http://a', mode: passthrough}", nil),
    ("text: x, method: PURGE", ["PURGE"]), ("text: x, methods: any", nil), ("file: /etc/hostname, method: any", nil),
  ])
  func `a route that names no methods has its responder's`(route: String, methods: [String]?) throws {
    let settings = try #require(load("routes: [{path: /, \(route)}]").settings)
    #expect(settings.routes[0].methods == methods)
  }

  @Test func `a missing file is said so`() {
    let result = SettingsLoader.load(path: "/nonexistent/a.yaml", environment: [:])
    #expect(result.diagnostics.map { $0.render() } == ["/nonexistent/a.yaml: error: cannot read this file: it does not exist"])
    #expect(result.files == ["/nonexistent/a.yaml"])
  }

  @Test func `a directory is no configuration`() {
    let result = SettingsLoader.load(path: "/tmp", environment: [:])
    #expect(result.diagnostics.map { $0.render() } == ["/tmp: error: cannot read this file: it is a directory"])
  }

  @Test func `a file without a writer is not waited for`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    #expect(SettingsLoader.load(path: path, environment: [:]).diagnostics.map(\.severity) == [.warning])
  }

  @Test func `relative paths are relative to the file that names them`() throws {
    let text = "listen: unix:x.sock\nroutes: [{path: /a/**, proxy_to_file: {store: ./s, upstream: 'http://a'}}]"
    let settings = try #require(SettingsLoader.load(text: text, fileName: "dir/sub/a.yaml", environment: [:]).settings)
    #expect(settings.listen[0].address == .unix(path: "dir/sub/x.sock"))
    #expect((settings.routes[0].answer.responder as? ProxyToFileOptions)?.store == "dir/sub/s")
  }

  @Test func `loading makes nothing`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let text = """
      listen: unix:x.sock
      access_log: access.log
      routes: [{path: /**, proxy_to_file: {store: recordings, upstream: "http://127.0.0.1:9"}}]
      """
    let result = SettingsLoader.load(text: text, fileName: directory.path + "/a.yaml", environment: [:])
    #expect(result.diagnostics.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
  }

  @Test func `ten thousand routes load`() throws {
    let text =
      "routes:\n"
      + (0..<10_000).map { "  - path: /api/v1/things/\($0)/{id}\n    method: GET\n    json: {id: \"{{path.id}}\", n: \($0)}\n" }.joined()
    let result = load(text)
    #expect(result.diagnostics.isEmpty)
    let routes = try #require(result.settings?.routes)
    #expect(routes.count == 10_000)
    #expect(Set(routes.map(\.id)).count == 10_000)
    #expect(routes[9_999].patternMark.line == 29_999)
  }

  @Test func `ten thousand problems are shown up to a bound`() {
    let text = "routes:\n" + String(repeating: "  - {path: x, text: y}\n", count: 10_000)
    let diagnostics = load(text).diagnostics
    #expect(diagnostics.count == 1001)
    #expect(diagnostics.last?.render() == "a.yaml: error: 9000 more problems are not shown")
  }

  @Test func `deep bodies are bounded by the reader and not by the stack`() {
    let json = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
    #expect(load("routes: [{path: /, json: \(json)}]").settings != nil)
  }
}

@Suite struct IncludeTests {
  /// A directory with these files, and what `main.yaml` in it loads to.
  private func load(_ files: [String: String]) throws -> (routes: [String]?, problems: [String]) {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, text) in files {
      let file = directory.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let result = SettingsLoader.load(path: directory.path + "/main.yaml", environment: [:])
    return (
      result.settings?.routes.map(\.pattern.text),
      result.diagnostics.map { "\($0.file):\($0.line):\($0.column) \($0.message)".replacing(directory.path + "/", with: "") }
    )
  }

  private func route(_ path: String) -> String { "routes: [{path: \(path), text: x}]\n" }

  @Test func `a pattern's files come sorted by bytes`() throws {
    let files = [
      "main.yaml": "include: c/*.yaml", "c/b.yaml": route("/b"), "c/B.yaml": route("/B"), "c/a10.yaml": route("/a10"),
      "c/a9.yaml": route("/a9"),
    ]
    #expect(try load(files).routes == ["/B", "/a10", "/a9", "/b"])
  }

  @Test func `wildcards match within a part of the path and no leading period`() throws {
    let files = [
      "main.yaml": "include: ['sites/*/r?.yaml']", "sites/one/r1.yaml": route("/1"), "sites/two/r2.yaml": route("/2"),
      "sites/two/r22.yaml": route("/22"), "sites/.three/r3.yaml": route("/3"), "sites/two/deep/r4.yaml": route("/4"),
      "sites/r5.yaml": route("/5"),
    ]
    #expect(try load(files).routes == ["/1", "/2"])
  }

  @Test func `an include stands where it is written`() throws {
    #expect(try load(["main.yaml": "include: a.yaml\n" + route("/m"), "a.yaml": route("/a")]).routes == ["/a", "/m"])
    #expect(try load(["main.yaml": route("/m") + "include: a.yaml\n", "a.yaml": route("/a")]).routes == ["/m", "/a"])
  }

  @Test func `includes nest, each relative to its own file`() throws {
    let files = ["main.yaml": "include: a/one.yaml", "a/one.yaml": "include: two.yaml\n" + route("/1"), "a/two.yaml": route("/2")]
    #expect(try load(files).routes == ["/2", "/1"])
  }

  @Test func `a cycle is an error where it closes`() throws {
    let files = ["main.yaml": "include: a.yaml", "a.yaml": "include: ./main.yaml"]
    #expect(try load(files).problems == [#"a.yaml:1:10 "main.yaml" is the main file itself"#])
  }

  @Test func `a file is included once, by whatever name`() throws {
    let files = ["main.yaml": "include: [a.yaml, x/../a.yaml]", "a.yaml": route("/a"), "x/y": ""]
    #expect(try load(files).problems == [#"main.yaml:1:19 "x/../a.yaml" is included twice, first at main.yaml:1:11"#])
  }

  @Test func `includes go so deep and no deeper`() throws {
    var files = ["main.yaml": "include: 1.yaml"]
    for level in 1...20 { files["\(level).yaml"] = "include: \(level + 1).yaml" }
    #expect(try load(files).problems.contains("16.yaml:1:10 more than 16 levels of includes"))
  }

  @Test func `a route hidden across files is found`() throws {
    let files = ["main.yaml": "include: a.yaml\n" + route("/a/b"), "a.yaml": route("/a/**")]
    #expect(try load(files).problems.first?.hasPrefix("main.yaml:2:17 this route can never answer: /a/** at ") == true)
  }
}
