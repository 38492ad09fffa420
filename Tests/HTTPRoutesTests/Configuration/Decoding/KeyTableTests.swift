// The tables of keys against the decoders that read them.

import Foundation
import Testing
import YAMLDocument

@testable import HTTPRoutes

@Suite struct KeyTableTests {
  static let tables = KeyTable.configuration.withNested

  @Test func `every mapping of the language has a table`() {
    #expect(
      Set(Self.tables.map(\.name)) == [
        "configuration", "limits", "timeouts", "log", "access_log", "defaults", "cors", "route", "static", "proxy_to_file", "key", "redact",
        "on_miss", "resource", "redirect", "when", "test", "unmatched", "random", "rate_limit", "step", "choice", "state", "delay", "fault",
        "faults", "callbacks", "after", "events", "admin", "journal", "journal_redact",
      ])
  }

  @Test(arguments: tables)
  func `a table names each key once and says of each what it is for, in a sentence`(table: KeyTable) {
    #expect(Set(table.keys.map(\.name)).count == table.keys.count)
    for key in table.keys { #expect(key.summary.hasSuffix("."), "\(table.name).\(key.name)") }
    for name in table.required + table.alternatives { #expect(table[name] != nil, "\(name)") }
  }

  @Test(arguments: tables)
  func `a key that is nearly one of the table is told the one that was meant`(table: KeyTable) {
    for key in table.keys where key.name.count > 3 {
      let context = DecodingContext(file: "a.yaml", environment: [:])
      let source = SourceText(file: "a.yaml", bytes: Array("\(key.name)s_: 1".utf8))
      let node = YAMLComposer.compose(source).root
      let mapping = node.flatMap { SettingsDecoder(node: $0, context: context).mapping(table) }
      for key in table.keys { _ = mapping?.takeEntry(key.name) }
      mapping?.finish()
      #expect(context.diagnostics.first?.message.hasPrefix("unknown key \"\(key.name)s_\" in \(table.noun)") == true)
    }
  }

  @Test func `a decoder that asks for a key its table lacks traps`() async {
    await #expect(processExitsWith: .failure) {
      let context = DecodingContext(file: "a.yaml", environment: [:])
      let span = SourceSpan(line: 1, column: 1, endLine: 1, endColumn: 1)
      _ = MappingDecoder(pairs: [], span: span, table: KeyTable("a", []), context: context).take("b")
    }
  }

  @Test func `a decoder that leaves out a key of its table traps`() async {
    await #expect(processExitsWith: .failure) {
      let context = DecodingContext(file: "a.yaml", environment: [:])
      let span = SourceSpan(line: 1, column: 1, endLine: 1, endColumn: 1)
      MappingDecoder(pairs: [], span: span, table: KeyTable("a", [Key("b", .text, "B.")]), context: context).finish()
    }
  }

  // MARK: Defaults

  /// `{body: 8MiB, head: 32KiB, …}`: every default of a table as it is shown, and what else has to be there.
  private static func defaults(of name: String, with others: [String] = []) throws -> String {
    let table = try #require(tables.first { $0.name == name })
    return "{" + (others + table.keys.compactMap { key in key.defaultValue.map { "\(key.name): \($0)" } }).joined(separator: ", ") + "}"
  }

  @Test func `the default of every key is what goes without it`() throws {
    let file = try #require(Self.tables.first).keys.compactMap { key in key.defaultValue.map { "\(key.name): \($0)\n" } }.joined()
    let said = try """
    \(file)limits: \(Self.defaults(of: "limits"))
    timeouts: \(Self.defaults(of: "timeouts"))
    log: \(Self.defaults(of: "log"))
    defaults: \(Self.defaults(of: "defaults"))
    routes:
      - {path: /static/**, static: \(Self.defaults(of: "static", with: ["root: site"]))}
      - {path: /redirect, redirect: \(Self.defaults(of: "redirect", with: ["to: /"]))}
      - \(Self.defaults(of: "route", with: ["path: /text", "text: a"]))
      - {path: /cors, text: a, cors: \(Self.defaults(of: "cors", with: ["origins: [\"http://a\"]"]))}
      - path: /recorded/**
        proxy_to_file: \(Self.defaults(
            of: "proxy_to_file",
            with: [
              "store: recordings", "upstream: \"http://127.0.0.1:1\"", "mode: refresh", "key: \(Self.defaults(of: "key"))",
              "redact: \(Self.defaults(of: "redact"))",
            ]))
      - {path: /missed/**, proxy_to_file: {store: recordings, on_miss: \(Self.defaults(of: "on_miss"))}}
      - {path: /resource/**, resource: \(Self.defaults(of: "resource", with: ["items: []"]))}

    """
    let unsaid = """
      routes:
        - {path: /static/**, static: site}
        - {path: /redirect, redirect: /}
        - {path: /text, text: a}
        - {path: /cors, text: a, cors: ["http://a"]}
        - {path: /recorded/**, proxy_to_file: {store: recordings, upstream: "http://127.0.0.1:1", mode: refresh}}
        - {path: /missed/**, proxy_to_file: recordings}
        - {path: /resource/**, resource: {items: []}}

      """
    let settings = try [said, unsaid].map { text in
      let result = SettingsLoader.load(
        text: text, fileName: Fixtures.configurations.appending(path: "defaults.yaml").path, environment: [:])
      return try #require(result.settings, "\(Diagnostic.render(result.diagnostics))")
    }
    #expect(SettingsDifference(from: settings[1], to: settings[0]).summary == "no change")
  }
}
