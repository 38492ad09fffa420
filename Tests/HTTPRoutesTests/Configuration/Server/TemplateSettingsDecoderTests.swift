// `random` and `clock`.

import Testing

@testable import HTTPRoutes

@Suite struct TemplateSettingsDecoderTests {
  private func load(_ text: String) -> (settings: TemplateSettings?, problems: [String]) {
    let result = SettingsLoader.load(text: text + "\nroutes: []\n", fileName: "t.yaml", environment: ["SEED": "7"])
    return (result.settings?.templates, result.diagnostics.filter { $0.severity == .error }.map { "\($0.line):\($0.column) \($0.message)" })
  }

  @Test func `a seed and a clock are settings`() {
    #expect(load("random: {seed: 42}").settings?.seed == 42)
    #expect(load("random: {seed: \"${SEED}\"}").settings?.seed == 7)
    #expect(load("clock: 2026-01-15T09:30:00Z").settings?.clock.shown == "2026-01-15T09:30:00Z")
    #expect(load("random: ~\nclock: ~").settings == TemplateSettings())
  }

  @Test(
    arguments: [
      ("random: 42", "1:9 expected a mapping such as {seed: 42}, found 42"),
      ("random: {sed: 42}", "1:10 unknown key \"sed\" in random (did you mean \"seed\"?)"),
      ("random: {seed: -1}", "1:16 expected a number from 0 to 9223372036854775807, found -1"),
      ("clock: noon", "1:8 expected a time such as 2026-01-15T09:30:00Z, found \"noon\""),
      ("clock: 2026-01-15", "1:8 expected a time such as 2026-01-15T09:30:00Z, found \"2026-01-15\""),
    ])
  func `what is wrong with them is an error`(_ text: String, _ problem: String) { #expect(load(text).problems == [problem]) }
}
