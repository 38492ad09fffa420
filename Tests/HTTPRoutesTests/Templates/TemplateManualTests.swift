// The manual of templates against the tables that the reader knows.

import Foundation
import Testing

@testable import HTTPRoutes

@Suite struct TemplateManualTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: Fixtures.repository.appending(path: path), encoding: .utf8)
  }

  @Test func `the manual has every source, filter and directive`() throws {
    let manual = try Self.text("Sources/HTTPRoutes/HTTPRoutes.docc/Templates.md")
    for shape in TemplateSources.shapes { #expect(manual.contains("`\(shape)`"), "\(shape)") }
    for filter in TemplateFilters.all { #expect(manual.contains("`\(filter.shape)`"), "\(filter.shape)") }
    for (letter, _) in TimeFormat.directives { #expect(manual.contains("`%\(letter)`"), "%\(letter)") }
  }

  @Test func `the reference file has every source and filter`() throws {
    let reference = try Self.text("config/asynchttpd.yaml")
    for source in TemplateSources.all where source.name != "item" && source.name != "index" {
      #expect(reference.contains(source.name), "\(source.name)")
    }
    for filter in TemplateFilters.all { #expect(reference.contains(filter.name), "\(filter.name)") }
  }

  @Test func `the example of the manual is a configuration`() throws {
    let manual = try Self.text("Sources/HTTPRoutes/HTTPRoutes.docc/Templates.md")
    let start = try #require(manual.firstRange(of: "```yaml\n")?.upperBound)
    let end = try #require(manual[start...].firstRange(of: "```")?.lowerBound)
    let result = SettingsLoader.load(text: "routes:\n" + manual[start..<end], fileName: "t.yaml", environment: [:])
    #expect(!result.hasErrors, "\(result.diagnostics.map { $0.render() })")
  }
}
