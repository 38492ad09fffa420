import JSONText
import Reactor
import Testing

@testable import HTTPRoutes

@Suite struct RouteTableResetTests {
  private let table: RouteTable

  init() throws {
    table = try RouteTable(
      yaml: """
        states: {order: {initial: open}}
        routes:
          - {id: jobs, path: /jobs, sequence: [{text: a}, {text: b}]}
          - {id: limited, path: /limited, rate_limit: {requests: 1, within: 1h}, text: a}
          - {id: plain, path: /plain, set_state: {order: paid}, text: a}
        """, environment: [:])
  }

  private var sequence: AnswerSequence? { table.states.all(AnswerSequence.self).first }
  private var state: NamedState? { table.states.all(NamedState.self).first }
  private var limiter: RateLimiter? { table.states.all(RateLimiter.self).first }

  private func use() {
    _ = sequence?.take(nil)
    state?.set(.string("paid"), of: [])
    _ = limiter?.admit([], now: 0)
  }

  @Test func `without names all that is remembered goes back to the start`() throws {
    use()
    #expect(try table.reset([]) == ["jobs", "limited", "order"])
    #expect(sequence?.peek(nil)?.answer == 0)
    #expect(state?.value(of: []) == .string("open"))
    #expect(limiter?.peek([], now: 0).remaining == 1)
  }

  @Test func `counters of templates begin anew, by their names and by the ids of routes with places that count`() throws {
    _ = (table.counters.count("invoices", route: nil), table.counters.count("1", route: "plain"))
    #expect(try table.reset(["invoices"]) == ["invoices"])
    #expect(table.counters.count("invoices", route: nil) == 1)
    #expect(try table.reset(["plain"]) == ["plain"])
    #expect(table.counters.count("1", route: "plain") == 1)
  }

  @Test func `a name resets what it names, and nothing else`() throws {
    use()
    #expect(try table.reset(["order", "order"]) == ["order"])
    #expect(sequence?.peek(nil)?.answer == 1)
    #expect(state?.value(of: []) == .string("open"))
  }

  @Test func `with a name that is unknown nothing is reset, and each is said`() throws {
    use()
    let error = #expect(throws: UnknownStates.self) { try table.reset(["jobs", "ordr", "plain", "\u{1B}"]) }
    #expect(
      error?.problems == [
        "nothing is called \"ordr\" (did you mean \"order\"?)", "the route \"plain\" remembers nothing", "nothing is called \"\\u{1B}\"",
      ])
    #expect(sequence?.peek(nil)?.answer == 1)
  }
}
