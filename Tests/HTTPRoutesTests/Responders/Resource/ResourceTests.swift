// A resource as a client sees it: requests and what they are answered, over a socket.

import HTTPRoutes
import JSONText
import Testing

@Suite struct ResourceTests {
  private static let todos = """
    routes:
      - path: /api/todos/**
        resource:
          items:
            - {id: 1, title: Buy milk, done: false}
            - {id: 2, title: Write, done: true, author: {name: Ada}}
    """

  private static func with(_ yaml: String = todos, _ body: @escaping @Sendable (Site) async throws -> Void) async throws {
    try await Site.with(yaml) { (site, _) async throws in try await body(site) }
  }

  // MARK: Reading

  @Test func `the list and an item are read, with or without a slash behind them`() async throws {
    try await Self.with { (site) async throws in
      for target in ["/api/todos", "/api/todos/", "//api/./todos"] {
        let list = try await site.get(target)
        #expect(list.status == 200 && list["Content-Type"] == "application/json" && list["X-Total-Count"] == "2")
        #expect(
          list.text == #"[{"id":1,"title":"Buy milk","done":false},{"id":2,"title":"Write","done":true,"author":{"name":"Ada"}}]"#)
      }
      for target in ["/api/todos/1", "/api/todos/1/", "/api/todos/%31"] {
        let item = try await site.get(target)
        #expect(item.status == 200 && item["Content-Type"] == "application/json")
        #expect(item.text == #"{"id":1,"title":"Buy milk","done":false}"#)
      }
      let head = try await site.get("/api/todos/1", method: "HEAD")
      #expect(head.status == 200 && head["Content-Length"] == "40" && head["ETag"] != nil)
      #expect(try await site.get("/api/todos", method: "HEAD")["X-Total-Count"] == "2")
    }
  }

