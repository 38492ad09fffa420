import HTTPRoutes
import Testing

@Suite struct SuggestionTests {
  /// The suggestion in the message for an unknown key of a route.
  private func suggestion(for key: String) -> String? {
    let result = SettingsLoader.load(text: "routes: [{path: /, json: 1, \(key): x}]", fileName: "a.yaml", environment: [:])
    let message = result.diagnostics.first { $0.message.hasPrefix("unknown key") }?.message
    return message?.split(separator: "did you mean \"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) }
  }

  @Test(arguments: [
    ("methdo", "method"), ("metod", "method"), ("Method", "method"), ("method_", "method"), ("stats", "status"), ("staus", "status"),
    ("header", "headers"), ("content-type", "content_type"), ("contenttype", "content_type"), ("dealy", "delay"),
  ])
  func `a typing error has a suggestion`(typed: String, meant: String) {
    #expect(suggestion(for: typed) == meant)
  }

  @Test(arguments: ["completely_different", "x", "zzz"])
  func `a word like no other has none`(typed: String) {
    #expect(suggestion(for: typed) == nil)
  }

  @Test func `a key that is there already is not suggested`() {
    #expect(suggestion(for: "jsn") == nil)
  }
}
