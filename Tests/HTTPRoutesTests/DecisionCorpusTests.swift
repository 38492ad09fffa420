// Decisions of the tables that the fuzzers and other tests have made, held against a scan of their routes and against
// what `explain` says.

import DecisionSupport
import Foundation
import Testing

@testable import HTTPRoutes

@Suite struct DecisionCorpusTests {
  private static func corpus(_ target: String) throws -> [URL] {
    let directory = Fixtures.repository.appending(path: "Tests/Fuzz/corpus/\(target)")
    return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
  }

  private static func configurations() throws -> [URL] {
    try ["Tests/Fixtures/configurations", "config"].flatMap { directory in
      let root = Fixtures.repository.appending(path: directory)
      return try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".yaml") }.map {
        root.appending(path: $0)
      }
    }
  }

  private static func settings(_ text: String) -> Settings? {
    // Nothing in the corpus may look at files of this machine by a pattern.
    if text.contains("include") { return nil }
    return SettingsLoader.load(text: text, fileName: "/nonexistent/asynchttpd-tests/a.yaml", environment: ["PORT": "8080"]).settings
  }

  /// Requests that come near the routes of a table: each path with every placeholder filled, and what is around it.
  private static func requests(for settings: Settings) -> [CheckedRequest] {
    let paths = Set(settings.routes.prefix(8).map { $0.pattern.text.replacing(/\{[^}]*\}/, with: "7").replacing("**", with: "a/b") })
    return paths.sorted().flatMap { path in
      [
        CheckedRequest("GET", path),
        CheckedRequest(
          "POST", path + "?page=12&q=x", headers: ["Content-Type: application/json"], body: Array(#"{"user":"ada","n":[1]}"#.utf8)),
        CheckedRequest("HEAD", path + "/"), CheckedRequest("DELETE", path, headers: ["Cookie: session=1", "X-A: 1"]),
      ]
    } + [CheckedRequest("GET", "/"), CheckedRequest("PUT", "/nothing/here")]
  }

  @Test func `tables of the fuzz corpus and of the fixtures decide as their routes do one by one, and as explain says`() throws {
    var tables = 0
    for file in try Self.corpus("settings") + Self.configurations() {
      guard let settings = Self.settings(String(decoding: try Data(contentsOf: file), as: UTF8.self)), !settings.routes.isEmpty,
        settings.routes.count <= 60
      else { continue }
      tables += 1
      for request in Self.requests(for: settings) {
        let problem = contradiction(on: request, of: settings)
        #expect(problem == nil, "\(file.lastPathComponent): \(request): \(problem ?? "")")
      }
    }
    #expect(tables > 40)
  }

  @Test func `conditions of the fuzz corpus hold for the same requests, whatever asks`() throws {
    var tables = 0
    for file in try Self.corpus("when") {
      let (head, rest) = CheckedRequest.halves(String(decoding: try Data(contentsOf: file), as: UTF8.self))
      let parts = rest?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false) ?? []
      guard parts.count == 2, let request = CheckedRequest("\(head)\n\n\(parts[0])"), let settings = Self.settings("routes:\n\(parts[1])")
      else { continue }
      tables += 1
      let problem = contradiction(on: request, of: settings)
      #expect(problem == nil, "\(file.lastPathComponent): \(problem ?? "")")
    }
    #expect(tables > 10)
  }
}
