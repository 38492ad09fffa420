import Testing

@testable import HTTPRoutes

@Suite struct SettingsDifferenceTests {
  func difference(_ old: String, _ new: String) throws -> SettingsDifference {
    func settings(_ text: String) throws -> Settings {
      let result = SettingsLoader.load(text: text, fileName: "a.yaml", environment: [:])
      return try #require(result.settings, "\(Diagnostic.render(result.diagnostics))")
    }
    return SettingsDifference(from: try settings(old), to: try settings(new))
  }

  static let routes = """
    routes:
      - {path: /api/users, json: []}
      - {id: slow, path: /slow, text: a}

    """

  @Test func `the same settings have no difference, wherever they stand in the file`() throws {
    let difference = try difference(Self.routes, "# a comment\n\n" + Self.routes)
    #expect(difference.isEmpty)
    #expect(difference.summary == "no change")
  }

  @Test func `routes that came, went and changed are told in one line`() throws {
    let difference = try difference(
      "listen: [127.0.0.1:8080, 127.0.0.1:8081]\n" + Self.routes,
      """
      listen: [127.0.0.1:8080]
      routes:
        - {path: /api/users, json: [], delay: 200ms}
        - {path: /a, text: a}
        - {path: /b, text: a}
      """)
    #expect(difference.addedRoutes == ["/a", "/b"])
    #expect(difference.removedRoutes == ["slow"])
    #expect(difference.summary == "+2 routes, -1 route, ~1: /api/users delay 0 → 200ms, listener 127.0.0.1:8081 removed")
  }

  @Test(arguments: [
    ("text: a", "text: b", "body"), ("text: a", "text: a\n    status: 201", "status 200 → 201"),
    ("text: a", "json: {}", "text → json"), ("text: a", "text: a\n    headers: {X-A: b}", "headers"),
    ("text: a", "text: a\n    method: POST", "methods any → POST"), ("json: {a: 1}", "json: {a: 1.0}", "body"),
    ("redirect: /a", "redirect: /b", "to"), ("redirect: /a", "redirect: {to: /a, status: 308}", "status 302 → 308"),
    ("text: a", "text: a\n    cors: {origins: [\"http://a.example\"]}", "cors"),
    ("text: a", "text: a\n    content_type: text/css", "content_type text/plain; charset=utf-8 → text/css"),
  ])
  func `a changed route says what has changed`(_ old: String, _ new: String, _ detail: String) throws {
    let difference = try difference("routes:\n  - id: r\n    path: /r\n    \(old)\n", "routes:\n  - id: r\n    path: /r\n    \(new)\n")
    #expect(difference.changedRoutes == [SettingsDifference.RouteChange(id: "r", details: [detail])])
  }

  @Test(arguments: [
    ("items: [{id: 1}]", "items: [{id: 1.0}]", ["seed"]), ("items: [{id: 1, a: 2}]", "items: [{a: 2, id: 1}]", ["seed"]),
    ("items: []", "items: [], id: key", ["id id → key"]), ("items: []", "items: [], max_items: 5", ["max_items 10000 → 5"]),
    ("items: []", "items: [], save: a.json", ["save off → a.json"]),
    (
      "items: []", "items: [], new_id: uuid, methods: [list], defaults: {a: 1}, list: {d: \"{{items}}\"}",
      ["new_id", "methods", "defaults", "list"]
    ),
  ])
  func `a changed resource says what has changed`(_ old: String, _ new: String, _ details: [String]) throws {
    let difference = try difference(
      "routes: [{id: r, path: /r/**, resource: {\(old)}}]", "routes: [{id: r, path: /r/**, resource: {\(new)}}]")
    #expect(difference.changedRoutes == [SettingsDifference.RouteChange(id: "r", details: details)])
  }

  @Test func `another order of the same routes is a change`() throws {
    let difference = try difference(
      "routes: [{path: /a, text: a}, {path: /b, text: a}]", "routes: [{path: /b, text: a}, {path: /a, text: a}]")
    #expect(difference.summary == "another order of routes")
  }

  @Test func `a route put before others does not make another order`() throws {
    let difference = try difference("routes: [{path: /a, text: a}]", "routes: [{path: /b, text: a}, {path: /a, text: a}]")
    #expect(difference.summary == "+1 route")
  }

  @Test func `listeners with port 0 are counted off`() throws {
    let difference = try difference("listen: [127.0.0.1:0]\n" + Self.routes, "listen: [127.0.0.1:0, 127.0.0.1:0]\n" + Self.routes)
    #expect(difference.addedListeners.map(\.address) == [.tcp(host: "127.0.0.1", port: 0)])
    #expect(difference.removedListeners == [])
  }

  @Test func `settings of the server are told with both values`() throws {
    let difference = try difference(
      Self.routes,
      """
      workers: 3
      limits: {body: 16MiB, connections: 100}
      timeouts: {drain: 1m}
      log: {level: debug, format: json}
      access_log: "-"

      """ + Self.routes)
    #expect(
      difference.changes == [
        "limits.connections auto → 100", "limits.body 8MiB → 16MiB", "timeouts.drain 30s → 1m", "log.level info → debug",
        "log.format text → json", "access_log off → - (combined)",
      ])
    #expect(difference.changesAtNextStart == ["workers auto → 3"])
    #expect(difference.summary.hasSuffix("workers auto → 3 at the next start"))
  }

  @Test func `many changed routes are cut short`() throws {
    func routes(_ text: String) -> String { "routes:\n" + (1...9).map { "  - {path: /\($0), text: \(text)}\n" }.joined() }
    let summary = try difference(routes("a"), routes("b")).summary
    #expect(summary == "~9: /1 body; /2 body; /3 body; /4 body; /5 body and 4 more")
  }

  /// A value that is not the default.
  private static func other(than key: Key) -> String? {
    switch key.shape.bounds {
    case .integer(let range): "\(range.upperBound)"
    case .size(let range): "\(range.upperBound)"
    case .duration: "7s"
    case .words(let words): words.first { $0 != key.defaultValue }
    default: nil
    }
  }

  @Test(arguments: ["limits", "timeouts", "log"])
  func `a change of any key of the mapping is told by the key's name`(name: String) throws {
    let table = try #require(KeyTable.configuration.withNested.first { $0.name == name })
    for key in table.keys {
      let value = try #require(Self.other(than: key), "\(key.name)")
      // Descriptors for each request have to leave some.
      let rest = key.name == "descriptors_per_request" ? ", descriptors: 10000000" : ""
      let changes = try difference(Self.routes, Self.routes + "\(name): {\(key.name): \(value)\(rest)}\n").changes
      #expect(changes.contains { $0.hasPrefix("\(name).\(key.name) ") }, "\(changes)")
    }
  }
}
