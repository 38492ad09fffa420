import Testing

@testable import HTTPRoutes

@Suite struct ExplainedRequestTests {
  let settings: Settings

  init() throws {
    let result = SettingsLoader.load(
      text: """
        limits: {body: 10}
        routes:
          - {id: user, path: "/users/{id}", method: GET, json: {}}
          - {id: orders, path: /orders, method: POST, text: a, cors: {origins: ["http://a.example"]}}
          - {id: files, path: /files/**, text: a}
        """, fileName: "a.yaml", environment: [:])
    settings = try #require(result.settings, "\(Diagnostic.render(result.diagnostics))")
  }

  func explain(_ method: String, _ url: String, _ headers: [String] = [], body: Int? = nil) throws -> ExplainedRequest {
    try ExplainedRequest(
      method: method, url: url, headers: headers, body: body.map { [UInt8](repeating: 0x61, count: $0) }, settings: settings)
  }

  @Test(arguments: ["/users/7", "/users/7?q=1#top", "http://example.com:8080/users/7?q", "/a/../users/%37"])
  func `a path or a whole URL is looked up as the server does`(_ url: String) throws {
    let explained = try explain("GET", url)
    #expect(explained.path == "/users/7")
    #expect(explained.outcome == .answered(routeIndex: 0, parameters: [.init(name: "id", value: "7")]))
    #expect(explained.explanations.first == RouteExplanation(routeIndex: 0, reason: .matched))
  }

  @Test func `the rest is a parameter`() throws {
    #expect(
      try explain("PUT", "/files/a/b%20c").outcome == .answered(routeIndex: 2, parameters: [.init(name: "**", value: "a/b c")]))
  }

  @Test func `octets that are not text, control characters and encoded slashes are told as escapes, and no two alike`() throws {
    for (url, shown) in [("/files/%FF", "%FF"), ("/files/%fe", "%FE"), ("/files/a%2fb", "a%2Fb"), ("/files/%E2%82%AC", "\u{20AC}")] {
      let explained = try explain("GET", url)
      #expect(explained.path == "/files/\(shown)")
      #expect(explained.outcome == .answered(routeIndex: 2, parameters: [.init(name: "**", value: shown)]))
    }
    #expect(try explain("GET", "/files/%1B%5B2J").path == "/files/%1B[2J")
    let explained = try explain("GET", "/users/a%2Fb")
    #expect(explained.outcome == .answered(routeIndex: 0, parameters: [.init(name: "id", value: "a/b")]))
  }

  @Test func `a method that no route has is told with those there are`() throws {
    #expect(try explain("GET", "/orders").outcome == .methodNotAllowed(allow: "POST, OPTIONS"))
    #expect(try explain("GET", "/nowhere").outcome == .notFound)
  }

  @Test func `OPTIONS is the server's, and a preflight the route's`() throws {
    #expect(try explain("OPTIONS", "/orders").outcome == .options(allow: "POST, OPTIONS"))
    let headers = ["Origin: http://a.example", "Access-Control-Request-Method: POST"]
    #expect(try explain("OPTIONS", "/orders", headers).outcome == .preflight(routeIndex: 1, allow: "POST, OPTIONS"))
    guard case .options = try explain("OPTIONS", "*").outcome else {
      Issue.record("OPTIONS * is about the server")
      return
    }
  }

  @Test func `a preflight for a path without routes is answered by the rule of defaults`() throws {
    let text = """
      defaults: {cors: {origins: ["http://a.example"]}}
      routes: [{id: a, path: /a, method: POST, text: a}]
      """
    let settings = try #require(SettingsLoader.load(text: text, fileName: "a.yaml", environment: [:]).settings)
    func outcome(_ url: String, _ method: String) throws -> ExplainedRequest.Outcome {
      let headers = ["Origin: http://a.example", "Access-Control-Request-Method: \(method)"]
      return try ExplainedRequest(method: "OPTIONS", url: url, headers: headers, settings: settings).outcome
    }
    #expect(try outcome("/nowhere", "POST") == .preflight(routeIndex: nil, allow: nil))
    #expect(try outcome("/a", "DELETE") == .preflight(routeIndex: nil, allow: "POST, OPTIONS"))
    #expect(try outcome("/a", "POST") == .preflight(routeIndex: 0, allow: "POST, OPTIONS"))
  }

  @Test func `what the server refuses before any route is refused here`() throws {
    guard case .rejected(400, _) = try explain("GET", "/../etc/passwd").outcome else {
      Issue.record("a path above the root")
      return
    }
    guard case .rejected(413, _) = try explain("POST", "/orders", body: 11).outcome else {
      Issue.record("a body over the limit")
      return
    }
    guard case .rejected(431, _) = try explain("GET", "/orders", ["X-Long: " + String(repeating: "x", count: 40_000)]).outcome else {
      Issue.record("a head over the limit")
      return
    }
    guard case .rejected(417, _) = try explain("POST", "/orders", ["Expect: miracles"], body: 1).outcome else {
      Issue.record("an expectation that cannot be met")
      return
    }
  }

  @Test(arguments: [("GET", "users"), ("GET", "/a b"), ("GET", "ftp://a/b"), ("G T", "/a"), ("", "/a")])
  func `what is no request at all is an error of the command line`(_ method: String, _ url: String) {
    #expect(throws: ExplainedRequest.Malformed.self) { try explain(method, url) }
  }

  @Test func `a field without a colon is an error of the command line`() {
    #expect(throws: ExplainedRequest.Malformed.self) { try explain("GET", "/a", ["Accept text/html"]) }
  }
}
