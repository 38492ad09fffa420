// What routes remember, asked over sockets of a server with two workers.

import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct RouteMemoryTests {
  /// The bodies of some answers to one request after another.
  private static func bodies(_ site: Site, _ target: String, _ count: Int, method: String = "GET") async throws -> [String] {
    var bodies: [String] = []
    for _ in 0..<count { bodies.append(try await site.get(target, method: method).text) }
    return bodies
  }

  /// The answers to requests that are sent at once.
  private static func crowd(_ site: Site, _ target: String, _ count: Int, method: String = "GET") async throws -> [Reply] {
    try await withThrowingTaskGroup { group in
      for _ in 0..<count { group.addTask { try await site.get(target, method: method) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  // MARK: Sequences

  private static let jobs = """
    routes:
      - path: /jobs/{id}
        per: "{{path.id}}"
        headers: {X-Route: jobs}
        sequence:
          - {times: 2, status: 202, headers: {Retry-After: "1"}, text: running}
          - {text: "done {{path.id}}"}
      - {path: /once, repeat: none, sequence: [{text: first}, {text: second}]}
      - {path: /once, text: other}
      - {path: /round, repeat: cycle, sequence: [{text: a}, {status: 503}]}
      - {path: /slow, repeat: none, sequence: [{text: a, delay: 1ms}, {text: b}]}
    """

  @Test func `each key has its answers in turn, and the last is repeated`() async throws {
    try await Site.with(Self.jobs, workers: 2) { (site, _) async throws in
      #expect(try await Self.bodies(site, "/jobs/1", 4) == ["running", "running", "done 1", "done 1"])
      #expect(try await Self.bodies(site, "/jobs/2", 1) == ["running"])
      let answer = try await site.get("/jobs/3")
      #expect(answer.status == 202)
      #expect(answer["Retry-After"] == "1")
      #expect(answer["X-Route"] == "jobs")
      #expect(try await Self.bodies(site, "/round", 3) == ["a", "503 Service Unavailable\n", "a"])
    }
  }

  @Test func `a sequence that has come to its end leaves the request to the next route`() async throws {
    try await Site.with(Self.jobs, workers: 2) { (site, _) async throws in
      #expect(try await Self.bodies(site, "/once", 4) == ["first", "second", "other", "other"])
      #expect(try await Self.bodies(site, "/slow", 2) == ["a", "b"])
      #expect(try await site.get("/slow").status == 404)
    }
  }

  @Test func `HEAD takes an answer as GET does`() async throws {
    try await Site.with(Self.jobs, workers: 2) { (site, _) async throws in
      #expect(try await site.get("/once", method: "HEAD").status == 200)
      #expect(try await Self.bodies(site, "/once", 2) == ["second", "other"])
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: ["", ", delay: 1ms"])
  func `clients that ask at once get each answer once`(_ travel: String) async throws {
    let count = 60
    let steps = (0..<count).map { "{status: \(200 + $0 % 3), text: a\($0)}" }.joined(separator: ", ")
    let yaml = """
      routes:
        - {path: "/all/{id}", repeat: none, sequence: [\(steps), {text: "{{path.id}}"\(travel)}]}
        - {path: "/all/{id}", text: none}
      """
    try await Site.with(yaml, workers: 2) { (site, _) async throws in
      let bodies = try await Self.crowd(site, "/all/x", count + 5).map(\.text)
      let expected = (0..<count).map { "a\($0)" } + ["x"] + [String](repeating: "none", count: 4)
      #expect(bodies.sorted() == expected.sorted())
    }
  }

  @Test func `a request whose body decides takes one answer`() async throws {
    let yaml = """
      routes:
        - {path: /a, method: POST, per: "{{body}}", when: {body: {present: true}}, sequence: [{text: first}, {text: second}]}
      """
    try await Site.with(yaml, workers: 2) { (site, _) async throws in
      for (body, expected) in [("x", "first"), ("x", "second"), ("y", "first"), ("x", "second")] {
        #expect(try await site.ask("POST /a", body: body).text == expected)
      }
    }
  }

  // MARK: By chance

  @Test func `answers by chance are all given`() async throws {
    let yaml = "routes: [{path: /, weighted: [{weight: 1, text: a}, {weight: 1, status: 503, text: b}]}]"
    try await Site.with(yaml, workers: 2) { (site, _) async throws in
      #expect(Set(try await Self.bodies(site, "/", 60)) == ["a", "b"])
    }
  }

  // MARK: States

  private static let orders = """
    states:
      order: {initial: open, per: "{{path.id}}"}
      mode: {initial: {level: 1}}
    routes:
      - {path: "/orders/{id}/pay", method: POST, when: {state: {order: open}}, set_state: {order: paid}, text: paid}
      - {path: "/orders/{id}/pay", method: POST, status: 409}
      - {path: "/orders/{id}", text: "{{state.order}}"}
      - {path: /mode, when: {state: {mode: [{level: 1}, {level: 2}]}}, set_state: {mode: [1, "{{query.to}}"]}, text: "{{state.mode}}"}
      - {path: /mode, when: {not: {state: {mode: null}}}, set_state: {mode: ~}, text: other}
      - {path: /mode, text: nothing}
      - {path: "/sent/{id}", sequence: [{text: a}, {text: b, set_state: {order: sent}}]}
    """

  @Test func `a state is kept apart by its key, and shown once it is set`() async throws {
    try await Site.with(Self.orders, workers: 2) { (site, _) async throws in
      #expect(try await site.get("/orders/1").text == "open")
      #expect(try await site.get("/orders/1/pay", method: "POST").text == "paid")
      #expect(try await site.get("/orders/1/pay", method: "POST").status == 409)
      #expect(try await site.get("/orders/1").text == "paid")
      #expect(try await site.get("/orders/2").text == "open")
    }
  }

  @Test func `a state is any JSON, one of a list, and may hold what the client sends`() async throws {
    try await Site.with(Self.orders, workers: 2) { (site, _) async throws in
      #expect(try await site.get("/mode?to=%22x").text == #"[1,"\"x"]"#)
      #expect(try await Self.bodies(site, "/mode", 2) == ["other", "nothing"])
    }
  }

  @Test func `an answer of a list sets a state when its turn has come`() async throws {
    try await Site.with(Self.orders, workers: 2) { (site, _) async throws in
      #expect(try await site.get("/sent/1").text == "a")
      #expect(try await site.get("/orders/1").text == "open")
      #expect(try await site.get("/sent/1").text == "b")
      #expect(try await site.get("/orders/1").text == "sent")
    }
  }

  @Test(.timeLimit(.minutes(5))) func `of clients that all need a state and change it, one succeeds`() async throws {
    try await Site.with(Self.orders, workers: 2) { (site, _) async throws in
      for order in 0..<5 {
        let statuses = try await Self.crowd(site, "/orders/\(order)/pay", 20, method: "POST").map(\.status)
        #expect(statuses.count { $0 == 200 } == 1)
        #expect(statuses.count { $0 == 409 } == 19)
      }
    }
  }

  @Test(.timeLimit(.minutes(5))) func `a state that counts itself misses no request`() async throws {
    let yaml = """
      states: {seen: {initial: 0}}
      routes:
        - {path: /see, set_state: {seen: "{{state.seen | plus(1)}}"}, text: ok}
        - {path: /seen, json: {seen: "{{state.seen}}"}}
      """
    try await Site.with(yaml, workers: 2) { (site, _) async throws in
      #expect(try await Self.crowd(site, "/see", 60).count == 60)
      #expect(try await site.get("/seen").text == #"{"seen":60}"#)
    }
  }

  @Test func `routes of different paths share a state by the parameter that each has`() async throws {
    let yaml = """
      states: {order: {initial: open, per: "{{path.id}}"}}
      routes:
        - {path: "/shops/{shop}/orders/{id}/pay", set_state: {order: "{{path.shop}}"}, text: ok}
        - {path: "/orders/{id}", text: "{{state.order}}"}
        - {path: /all, text: "{{state.order}}"}
      """
    try await Site.with(yaml, workers: 2) { (site, _) async throws in
      #expect(try await site.get("/shops/a/orders/7/pay").text == "ok")
      #expect(try await site.get("/orders/7").text == "a")
      #expect(try await site.get("/orders/8").text == "open")
      #expect(try await site.get("/all").text == "open")
    }
  }

  // MARK: Rate limits

  private static let limited = """
    defaults: {rate_limit: {requests: 2, within: 1d}}
    routes:
      - {path: /a, text: a, cors: ["http://a"]}
      - {path: /per, rate_limit: {requests: 1, within: 1d, per: "{{query.user}}"}, text: per}
      - {path: /free, rate_limit: ~, text: free}
      - {path: /turn, rate_limit: {requests: 1, within: 1d}, repeat: none, sequence: [{text: a}, {text: b}]}
      - {path: /slow, text: slow, delay: 1ms}
    """

  @Test func `what is beyond the limit is answered 429, and says when to try again`() async throws {
    try await Site.with(Self.limited, workers: 2) { (site, _) async throws in
      for remaining in ["1", "0"] {
        let answer = try await site.get("/a")
        #expect(answer.text == "a")
        #expect(answer["RateLimit-Limit"] == "2")
        #expect(answer["RateLimit-Remaining"] == remaining)
        #expect(answer["Retry-After"] == nil)
      }
      let refused = try await site.get("/a", "Origin: http://a")
      #expect(refused.status == 429)
      #expect(refused["Access-Control-Allow-Origin"] == "http://a")
      let seconds = try #require(refused["Retry-After"].flatMap { Int($0) })
      #expect((86_000...86_400).contains(seconds))
      #expect(refused["RateLimit-Reset"] == "\(seconds)")
    }
  }

  @Test func `keys and routes are limited apart, and a route may have none`() async throws {
    try await Site.with(Self.limited, workers: 2) { (site, _) async throws in
      for (target, status) in [("/per?user=1", 200), ("/per?user=2", 200), ("/per?user=1", 429)] {
        #expect(try await site.get(target).status == status)
      }
      for _ in 0..<4 { #expect(try await site.get("/free").status == 200) }
      #expect(try await Self.crowd(site, "/slow", 10).count { $0.status == 200 } == 2)
    }
  }

  @Test func `a request that is refused takes no answer of a sequence`() async throws {
    try await Site.with(Self.limited, workers: 2) { (site, _) async throws in
      #expect(try await site.get("/turn").text == "a")
      for _ in 0..<3 { #expect(try await site.get("/turn").status == 429) }
    }
  }

  @Test(.timeLimit(.minutes(5))) func `of clients that ask at once, as many are answered as the limit says`() async throws {
    let yaml = "routes: [{path: /, rate_limit: {requests: 25, within: 1h}, text: a}]"
    try await Site.with(yaml, workers: 2) { (site, _) async throws in
      #expect(try await Self.crowd(site, "/", 60).count { $0.status == 200 } == 25)
    }
  }

  // MARK: Explaining

  @Test func `a request that is explained takes nothing, and is told what would come`() throws {
    let settings = try #require(SettingsLoader.load(text: Self.jobs, fileName: "a.yaml", environment: [:]).settings)
    for _ in 0..<3 {
      let explained = try ExplainedRequest(method: "GET", url: "/once", settings: settings)
      #expect(explained.explanations.first?.findings.map(\.line) == ["ok    sequence    answer 1 of 2"])
    }
    let orders = try #require(SettingsLoader.load(text: Self.orders, fileName: "a.yaml", environment: [:]).settings)
    let explained = try ExplainedRequest(method: "POST", url: "/orders/1/pay", settings: orders)
    #expect(explained.explanations.first?.findings.map(\.line) == ["ok    state.order    \"open\""])
  }

  // MARK: Tables

  /// The answer that comes next in the only sequence of a table.
  private func next(_ table: RouteTable) -> Int? { table.states.all(AnswerSequence.self).first?.peek(nil)?.answer }

  @Test func `a reload keeps the place of a sequence that is the same, and begins a changed one anew`() throws {
    func yaml(_ second: String, _ header: String) -> String {
      "routes: [{id: a, path: /, sequence: [{text: one, headers: {X-A: \(header)}}, {text: \(second)}]}]"
    }
    let first = try RouteTable(yaml: yaml("two", "a"), environment: [:])
    _ = first.states.all(AnswerSequence.self).first?.take(nil)
    let second = try RouteTable(yaml: yaml("two", "b"), environment: [:], replacing: first)
    #expect(next(second) == 1)
    let third = try RouteTable(yaml: yaml("zwei", "b"), environment: [:], replacing: second)
    #expect(next(third) == 0)
    #expect(third.states.begunAnew == ["a"])
  }
}
