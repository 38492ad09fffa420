// What `dump` writes: a text that loads again to the same settings, and has no secret in it.

import Foundation
import Testing
import YAMLDocument

@testable import HTTPRoutes

@Suite struct EffectiveConfigurationTests {
  /// The configurations that load: the fixtures, the reference and the examples.
  static let paths: [String] = {
    // Braces in a header of `defaults` are sent as they stand; in a route a placeholder has to stand for them.
    let names = Fixtures.names.filter { $0 != "header-placeholders" && Fixtures.load($0).settings != nil }
    let fixtures = names.map { Fixtures.configurations.appending(path: "\($0).yaml") }
    let shipped = [
      "asynchttpd.yaml", "examples/static-site.yaml", "examples/recording-proxy.yaml", "examples/petstore.yaml", "examples/shop.yaml",
    ]
    return (fixtures + shipped.map { Fixtures.repository.appending(path: "config/\($0)") }).map(\.path)
  }()

  static func dump(_ path: String, showsSecrets: Bool = true) throws -> String {
    try #require(SettingsLoader.dump(path: path, environment: Fixtures.environment, showsSecrets: showsSecrets).text)
  }

  @Test(arguments: paths)
  func `a dump loads again, from anywhere, to the same settings and the same dump`(path: String) throws {
    let settings = try #require(SettingsLoader.load(path: path, environment: Fixtures.environment).settings)
    let text = try Self.dump(path)
    let again = SettingsLoader.load(text: text, fileName: "/elsewhere/dump.yaml", environment: [:])
    let loaded = try #require(again.settings, "\(again.diagnostics)\n\(text)")
    #expect(SettingsDifference(from: settings, to: loaded).summary == "no change", "\(text)")
    #expect(Description.difference(settings, loaded) == nil, "\(text)")
    let second = SettingsLoader.dump(text: text, fileName: "/elsewhere/dump.yaml", environment: [:], showsSecrets: true).text
    #expect(second == text)
  }

  @Test func `there are configurations to dump, and their settings have something to compare`() throws {
    #expect(Self.paths.count >= 40)
    let path = try #require(Self.paths.last)
    let settings = try #require(SettingsLoader.load(path: path, environment: [:]).settings)
    #expect(Description.of(settings).count > 10_000)
    var other = settings
    other.routes[0].answer.delivery.throttle = 7
    #expect(Description.of(settings) != Description.of(other))
  }

  @Test func `sockets have absolute paths, those of the admin listener too`() throws {
    let tree = try tree("listen: unix:run/a.sock\nadmin: {listen: unix:run/b.sock}\nroutes: [{path: /, text: a}]\n")
    let directory = FileManager.default.currentDirectoryPath
    #expect(tree["listen"]?.scalar?.text == "unix:\(directory)/run/a.sock")
    #expect(tree["admin"]?["listen"]?.scalar?.text == "unix:\(directory)/run/b.sock")
  }

  // MARK: What is resolved

  func tree(_ text: String, environment: [String: String] = [:], showsSecrets: Bool = false) throws -> YAMLNode {
    let dumped = SettingsLoader.dump(text: text, fileName: "a.yaml", environment: environment, showsSecrets: showsSecrets)
    let text = try #require(dumped.text, "\(dumped.result.diagnostics)")
    return try #require(YAMLComposer.compose(SourceText(file: "dump", bytes: Array(text.utf8))).root)
  }

  @Test func `the server's settings have their defaults, as far as every server has them`() throws {
    let tree = try tree("routes: [{path: /, text: a}]\nlimits: {body: 1MiB}\n")
    #expect(tree["limits"]?["body"]?.scalar?.text == "1MiB")
    #expect(tree["limits"]?["head"]?.scalar?.text == "32KiB")
    #expect(tree["timeouts"]?["keep_alive"]?.scalar?.text == "75s")
    #expect(tree["listen"]?.sequence?.first?.scalar?.text == "127.0.0.1:8080")
    #expect(tree["access_log"]?.scalar?.text == "off")
    #expect(tree["clock"] == nil)
    #expect(tree["states"] == nil)
  }

  @Test func `variables are replaced where they count, and braces are kept where they do not`() throws {
    let text = """
      routes:
        - {path: /a, text: "${HOST} $${HOST}", headers: {X-Host: "${HOST}", X-Braces: "$${HOST}"}}
        - {path: /b, json: {host: "${HOST}"}, cors: "${CORS:-off}"}
      """
    let routes = try #require(tree(text, environment: ["HOST": "a${b"])["routes"]?.sequence)
    #expect(routes[0]["text"]?.scalar?.text == "${HOST} $${HOST}")
    #expect(routes[0]["headers"]?["X-Host"]?.scalar?.text == "a$${b")
    #expect(routes[0]["headers"]?["X-Braces"]?.scalar?.text == "$${HOST}")
    #expect(routes[1]["json"]?["host"]?.scalar?.text == "${HOST}")
    #expect(routes[1]["cors"]?.scalar?.text == "off")
  }

  @Test func `braces in a default header are braces in the routes too`() throws {
    let text = "defaults: {headers: {X-A: '{{a}} b'}}\nroutes: [{path: /a, text: a}, {path: /b, static: /}]\n"
    let routes = try #require(tree(text.replacingOccurrences(of: "/b,", with: "/b/**,"))["routes"]?.sequence)
    #expect(routes.map { $0["headers"]?["X-A"]?.scalar?.text } == ["{{'{{'}}a}} b", "{{a}} b"])
  }

