// The schema as an editor uses it: a validator of another language reads the files that are shipped and the fixtures.

import Foundation
import Testing

@testable import HTTPRoutes

@Suite struct SchemaTests {
  @Test func `the schema is JSON, and the one that is shipped`() throws {
    let text = ConfigurationSchema.text
    let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(root["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
    let shipped = Fixtures.repository.appending(path: "config/schema.json")
    if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] != nil { try Data(text.utf8).write(to: shipped) }
    #expect(try String(contentsOf: shipped, encoding: .utf8) == text, "UPDATE_FIXTURES=1 writes it anew")
  }

  @Test func `every file that is shipped begins with the line that names its schema`() throws {
    for (name, schema) in [
      ("config/asynchttpd.yaml", "schema.json"), ("config/examples/petstore.yaml", "../schema.json"),
      ("config/examples/recording-proxy.yaml", "../schema.json"), ("config/examples/static-site.yaml", "../schema.json"),
      ("systemd/asynchttpd.yaml", "/usr/local/share/asynchttpd/schema.json"),
    ] {
      let text = try String(contentsOf: Fixtures.repository.appending(path: name), encoding: .utf8)
      #expect(text.hasPrefix("# yaml-language-server: $schema=\(schema)\n"), "\(name)")
    }
  }

  @Suite(.enabled(if: Validator.isThere, "needs python3 with jsonschema and yaml, Debian's python3-jsonschema and python3-yaml"))
  struct ValidatorTests {
    @Test func `every file that is shipped is valid`() throws {
      let names =
        ["config/asynchttpd.yaml", "systemd/asynchttpd.yaml"]
        + ["petstore", "recording-proxy", "static-site"].map {
          "config/examples/\($0).yaml"
        }
      let paths = names.map { Fixtures.repository.appending(path: $0).path }
      for (name, outcome) in zip(names, try Validator.outcomes(of: paths)) {
        #expect(outcome.isValid, "\(name): \(outcome.message)")
      }
    }

    @Test func `every fixture that can be used is valid, with the files that it includes`() throws {
      let paths = Fixtures.names.map { Fixtures.load($0) }.filter { !$0.hasErrors }.flatMap(\.files)
      #expect(paths.count >= 30)
      for (path, outcome) in zip(paths, try Validator.outcomes(of: paths)) {
        // PyYAML reads no "?" in a plain scalar of a flow mapping.
        #expect(outcome.isValid || !outcome.isYAML, "\(path): \(outcome.message)")
        #expect(outcome.isYAML || path.hasSuffix("/redirect-loops.yaml"), "\(path): \(outcome.message)")
      }
    }

    @Test func `every fixture with an unknown key is refused for it`() throws {
      let problems = Fixtures.names.flatMap { Fixtures.load($0).diagnostics }
      let paths = Set(problems.filter { $0.message.hasPrefix("unknown key") }.map(\.file)).sorted()
      #expect(paths.count >= 20)
      for (path, outcome) in zip(paths, try Validator.outcomes(of: paths)) {
        #expect(outcome.hasUnknownKey, "\(path): \(outcome.message)")
      }
    }

    @Test(arguments: [
      "{workers: 0}", "{workers: none}", "{limits: {body: 8MB}}", "{limits: {head: 12}}", "{timeouts: {head: 10}}",
      "{timeouts: {head: 0s}}",
      "{log: {level: loud}}", "{listen: []}", "{routes: [{path: /}]}", "{routes: [{text: a}]}", "{routes: [{path: /, text: a, json: 1}]}",
      "{routes: [{path: x, text: a}]}", "{routes: [{path: /, text: a, status: 99}]}",
      "{routes: [{path: /, redirect: {to: /a, status: 200}}]}",
      "{routes: [{path: /, static: {listing: true}}]}", "{defaults: {cors: {credentials: perhaps}}}", "{y-anchor: 1}",
    ])
    func `what no configuration can say is refused`(text: String) throws {
      let outcome = try #require(try Validator.outcomes(ofTexts: [text]).first)
      #expect(!outcome.isValid)
    }

    @Test(arguments: [
      "{workers: auto}", "{workers: \"2\"}", "{workers: \"${WORKERS}\"}", "{limits: {body: 1048576, head: \"${HEAD:-1KiB}\"}}",
      "{timeouts: {drain: 0s, head: 1.5s}}", "{access_log: off}", "{access_log: false}", "{x-anchor: [1, {a: b}]}",
      "{routes: [{path: \"/${A}\", id: 7, methods: any, json: {any: thing}, headers: {X-A: [a, 1], X-B: ~}}]}",
      "{defaults: {cors: \"*\", headers: ~}}", "{routes: ~}", "{}",
    ])
    func `what a configuration may say is valid`(text: String) throws {
      let outcome = try #require(try Validator.outcomes(ofTexts: [text]).first)
      #expect(outcome.isValid, "\(outcome.message)")
    }
  }
}

/// SchemaReader.py, with the first Python that has what it needs.
private enum Validator {
  struct Outcome: Decodable {
    let isYAML: Bool
    let isValid: Bool
    let hasUnknownKey: Bool
    let message: String
  }

  private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SchemaReader.py").path
  /// Debian's packages are for Debian's Python, which need not be the first of PATH.
  private static let python = ["/usr/bin/python3", "python3"].first { python in
    (try? run([python, "-c", "import importlib.util as i, sys; sys.exit(not all(map(i.find_spec, ['jsonschema', 'yaml'])))"]))?.status == 0
  }

  static let isThere = python != nil

  static func outcomes(ofTexts texts: [String]) throws -> [Outcome] {
    let files = try Files()
    for (number, text) in texts.enumerated() { try files.write(text, to: "\(number).yaml") }
    return try outcomes(of: texts.indices.map { files["\($0).yaml"] })
  }

  /// One outcome for each file.
  static func outcomes(of paths: [String]) throws -> [Outcome] {
    let schema = FileManager.default.temporaryDirectory.appending(path: "schema-\(UUID().uuidString).json")
    try Data(ConfigurationSchema.text.utf8).write(to: schema)
    defer { try? FileManager.default.removeItem(at: schema) }
    let (status, output) = try run([try #require(python), program, schema.path] + paths)
    try #require(status == 0)
    let outcomes = try output.split(separator: 0x0A).map { try JSONDecoder().decode(Outcome.self, from: $0) }
    try #require(outcomes.count == paths.count)
    return outcomes
  }

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: Data) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data)
  }
}