  @Test(
    arguments: [
      ("GET", "/api/todos/3", 404, #"there is no item with the id \"3\""#), ("GET", "/api/todos/1.0", 404, #"\"1.0\""#),
      ("GET", "/api/todos/1/author", 404, "there is nothing below an item"), ("DELETE", "/api/todos/3", 404, #"\"3\""#),
      ("POST", "/api/todos/1", 405, "an item answers GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
      ("DELETE", "/api/todos", 405, "the list answers GET, HEAD, POST, OPTIONS"), ("BREW", "/api/todos", 405, "the list answers"),
      ("GET", "/api/todos?page=0", 400, #"page is a whole number from 1, not \"0\""#),
      ("POST", "/api/todos", 400, "there is no body; an item is a JSON object"),
    ])
  func `what cannot be answered is a problem`(_ method: String, _ target: String, _ status: Int, _ detail: String) async throws {
    try await Self.with { (site) async throws in
      let reply = try await site.get(target, method: method)
      #expect(reply.status == status && reply["Content-Type"] == "application/problem+json")
      #expect(reply.text.contains(detail), "\(reply.text)")
      let problem = try JSONValue(parsing: reply.body)
      #expect(problem["status"] == .number(JSONNumber(status)) && problem["title"] != nil)
      #expect((reply["Allow"] != nil) == (status == 405))
    }
  }

  @Test func `OPTIONS says what the place allows, and a preflight is answered by the rule for other origins`() async throws {
    let yaml = Self.todos + "\n    cors: {origins: [\"http://localhost:3000\"], expose: [X-Total-Count, Link]}\n"
    try await Self.with(yaml) { (site) async throws in
      let list = try await site.get("/api/todos", method: "OPTIONS")
      #expect(list.status == 204 && list["Allow"] == "GET, HEAD, POST, OPTIONS" && list["Accept-Patch"] == nil)
      let item = try await site.get("/api/todos/1", method: "OPTIONS")
      #expect(item["Allow"] == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")
      #expect(item["Accept-Patch"] == "application/merge-patch+json, application/json")
      let preflight = try await site.get(
        "/api/todos/1", "Origin: http://localhost:3000", "Access-Control-Request-Method: PUT", method: "OPTIONS")
      #expect(preflight.status == 204 && preflight["Access-Control-Allow-Origin"] == "http://localhost:3000")
      #expect(preflight["Access-Control-Allow-Methods"]?.contains("PUT") == true)
      let read = try await site.get("/api/todos", "Origin: http://localhost:3000")
      #expect(read["Access-Control-Allow-Origin"] == "http://localhost:3000")
      #expect(read["Access-Control-Expose-Headers"] == "X-Total-Count, Link")
    }
  }

  @Test func `only what is allowed is answered`() async throws {
    let yaml = """
      routes:
        - {path: /r/**, resource: {items: [{id: 1}], methods: [list, get]}}
        - {path: /w/**, methods: [POST], resource: {items: []}}
        - {path: /w, text: own}
      """
    try await Self.with(yaml) { (site) async throws in
      #expect(try await site.get("/r").status == 200)
      let refused = try await site.request("POST", "/r", "{}")
      #expect(refused.status == 405 && refused["Allow"] == "GET, HEAD, OPTIONS")
      #expect(try await site.get("/r/1", method: "DELETE")["Allow"] == "GET, HEAD, OPTIONS")
      // A route of some methods leaves the others to the next.
      #expect(try await site.request("POST", "/w", "{}").status == 201)
      #expect(try await site.get("/w").text == "own")
    }
  }

  // MARK: Creating

  @Test func `POST adds an item and says where it is`() async throws {
    try await Self.with { (site) async throws in
      let made = try await site.request("POST", "/api/todos", #"{"title":"Sleep","n":1.0}"#)
      #expect(made.status == 201 && made["Location"] == "/api/todos/3" && made.text == #"{"id":3,"title":"Sleep","n":1.0}"#)
      let read = try await site.get("/api/todos/3")
      #expect(read.body == made.body && read["ETag"] == made["ETag"])
      #expect(try await site.get("/api/todos")["X-Total-Count"] == "3")
      // The id of a client's own, in the type of the seed's.
      let own = try await site.request("POST", "/api/todos/", #"{"a":[],"id":"12"}"#, "Content-Type: text/plain")
      #expect(own.status == 201 && own["Location"] == "/api/todos/12" && own.text == #"{"a":[],"id":12}"#)
      #expect(try await site.request("POST", "/api/todos", #"{"id":null}"#).text == #"{"id":13}"#)
      #expect(try await site.get("/api/todos/13", method: "DELETE").status == 204)
      #expect(try await site.request("POST", "/api/todos", "{}").text == #"{"id":14}"#)
    }
  }

  @Test(
    arguments: [
      (#"{"id":1}"#, 409, "there is an item with the id"), (#"{"id":"x"}"#, 400, "the ids here are numbers"),
      (#"{"id":true}"#, 400, "an id is a text or a number, not of type boolean"),
      ("[1]", 400, "the body is of type array; an item is a JSON object"), ("  ", 400, "there is no body"),
      ("{\"a\":1,\n \"é\" 2}", 400, #"the body is not JSON at line 2, column 6: expected \":\""#),
      ("{\"a\":", 400, "line 1, column 6"), (String(repeating: "[", count: 200), 400, "more than 128 brackets"),
    ])
  func `what is no new item is refused, with the reason`(_ body: String, _ status: Int, _ detail: String) async throws {
    try await Self.with { (site) async throws in
      let reply = try await site.request("POST", "/api/todos", body, "Content-Type: application/json")
      #expect(reply.status == status && reply["Content-Type"] == "application/problem+json")
      #expect(reply.text.contains(detail), "\(reply.text)")
      #expect(try await site.get("/api/todos")["X-Total-Count"] == "2")
    }
  }

  @Test func `a long body is read whole, and one beyond the limit is 413`() async throws {
    try await Self.with { (site) async throws in
      let text = String(repeating: "x", count: 1 << 20)
      let made = try await site.request("POST", "/api/todos", #"{"text":"\#(text)"}"#)
      #expect(made.status == 201 && made.body.count == text.utf8.count + 18)
      #expect(try await site.request("POST", "/api/todos", String(repeating: " ", count: 9 << 20)).status == 413)
    }
  }

  @Test func `ids are made as the seed's are, or as new_id says`() async throws {
    let uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    let yaml = """
      routes:
        - {path: /empty/**, resource: {items: []}}
        - {path: /texts/**, resource: {items: [{id: a}]}}
        - {path: /mixed/**, resource: {items: [{id: a}, {id: 5}]}}
        - {path: /number/**, resource: {items: [{id: "7"}, {id: 3}], new_id: number}}
        - {path: /uuid/**, resource: {items: [{id: 1}], new_id: uuid}}
        - {path: /template/**, resource: {items: [], new_id: "t-{{uuid}}"}}
        - {path: /fixed/**, resource: {items: [], new_id: "{{json.name | lower}}: {{method}}", id: key}}
        - {path: /required/**, resource: {items: [], new_id: "{{json.name | required}}"}}
      """
    try await Self.with(yaml) { (site) async throws in
      func ids(_ path: String, _ member: String = "id") async throws -> [JSONValue] {
        var ids: [JSONValue] = []
        for _ in 0..<2 { ids.append(try JSONValue(parsing: try await site.request("POST", path, #"{"a":1}"#).body)[member] ?? .null) }
        return ids
      }
      #expect(try await ids("/empty") == [.number(JSONNumber(1)), .number(JSONNumber(2))])
      #expect(try await ids("/number") == [.number(JSONNumber(4)), .number(JSONNumber(5))])
      for path in ["/texts", "/mixed", "/uuid", "/template"] {
        for id in try await ids(path) {
          guard case .string(var text) = id else { throw HarnessTimeout() }
          if path == "/template" {
            #expect(text.hasPrefix("t-"))
            text.removeFirst(2)
          }
          #expect(try text.wholeMatch(of: Regex(uuid)) != nil, "\(text)")
        }
      }
      let made = try await site.request("POST", "/fixed", #"{"name":"ADA"}"#)
      #expect(made.text == #"{"key":"ada: POST","name":"ADA"}"# && made["Location"] == "/fixed/ada%3A%20POST")
      #expect(try await site.get(made["Location"] ?? "").body == made.body)
      #expect(try await site.request("POST", "/fixed", #"{"name":"Ada"}"#).status == 409)
      #expect(try await site.request("POST", "/required", "{}").status == 400)
      #expect(try await site.get("/required").text == "[]")
    }
  }

  @Test(arguments: ["a b", "a/b", "ä", "100%", "a?b#c", "+&=;"])
  func `an item is found where Location says, whatever its id has`(_ id: String) async throws {
    try await Self.with("routes: [{path: \"/of/{tenant}/items/**\", resource: {items: []}}]") { (site) async throws in
      let body = JSONWriter.text(of: .object(["id": .string(id)]))
      let made = try await site.request("POST", "/of/x%2Fy/items", body)
      #expect(made.status == 201)
      let location = try #require(made["Location"])
      #expect(location.hasPrefix("/of/x%2Fy/items/"))
      let item = try await site.get(location)
      #expect(item.status == 200 && item.text == body)
    }
  }

  @Test func `defaults are for what is missing, made anew each time`() async throws {
    let yaml = """
      routes:
        - path: /d/**
          resource: {items: [], defaults: {createdAt: "{{now}}", key: "{{uuid}}", state: {open: true, for: "{{json.name}}"}, n: 1.0}}
      """
    try await Self.with(yaml) { (site) async throws in
      let one = try JSONValue(parsing: try await site.request("POST", "/d", #"{"n":2,"state":null}"#).body)
      #expect(one["n"] == .number(JSONNumber(2)) && one["state"] == .null)
      let two = try JSONValue(parsing: try await site.request("POST", "/d", #"{"name":7}"#).body)
      #expect(one["key"] != two["key"])
      #expect(two["state"] == .object(["open": .bool(true), "for": .number(JSONNumber(7))]))
      guard case .string(let time)? = two["createdAt"], case .object(let members) = two else { throw HarnessTimeout() }
      #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
      #expect(members.members.map(\.name) == ["id", "name", "createdAt", "key", "state", "n"])
    }
  }

  @Test func `beyond the most items there is no room`() async throws {
    try await Self.with("routes: [{path: /r/**, resource: {items: [{id: 1}], max_items: 2}}]") { (site) async throws in
      #expect(try await site.request("POST", "/r", "{}").status == 201)
      let full = try await site.request("POST", "/r", "{}")
      #expect(full.status == 507 && full.text.contains("there are 2 items already"))
      #expect(try await site.get("/r/1", method: "DELETE").status == 204)
      #expect(try await site.request("POST", "/r", "{}").text == #"{"id":3}"#)
    }
  }

  // MARK: Changing

  @Test func `PUT replaces, PATCH merges, DELETE removes`() async throws {
    try await Self.with { (site) async throws in
      let put = try await site.request("PUT", "/api/todos/2", #"{"title":"Read"}"#)
      #expect(put.status == 200 && put.text == #"{"id":2,"title":"Read"}"#)
      #expect(try await site.request("PUT", "/api/todos/2", #"{"title":"Read","id":"2"}"#).text == #"{"title":"Read","id":2}"#)
      let patch = try await site.request("PATCH", "/api/todos/1", #"{"done":true,"title":null,"author":{"name":"Bo","x":null}}"#)
      #expect(patch.status == 200 && patch.text == #"{"id":1,"done":true,"author":{"name":"Bo"}}"#)
      let again = try await site.request("PATCH", "/api/todos/1", #"{"author":{"age":7}}"#, "Content-Type: application/merge-patch+json")
      #expect(again.text == #"{"id":1,"done":true,"author":{"name":"Bo","age":7}}"#)
      #expect(try await site.get("/api/todos/1").body == again.body)
      let removed = try await site.get("/api/todos/1", method: "DELETE")
      #expect(removed.status == 204 && removed["Content-Type"] == nil)
      #expect(try await site.get("/api/todos/1").status == 404)
      #expect(try await site.get("/api/todos").text == #"[{"title":"Read","id":2}]"#)
    }
  }

  @Test(
    arguments: [
      ("PUT", "/api/todos/9", "{}", "application/json", 404), ("PATCH", "/api/todos/9", "{}", "application/json", 404),
      ("PUT", "/api/todos/1", #"{"id":2}"#, "application/json", 409), ("PATCH", "/api/todos/1", #"{"id":2}"#, "application/json", 409),
      ("PATCH", "/api/todos/1", #"{"id":null}"#, "application/json", 409), ("PUT", "/api/todos/1", "7", "application/json", 400),
      ("PATCH", "/api/todos/1", "[]", "application/json-patch+json", 415), ("PATCH", "/api/todos/1", "[]", "Application/JSON; a=b", 400),
      ("PUT", "/api/todos", "{}", "application/json", 405), ("PATCH", "/api/todos/1/a", "{}", "application/json", 404),
    ])
  func `a change that cannot be made changes nothing`(
    _ method: String, _ target: String, _ body: String, _ type: String, _ status: Int
  ) async throws {
    try await Self.with { (site) async throws in
      let before = try await site.get("/api/todos").body
      let reply = try await site.request(method, target, body, "Content-Type: \(type)")
      #expect(reply.status == status && reply["Content-Type"] == "application/problem+json")
      #expect((reply["Accept-Patch"] != nil) == (status == 415))
      #expect(try await site.get("/api/todos").body == before)
    }
  }

  // MARK: Conditions

  @Test func `an answer that the client has is not sent again`() async throws {
    try await Self.with { (site) async throws in
      for target in ["/api/todos/1", "/api/todos", "/api/todos?done=true&_page=1"] {
        let first = try await site.get(target)
        let tag = try #require(first["ETag"])
        #expect(tag.hasPrefix("\""))
        let second = try await site.get(target, "If-None-Match: W/\(tag)")
        #expect(second.status == 304 && second["ETag"] == tag && second["X-Total-Count"] == first["X-Total-Count"])
        #expect(try await site.get(target, "If-None-Match: \"x\"").status == 200)
        #expect(try await site.get(target, "If-Match: \"x\"").status == 412)
      }
    }
  }

  @Test func `a change of what the client has not seen is refused`() async throws {
    try await Self.with { (site) async throws in
      let tag = try #require(try await site.get("/api/todos/1")["ETag"])
      let list = try #require(try await site.get("/api/todos")["ETag"])
      let patched = try await site.request("PATCH", "/api/todos/1", #"{"done":true}"#, "If-Match: \(tag)")
      #expect(patched.status == 200 && patched["ETag"] != tag)
      let refused = try await site.request("PUT", "/api/todos/1", "{}", "If-Match: \(tag)")
      #expect(refused.status == 412 && refused["ETag"] == patched["ETag"])
      #expect(try await site.get("/api/todos/1", "If-Match: \(tag)", method: "DELETE").status == 412)
      #expect(try await site.request("PUT", "/api/todos/1", "{}", "If-None-Match: *").status == 412)
      #expect(try await site.request("POST", "/api/todos", "{}", "If-Match: \(list)").status == 412)
      let now = try #require(try await site.get("/api/todos")["ETag"])
      #expect(try await site.request("POST", "/api/todos", "{}", "If-Match: \(now)").status == 201)
      #expect(try await site.get("/api/todos/1", "If-Match: \(patched["ETag"] ?? "")", method: "DELETE").status == 204)
    }
  }

  // MARK: Lists

  @Test func `a list stands in what the configuration puts around it`() async throws {
    let yaml = """
      routes:
        - path: /l/**
          headers: {X-Own: "1"}
          resource:
            items: [{id: 1}, {id: 2}, {id: 3}]
            list: {data: "{{items}}", meta: {total: "{{ total }}", page: "{{page}}", limit: "{{limit}}", v: [1.0, "a"]}}
      """
    try await Self.with(yaml) { (site) async throws in
      let all = try await site.get("/l")
      #expect(all.text == #"{"data":[{"id":1},{"id":2},{"id":3}],"meta":{"total":3,"page":1,"limit":null,"v":[1.0,"a"]}}"#)
      #expect(all["X-Own"] == "1" && all["Link"] == nil)
      #expect(
        try await site.get("/l?page=2&limit=2").text == #"{"data":[{"id":3}],"meta":{"total":3,"page":2,"limit":2,"v":[1.0,"a"]}}"#)
    }
  }

  @Test func `a page has links to the others, with the rest of the query`() async throws {
    try await Self.with { (site) async throws in
      let page = try await site.get("/api/todos/?done_ne=x%20y&_page=2&_limit=1&sort=-id")
      #expect(page["X-Total-Count"] == "2" && page.text.contains("Buy milk"))
      #expect(
        page["Link"] == """
          </api/todos?done_ne=x%20y&_limit=1&sort=-id&_page=1>; rel="first", \
          </api/todos?done_ne=x%20y&_limit=1&sort=-id&_page=1>; rel="prev", \
          </api/todos?done_ne=x%20y&_limit=1&sort=-id&_page=2>; rel="last"
          """)
    }
  }

  @Test func `a route's condition and delay go for a resource as for any route`() async throws {
    let yaml = """
      routes:
        - path: /api/**
          when: {json: {kind: todo}}
          delay: 1ms
          resource: {items: [], id: key}
        - {path: /api/**, status: 202}
      """
    try await Self.with(yaml) { (site) async throws in
      #expect(try await site.request("POST", "/api", #"{"kind":"todo","key":"a"}"#)["Location"] == "/api/a")
      #expect(try await site.request("POST", "/api", #"{"kind":"other"}"#).status == 202)
      #expect(try await site.get("/api").status == 202)
    }
  }
}
