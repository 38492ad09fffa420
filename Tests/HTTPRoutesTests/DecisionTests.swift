// The decision about a request, asked without a socket.

import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct DecisionTests {
  private static let routes = """
    defaults: {cors: {origins: ["http://default.example"]}}
    routes:
      - {id: read, path: "/items/{id}", methods: [GET, HEAD], text: a}
      - {id: write, path: "/items/{id}", method: PUT, text: a, cors: {origins: ["http://write.example"]}}
      - {id: own, path: /own, methods: [GET, OPTIONS], text: a}
      - {id: all, path: /all/**, methods: any, text: a}
      - {id: resource, path: /resource/**, resource: {items: []}}
      - {id: some, path: /some/**, methods: [GET, POST], resource: {items: []}}
    """
  private let decider: Decider

  init() throws {
    let result = SettingsLoader.load(text: Self.routes, fileName: "a.yaml", environment: [:])
    decider = Decider(try #require(result.settings, "\(Diagnostic.render(result.diagnostics))"))
  }

  /// The decision in words, the path that it was made for, and the origins that may read the answer.
  private func decide(_ line: String, _ fields: String...) throws -> (words: String, path: String, allowsDefault: Bool) {
    let text = "\(line) HTTP/1.1\r\nHost: a\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n"
    let bytes = Array(text.utf8)
    var parser = HeadParser()
    try #require(try parser.parse(bytes.span))
    return decider.decide(parser.head, bytes.span, nil, .none) { _, decision, path, hasEncodedSlash in
      let words =
        switch decision {
        case .routed(let match, _): "route \(match.routeIndex)\(hasEncodedSlash ? ", encoded slash" : "")"
        case .refused(let error): "\(error.status)"
        case .notFound: "404"
        case .conditionsFail(let first): "404, \(first)"
        case .needsBody: "body"
        case .needsTask: "task"
        case .methodNotAllowed(let allowed): "405, \(allowed.allowValue)"
        case .options(let allowed, let index): "options, \(allowed.allowValue), \(index.map(String.init) ?? "no") route"
        case .preflight(let preflight):
          "preflight \(preflight.announced.name), \(preflight.routeIndex.map(String.init) ?? "no") route, \(preflight.allowed?.allowValue ?? "-")"
        }
      let origin = decider.crossOrigin(for: decision, path: path)?.fields(origin: "http://default.example") ?? []
      return (words, String(decoding: path.copied, as: UTF8.self), origin.contains { $0.name == "Access-Control-Allow-Origin" })
    }
  }

  @Test(
    arguments: [
      ("GET /items/7?q", "route 0", "/items/7"), ("PUT /a/../items/%37", "route 1", "/items/7"), ("GET http://a", "404", "/"),
      ("GET /items/a%2Fb", "route 0, encoded slash", "/items/a\u{1}b"), ("DELETE /items/7", "405, GET, HEAD, PUT, OPTIONS", "/items/7"),
      ("GET /..", "400", ""), ("OPTIONS /own", "route 2", "/own"),
      ("OPTIONS /items/7", "options, GET, HEAD, PUT, OPTIONS, no route", "/items/7"),
      ("BREW /all/a", "route 3", "/all/a"), ("OPTIONS /all/a", "options, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, 3 route", "/all/a"),
      ("OPTIONS /resource/a", "route 4", "/resource/a"), ("OPTIONS /some/a", "options, GET, HEAD, POST, OPTIONS, no route", "/some/a"),
      ("GET /nowhere", "404", "/nowhere"),
    ])
  func `a request goes to the first route that has its path and method, or to the table`(_ line: String, _ words: String, _ path: String)
    throws
  {
    let decided = try decide(line)
    #expect(decided.words == words)
    #expect(decided.path.replacing("\0", with: "\u{1}") == path)
  }

  @Test func `OPTIONS for a route of every method is the table's`() throws {
    #expect(try decide("OPTIONS /all/a").words.hasSuffix("3 route"))
  }

  @Test(
    arguments: [
      ("/items/7", "PUT", "preflight PUT, 1 route, GET, HEAD, PUT, OPTIONS"),
      ("/items/7", "GET", "preflight GET, 0 route, GET, HEAD, PUT, OPTIONS"),
      ("/nowhere", "PUT", "preflight PUT, no route, -"), ("/own", "GET", "route 2"),
    ])
  func `a preflight is decided by the request that it announces`(_ path: String, _ method: String, _ words: String) throws {
    #expect(try decide("OPTIONS \(path)", "Origin: http://a", "Access-Control-Request-Method: \(method)").words == words)
  }

  @Test(arguments: [("GET /items/7", true), ("PUT /items/7", false), ("DELETE /items/7", true), ("GET /nowhere", true), ("GET /..", true)])
  func `what a page may read is the route's to say, the first route's of the path, or the table's`(_ line: String, _ isDefault: Bool) throws
  {
    #expect(try decide(line).allowsDefault == isDefault)
  }
}
