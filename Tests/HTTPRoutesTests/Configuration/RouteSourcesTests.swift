// The lines of the configuration that a route is written in.

import Foundation
import HTTPRoutes
import Testing

@Suite struct RouteSourcesTests {
  private static let yaml = """
    # the site
    routes:
      - id: first
        path: /a   # a comment
        # another
        headers:
          X-A: b

        text: hello

      # of the next

      - {id: second, path: /b,
         text: b}
      -
        id: third
        path: /c
        text: |
          - one
          two
    x-anchors: {}
    """

  private func withFile<R>(_ text: String, _ body: (String) throws -> R) throws -> R {
    let file = FileManager.default.temporaryDirectory.appending(path: "sources-\(UUID().uuidString).yaml").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    return try body(file)
  }

  private func lines(_ settings: Settings) -> [String?] {
    var sources = RouteSources(settings)
    return settings.routes.map { sources.lines(of: $0) }
  }

  @Test(arguments: ["\n", "\r\n"])
  func `a route is shown from its dash to its last line`(lineBreak: String) throws {
    try withFile(Self.yaml.replacing("\n", with: lineBreak)) { file in
      let settings = try #require(SettingsLoader.load(path: file, environment: [:]).settings)
      #expect(
        lines(settings) == [
          "- id: first\n  path: /a   # a comment\n  # another\n  headers:\n    X-A: b\n\n  text: hello\n",
          "- {id: second, path: /b,\n   text: b}\n",
          "id: third\npath: /c\ntext: |\n  - one\n  two\n",
        ])
    }
  }

  @Test func `a file that has changed since shows nothing`() throws {
    try withFile(Self.yaml) { file in
      let settings = try #require(SettingsLoader.load(path: file, environment: [:]).settings)
      try ("# a line more\n" + Self.yaml).write(toFile: file, atomically: true, encoding: .utf8)
      #expect(lines(settings) == [nil, nil, nil])
      try FileManager.default.removeItem(atPath: file)
      #expect(lines(settings) == [nil, nil, nil])
      try "".write(toFile: file, atomically: true, encoding: .utf8)
    }
  }

  @Test func `a configuration in memory has no file to show`() throws {
    let settings = try #require(SettingsLoader.load(text: Self.yaml, fileName: "/nonexistent/a.yaml", environment: [:]).settings)
    #expect(lines(settings) == [nil, nil, nil])
  }

  @Test func `a long route is cut`() throws {
    let text = "routes:\n  - path: /\n    text: |\n" + (0..<500).map { "      line \($0)\n" }.joined()
    try withFile(text) { file in
      let settings = try #require(SettingsLoader.load(path: file, environment: [:]).settings)
      #expect(lines(settings)[0]?.split(separator: "\n").count == 200)
    }
  }
}
