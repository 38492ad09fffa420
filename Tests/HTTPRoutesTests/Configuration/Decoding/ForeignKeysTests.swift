import HTTPRoutes
import Testing

/// Keys of nginx, Caddy, WireMock, json-server, Mockoon and OpenAPI; the fixtures `keys-of-other-tools-…` have the exact sentences.
@Suite struct ForeignKeysTests {
  private func messages(of text: String) -> [String] {
    SettingsLoader.load(text: text, fileName: "a.yaml", environment: [:]).diagnostics.map(\.message)
  }

  @Test(arguments: ["proxy_pass", "proxyPass", "proxy-pass", "PROXY_PASS"])
  func `a key is known in every dress`(key: String) {
    #expect(messages(of: "routes: [{path: /a, \(key): x}]").first?.contains("write proxy_to_file:") == true)
  }

  @Test(arguments: [
    "response: {status: 200}", "respond: hi", "body: hi", "jsonBody: {a: 1}", "proxy: x", "root: /srv", "txt: x", "what: x",
  ])
  func `a key that stands for a responder is one problem`(entry: String) {
    #expect(messages(of: "routes: [{path: /a, \(entry)}]").count == 1)
  }

  @Test func `a key that stands for none leaves the other problem`() {
    #expect(messages(of: "routes: [{path: /a, methdo: GET}]").count == 2)
  }

  @Test func `a path for a key is one problem`() {
    #expect(messages(of: "routes: [{/users: {text: x}}]").count == 1)
    #expect(messages(of: "/users: {text: x}").count == 1)
  }
}