  @Test func `a secret shows as asterisks unless it is asked for`() throws {
    let text = """
      routes:
        - path: /
          text: a
          headers:
            Authorization: "Bearer ${WORD}"
            X-Api-Key: "${OTHER:-fallback}"
            X-Note: "${GITHUB_TOKEN} and ${PLACE}"
            X-Plain: "${PLACE}"
            X-Keyboard: "${MONKEY}"
            X-Literal-Secret: written
      """
    let environment = ["WORD": "one", "GITHUB_TOKEN": "two", "PLACE": "three", "MONKEY": "four"]
    func headers(_ showsSecrets: Bool) throws -> [String] {
      let tree = try tree(text, environment: environment, showsSecrets: showsSecrets)
      return try #require(tree["routes"]?.sequence?.first?["headers"]?.mapping).map { $0.value.scalar?.text ?? "" }
    }
    #expect(try headers(false) == ["Bearer ***", "***", "*** and three", "three", "four", "written"])
    #expect(try headers(true) == ["Bearer one", "fallback", "two and three", "three", "four", "written"])
  }

  @Test(
    arguments: [
      ("token", true), ("GITHUB_TOKEN", true), ("apiKey", true), ("X-Api-Key", true), ("Authorization", true), ("db_password", true),
      ("keep_alive", false), ("monkey", false), ("Keyboard", false), ("author", false), ("", false), ("PATH", false),
    ])
  func `names of secrets are told by their words`(name: String, isSecret: Bool) {
    #expect(SecretName.isSecret(name) == isSecret)
  }

  // MARK: Defaults of routes

  /// The settings of a main file with one included file, and those of their dump.
  func routes(main: String, included: String) throws -> (before: Settings, after: Settings, text: String) {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: "main.yaml")
    try Data((main + "\ninclude: other.yaml\n").utf8).write(to: file)
    try Data(included.utf8).write(to: directory.appending(path: "other.yaml"))
    let loaded = SettingsLoader.load(path: file.path, environment: [:])
    let before = try #require(loaded.settings, "\(loaded.diagnostics)")
    let text = try #require(SettingsLoader.dump(path: file.path, environment: [:], showsSecrets: true).text)
    let again = SettingsLoader.load(text: text, fileName: "b.yaml", environment: [:])
    return (before, try #require(again.settings, "\(again.diagnostics)\n\(text)"), text)
  }

  static let mains = [
    "routes: []", "defaults: {headers: {X-A: main, X-B: main}, delay: 5ms}\nroutes: [{path: /m, text: m, headers: {X-A: ~}}]",
    "defaults: {cors: {origins: [\"http://a.example\"], methods: [GET], max_age: 5s, expose: [X-A]}}\nroutes: [{path: /m, text: m}]",
    "defaults: {cors: \"*\", faults: [{rate: 5%, status: 503}], throttle: 1KiB, rate_limit: {requests: 1, within: 1s}}\nroutes: []",
  ]
  static let includeds = [
    "routes: [{path: /i, text: i}, {path: /j, text: j, cors: off, delay: ~, headers: {}}]",
    "defaults: {headers: {X-B: other, X-C: other}, cors: off, faults: [{rate: 1%, status: 500, headers: {X-C: own}}, {rate: 2%, fault: reset}]}\n"
      + "routes: [{path: /i, text: i, headers: {x-a: own, X-C: ~}}, {path: /j, text: j, cors: {origins: [\"http://b.example\"]}, faults: [{rate: 9%, status: 404}]}]",
    "defaults: {cors: {credentials: false, headers: [X-Z]}, delay: ~, throttle: ~}\n"
      + "routes: [{path: /i, text: i, cors: [\"http://c.example\"]}, {path: /j, text: j, cors: {origins: [\"http://d.example\"], max_age: ~}}]",
    "defaults: {rate_limit: ~, faults: []}\nroutes: [{path: /i, sequence: [{text: a, headers: {X-A: step}}, {status: 503}]}]",
  ]

  @Test(arguments: mains, includeds)
  func `routes have what the defaults of their files give them`(main: String, included: String) throws {
    // Where nothing has cors, a part of it is none.
    guard !included.contains("credentials: false, headers") || main.contains("cors") else { return }
    let (before, after, text) = try routes(main: main, included: included)
    #expect(SettingsDifference(from: before, to: after).summary == "no change", "\(text)")
    #expect(Description.difference(before, after) == nil, "\(text)")
  }
}

/// Settings as a text that is the same for equal ones: every stored value but positions, files and functions.
enum Description {
  static func of(_ settings: Settings) -> String {
    var settings = settings
    settings.files = []
    settings.fileStatuses = [:]
    settings.saysNothing = false
    settings.listen = settings.listen.map { ListenSettings($0.address) }
    return text(of: settings)
  }

  /// The surroundings of the first place where two differ; nil for equal ones.
  static func difference(_ one: Settings, _ other: Settings) -> String? {
    let (left, right) = (Array(of(one).utf8), Array(of(other).utf8))
    guard left != right else { return nil }
    let start = max(0, (zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(left.count, right.count)) - 100)
    return [left, right].map { String(decoding: $0.dropFirst(start).prefix(200), as: UTF8.self) }.joined(separator: "\n")
  }

  private static func text(of value: Any) -> String {
    if value is SourceMark || value is SourceSpan { return "at" }
    if let dictionary = value as? [String: String] { return "\(dictionary.sorted { $0.key < $1.key })" }
    if let set = value as? Set<String> { return "\(set.sorted())" }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .class { return "\(type(of: value))" }
    if mirror.displayStyle == .set { return mirror.children.map { text(of: $0.value) }.sorted().joined(separator: ",") }
    if mirror.children.isEmpty { return value is String ? "\"\(value)\"" : "\(value)" }
    return "\(type(of: value))("
      + mirror.children.filter { $0.label != "place" }.map { "\($0.label ?? ""):\(text(of: $0.value))" }.joined(separator: ",") + ")"
  }
}
