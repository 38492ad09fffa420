import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct RequestPredicateTests {
  /// One request, as `curl` would send it.
  struct Sent: Sendable, CustomStringConvertible {
    var target = "/a/7"
    var headers: [String] = []
    var body: String?

    init(_ target: String = "/a/7", _ headers: String..., body: String? = nil) {
      self.target = target
      self.headers = headers
      self.body = body
    }

    static func json(_ body: String) -> Sent { Sent(body: body) }

    static func form(_ body: String) -> Sent {
      Sent("/a/7", "Content-Type: application/x-www-form-urlencoded", body: body)
    }

    var description: String { "\(target) \(headers) \(body ?? "")" }
  }

  /// Whether a route with this `when` answers.
  static func holds(_ when: String, _ sent: Sent) throws -> Bool {
    let text = "routes:\n  - {id: it, path: \"/a/{id}\", methods: any, when: \(when), text: a}\n"
    let result = SettingsLoader.load(text: text, fileName: "a.yaml", environment: [:])
    let settings = try #require(result.settings, "\(Diagnostic.render(result.diagnostics))")
    let explained = try ExplainedRequest(
      method: sent.body == nil ? "GET" : "POST", url: sent.target, headers: sent.headers, body: sent.body.map { Array($0.utf8) },
      settings: settings)
    guard case .answered = explained.outcome else { return false }
    return true
  }

  @Test(
    arguments: [
      // A value is equality, a list is any of these.
      ("{query: {page: \"2\"}}", Sent("/a/7?page=2"), true), ("{query: {page: 2}}", Sent("/a/7?page=2"), true),
      ("{query: {page: 2}}", Sent("/a/7?page=2.0"), true), ("{query: {page: \"2\"}}", Sent("/a/7?page=2.0"), false),
      ("{query: {page: 2}}", Sent("/a/7?page=3"), false), ("{query: {page: 2}}", Sent("/a/7"), false),
      ("{query: {page: [\"1\", \"2\"]}}", Sent("/a/7?page=2"), true), ("{query: {page: [\"1\", \"2\"]}}", Sent("/a/7?page=3"), false),
      ("{query: {flag: true}}", Sent("/a/7?flag=true"), true), ("{query: {flag: true}}", Sent("/a/7?flag=1"), false),
      // Decoded, and one of the values is enough.
      ("{query: {q: \"a b\"}}", Sent("/a/7?q=a+b"), true), ("{query: {q: \"a b\"}}", Sent("/a/7?q=a%20b"), true),
      ("{query: {tag: red}}", Sent("/a/7?tag=blue&tag=red"), true), ("{query: {\"a b\": x}}", Sent("/a/7?a%20b=x"), true),
      ("{query: {q: \"\"}}", Sent("/a/7?q"), true),
      // Headers by name in any case, each line a value.
      ("{headers: {X-Tag: b}}", Sent("/a/7", "x-tag: a", "X-TAG: b"), true), ("{headers: {X-Tag: b}}", Sent("/a/7", "X-Tag: B"), false),
      ("{headers: {Accept: {contains: json}}}", Sent("/a/7", "Accept: text/html, application/json"), true),
      ("{headers: {Authorization: {present: false}}}", Sent(), true),
      ("{headers: {Authorization: {present: false}}}", Sent("/a/7", "Authorization: x"), false),
      ("{headers: {X: {present: true}}}", Sent("/a/7", "X:"), true), ("{headers: {X: {present: true}}}", Sent(), false),
      // Cookies, host, path.
      ("{cookies: {session: abc}}", Sent("/a/7", "Cookie: a=1; session=abc"), true), ("{cookies: {session: abc}}", Sent(), false),
      ("{host: api.example.com}", Sent("/a/7", "Host: API.example.com:8080"), true),
      ("{host: API.Example.com}", Sent("/a/7", "Host: api.example.com"), true),
      ("{host: {ends_with: .example.com}}", Sent("/a/7", "Host: example.org"), false),
      ("{host: \"[::1]\"}", Sent("/a/7", "Host: [::1]:80"), true),
      ("{path: {id: \"7\"}}", Sent(), true), ("{path: {id: {matches: '\\d+'}}}", Sent("/a/x"), false),
      ("{path: {id: a/b}}", Sent("/a/a%2Fb"), true),
      // Client.
      ("{client: 127.0.0.0/8}", Sent(), true), ("{client: [10.0.0.0/8, 127.0.0.1]}", Sent(), true), ("{client: 10.0.0.0/8}", Sent(), false),
    ])
  func `the head of a request`(_ when: String, _ sent: Sent, _ holds: Bool) throws { #expect(try Self.holds(when, sent) == holds) }

  @Test(
    arguments: [
      ("{equals: abc}", "abc", true), ("{equals: abc}", "abcd", false), ("{not: abc}", "abd", true), ("{not: abc}", "abc", false),
      ("{not: {contains: b}}", "abc", false), ("{not: [a, b]}", "b", false), ("{not: [a, b]}", "c", true),
      ("{contains: bc}", "abcd", true), ("{contains: aab}", "aaaab", true), ("{contains: abab}", "abaabaab", false),
      ("{starts_with: ab}", "abc", true), ("{starts_with: ab}", "cab", false), ("{starts_with: abc}", "ab", false),
      ("{ends_with: bc}", "abc", true), ("{ends_with: bc}", "bca", false),
      ("{matches: '\\d+'}", "123", true), ("{matches: '\\d+'}", "123a", false), ("{search: '\\d'}", "a1", true),
      ("{search: '^/v\\d'}", "/v2", true),
      ("{search: '^\\d'}", "a1", false), ("{matches: 'a|ab'}", "ab", true),
      ("{less_than: 10}", "9.5", true), ("{less_than: 10}", "10", false), ("{at_most: 10}", "10.0", true),
      ("{greater_than: 10}", "1e2", true),
      ("{at_least: 10}", "9", false), ("{at_least: 10}", "abc", false), ("{at_most: 12345678901234567890}", "12345678901234567891", false),
      ("{less_than: 2026-01-15T09:30:00Z}", "2026-01-15T10:29:59+01:00", true),
      ("{less_than: 2026-01-15T09:30:00Z}", "2026-01-15T09:30:00Z", false),
      ("{at_least: 2026-01-15T09:30:00Z}", "yesterday", false),
      ("{starts_with: a, ends_with: c}", "abc", true), ("{starts_with: a, ends_with: d}", "abc", false),
      ("{all_of: [{contains: a}, {contains: b}]}", "ba", true), ("{all_of: [{contains: a}, {contains: b}]}", "aa", false),
      ("{equals: ABC, ignore_case: true}", "abc", true), ("{contains: BC, ignore_case: true}", "xabcx", true),
      ("{starts_with: \u{C4}, ignore_case: true}", "%C3%A4x", true), ("{matches: AB+, ignore_case: true}", "abb", true),
      ("[{present: false}, x]", "x", true), ("[{present: false}, x]", "y", false),
    ])
  func `an operator of one value`(_ test: String, _ value: String, _ holds: Bool) throws {
    let encoded = value.replacing("+", with: "%2B")
    #expect(try Self.holds("{query: {q: \(test)}}", Sent("/a/7?q=\(encoded)")) == holds)
  }

  @Test(
    arguments: [
      ("{not: x}", "/a/7", true), ("{not: x}", "/a/7?q=y&q=x", false), ("{present: false}", "/a/7?q=", false),
      ("{present: true}", "/a/7?q", true),
      ("[{present: false}, x]", "/a/7", true), ("{starts_with: a, ends_with: c}", "/a/7?q=ab&q=bc", false),
      ("{all_of: [{starts_with: a}, {ends_with: c}]}", "/a/7?q=ab&q=bc", false), ("{all_of: [{not: a}, {not: b}]}", "/a/7", true),
      ("{less_than: 5, not: \"3\"}", "/a/7?q=4", true), ("{less_than: 5, not: \"3\"}", "/a/7?q=3", false),
    ])
  func `none and several values`(_ test: String, _ target: String, _ holds: Bool) throws {
    #expect(try Self.holds("{query: {q: \(test)}}", Sent(target)) == holds)
  }

  @Test(
    arguments: [
      ("{json: {user: ada}}", #"{"user":"ada","more":1}"#, true), ("{json: {user: ada}}", #"{"user":"bob"}"#, false),
      ("{json: {user: ada}}", #"{"user":["ada"]}"#, false), ("{json: {user: ada}}", "no JSON", false), ("{json: {}}", "{}", true),
      ("{json: {}}", "[]", false),
      ("{json: {n: 1}}", #"{"n":1.0}"#, true), ("{json: {n: 1}}", #"{"n":"1"}"#, false),
      ("{json: {n: 12345678901234567890}}", #"{"n":12345678901234567891}"#, false),
      ("{json: {n: 1e400}}", #"{"n":10e399}"#, true), ("{json: {n: null}}", #"{"n":null}"#, true), ("{json: {n: null}}", "{}", false),
      ("{json: [1, {a: b}]}", #"[1,{"a":"b","c":1}]"#, true), ("{json: [1]}", "[1,2]", false),
      ("{json: {a: {b: {c: true}}}}", #"{"a":{"b":{"c":true}}}"#, true),
      ("{json: text}", #""text""#, true), ("{json: {a: 1}, exact: json}", #"{"a":1,"b":2}"#, false),
      ("{json: {a: 1}, exact: [json]}", #"{"a":1.0}"#, true),
      ("{json: {a: {b: 1}}, exact: json}", #"{"a":{"b":1,"c":2}}"#, false),
      ("{jsonpath: {\"$.items[*].sku\": a1}}", #"{"items":[{"sku":"b"},{"sku":"a1"}]}"#, true),
      ("{jsonpath: {\"$.items[*].sku\": a1}}", #"{"items":[]}"#, false),
      ("{jsonpath: {\"$.n\": 5}}", #"{"n":5.0}"#, true), ("{jsonpath: {\"$.n\": \"5\"}}", #"{"n":5}"#, false),
      ("{jsonpath: {\"$.n\": {less_than: 5}}}", #"{"n":4}"#, true),
      ("{jsonpath: {\"$.n\": {less_than: 5}}}", #"{"n":"4"}"#, false), ("{jsonpath: {\"$.gone\": {present: false}}}", "{}", true),
      ("{jsonpath: {\"$.gone\": {present: false}}}", "no JSON", false), ("{jsonpath: {\"$.n\": {present: true}}}", #"{"n":null}"#, true),
      ("{jsonpath: {\"$.n\": null}}", #"{"n":null}"#, true), ("{jsonpath: {\"$.n\": {type: integer}}}", #"{"n":2.0}"#, true),
      ("{jsonpath: {\"$.n\": {type: integer}}}", #"{"n":2.5}"#, false), ("{jsonpath: {\"$.n\": {type: array}}}", #"{"n":[]}"#, true),
      ("{jsonpath: {\"$.n\": {equals: [1, 2]}}}", #"{"n":[1,2]}"#, true),
      ("{jsonpath: {\"$.n\": {equals: {a: 1}}}}", #"{"n":{"a":1,"b":2}}"#, false),
      ("{jsonpath: {\"$[?@.a == 1].b\": x}}", #"[{"a":1,"b":"x"}]"#, true),
      ("{jsonpath: {\"$[?search(@, '^x')]\": {present: true}}}", #"["ax","xa"]"#, true),
      ("{jsonpath: {\"$.s\": {matches: '\\d+'}}}", #"{"s":"12"}"#, true),
      ("{jsonpath: {\"$.t\": {greater_than: 2026-01-01T00:00:00Z}}}", #"{"t":"2026-06-01T00:00:00Z"}"#, true),
    ])
  func `the body as JSON`(_ when: String, _ body: String, _ holds: Bool) throws { #expect(try Self.holds(when, .json(body)) == holds) }

  @Test(
    arguments: [
      ("{body: hello}", Sent(body: "hello"), true), ("{body: {contains: ell}}", Sent(body: "hello"), true),
      ("{body: {contains: x}}", Sent(body: "hello"), false),
      ("{body: {present: false}}", Sent(), true), ("{body: {present: true}}", Sent(body: "a"), true),
      ("{form: {user: ada}}", .form("user=ada&pass=x"), true), ("{form: {user: ada}}", Sent(body: "user=ada"), false),
      ("{form: {user: ada}, exact: form}", .form("user=ada&pass=x"), false), ("{form: {user: ada}, exact: form}", .form("user=ada"), true),
      (
        "{form: {user: ada}}",
        Sent(
          "/a/7", "Content-Type: multipart/form-data; boundary=b",
          body: "--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nada\r\n--b--"), true
      ),
      ("{query: {a: \"1\"}, exact: query}", Sent("/a/7?a=1&b=2"), false), ("{exact: query}", Sent(), true),
      ("{exact: query}", Sent("/a/7?a"), false),
      ("{query: {a: \"1\"}, exact: [query]}", Sent("/a/7?a=1&a=2"), true),
      ("{any_of: [{query: {a: \"1\"}}, {headers: {X: y}}]}", Sent("/a/7", "X: y"), true),
      ("{any_of: [{query: {a: \"1\"}}, {headers: {X: y}}]}", Sent(), false),
      ("{not: {query: {a: \"1\"}}}", Sent(), true), ("{not: {query: {a: \"1\"}}}", Sent("/a/7?a=1"), false),
      ("{not: {any_of: [{query: {a: \"1\"}}, {json: {a: 1}}]}}", .json(#"{"a":1}"#), false), ("{not: {json: {a: 1}}}", .json("no"), true),
    ])
  func `the body as text and as a form, what else is there, and nesting`(_ when: String, _ sent: Sent, _ holds: Bool) throws {
    #expect(try Self.holds(when, sent) == holds)
  }

  @Test func `a regular expression that would run for ever does not match, and is counted`() throws {
    let result = SettingsLoader.load(
      text: "routes:\n  - {path: /a, when: {query: {q: {matches: '(a+)+b'}}}, text: a}\n", fileName: "a.yaml", environment: [:])
    let settings = try #require(result.settings)
    let evil = String(repeating: "a", count: 5_000)
    let explained = try ExplainedRequest(method: "GET", url: "/a?q=\(evil)", settings: settings)
    #expect(explained.outcome == .notFound)
    guard case .value(_, let matcher)? = settings.routes[0].when?.parts.first?.condition, case .pattern(let pattern)? = matcher.tests.first
    else {
      Issue.record("the test has no pattern")
      return
    }
    #expect(pattern.limitedCount > 0)
  }
}
