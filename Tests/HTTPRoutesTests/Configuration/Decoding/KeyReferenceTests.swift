// The page of the manual that lists every key, written from the tables that the decoders read.

import Foundation
import Testing

@testable import HTTPRoutes

@Suite struct KeyReferenceTests {
  @Test func `the page of keys is the one that the tables make`() throws {
    let page = Fixtures.repository.appending(path: "Sources/HTTPRoutes/HTTPRoutes.docc/Keys.md")
    let text = KeyReference.text
    if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] != nil { try Data(text.utf8).write(to: page) }
    #expect(try String(contentsOf: page, encoding: .utf8) == text, "UPDATE_FIXTURES=1 writes it anew")
  }

  @Test func `every key of every table is on it once, with its sentence and its default`() {
    for table in KeyReference.tables {
      let section = KeyReference.section(of: table)
      for key in table.keys {
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `\(key.name)` |") }
        #expect(rows.count == 1, "\(table.name).\(key.name)")
        #expect(rows.first?.contains(KeyReference.cell(key.summary)) == true)
        if let value = key.defaultValue { #expect(rows.first?.contains("| `\(KeyReference.cell(value))` |") == true) }
      }
    }
  }
}

enum KeyReference {
  static let tables = KeyTable.configuration.withNested

  static let text =
    """
    # Keys

    Every key of the configuration, with what it takes and its default.

    ## Overview

    This page is made from the tables that the configuration is read by; `asynchttpd schema` gives the same to an editor. Sizes are written
    512B, 32KiB, 8MiB or 2GiB (a bare number is bytes), durations 80ms, 10s, 5m, 2h or 30d (a unit is required). `${NAME}` and
    `${NAME:-default}` stand for environment variables in every setting, and not in the bodies of answers. Relative paths are relative to the
    file that names them.


    """ + tables.map { section(of: $0) }.joined(separator: "\n")

  /// The heading of a table, and a row for each of its keys.
  static func section(of table: KeyTable) -> String {
    var text = "## \(heading(of: table))\n\n"
    let rules = rules(of: table)
    if !rules.isEmpty { text += rules + "\n\n" }
    text += "| key | takes | default | |\n|---|---|---|---|\n"
    for key in table.keys {
      let value = key.defaultValue.map { "`\(cell($0))`" } ?? ""
      text += "| `\(key.name)` | \(cell(key.shape.words(isInner: false))) | \(value) | \(cell(key.summary)) |\n"
    }
    return text
  }

  private static func heading(of table: KeyTable) -> String {
    table.name == tables.first?.name ? "The configuration" : table.name
  }

  private static func rules(of table: KeyTable) -> String {
    var rules: [String] = []
    if !table.required.isEmpty { rules.append("It needs \(list(table.required)).") }
    if !table.alternatives.isEmpty {
      let others = table.substitutes.isEmpty ? "" : ", or \(list(table.substitutes)) alone"
      rules.append("It has exactly one of \(list(table.alternatives))\(others).")
    }
    if table.allowsExtensions { rules.append("Keys that begin with `x-` are left to you, as places for anchors.") }
    return rules.joined(separator: " ")
  }

  private static func list(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }

  /// A text that may stand in a table.
  static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

extension Shape {
  /// What a value may be, in words.
  fileprivate func words(isInner: Bool) -> String {
    switch self {
    case .text: "a text"
    case .matching: "a text"
    case .path: "a path"
    case .integer(let range): "a number from \(range.lowerBound) to \(range.upperBound == .max ? "2^63 - 1" : "\(range.upperBound)")"
    case .numbers(let numbers): numbers.map { "\($0)" }.joined(separator: ", ")
    case .size(let range): "a size from \(Units.spelling(ofSize: range.lowerBound)) to \(Units.spelling(ofSize: range.upperBound))"
    case .duration(let longest, _): "a duration" + (longest.map { " up to \($0.spelling)" } ?? "")
    case .bool: "`true` or `false`"
    case .words(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .off: "`off`"
    case .null: "`~`"
    case .anything: "any value"
    case .list(let item, _): isInner ? "a list" : "one or a list of: \(item.words(isInner: true))"
    case .sequence(let item): "a list of: \(item.words(isInner: true))"
    case .mapping(let table): "a mapping, \(table.name)"
    case .named(let name): "a mapping, \(name)"
    case .entries(_, let item): "names, each with \(item.words(isInner: true))"
    case .any(let shapes): Self.alternatives(shapes, isInner: isInner)
    }
  }

  private static func alternatives(_ shapes: [Shape], isInner: Bool) -> String {
    var seen: [String] = []
    for shape in shapes {
      let words = shape.words(isInner: isInner)
      if !seen.contains(words) { seen.append(words) }
    }
    return seen.joined(separator: "; or ")
  }
}
