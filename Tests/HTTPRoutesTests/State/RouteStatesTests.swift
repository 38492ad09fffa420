import Recordings
import Testing

@testable import HTTPRoutes

@Suite struct RouteStatesTests {
  private final class Sequence: RouteState {}
  private final class Tally: RouteState {}

  private func sequence(_ states: RouteStates, _ id: String = "a", _ definition: [String] = ["one", "two"]) -> Sequence {
    states.state(of: id, definition: definition) { Sequence() }
  }

  @Test func `the same definition hands the same object to the next table`() {
    let old = RouteStates()
    let first = sequence(old)
    let new = RouteStates(replacing: old)
    #expect(sequence(new) === first)
    #expect(new.begunAnew.isEmpty)
    // The old table still answers requests.
    #expect(sequence(old) === first)
  }

  @Test func `another definition begins anew, and is listed`() {
    let old = RouteStates()
    let first = sequence(old)
    let other = sequence(old, "b")
    let new = RouteStates(replacing: old)
    #expect(sequence(new, "a", ["one"]) !== first)
    #expect(sequence(new, "b") === other)
    #expect(new.begunAnew == ["a"])
  }

  @Test func `a definition of another type is another definition`() {
    let old = RouteStates()
    let first = old.state(of: "a", definition: 1) { Sequence() }
    let new = RouteStates(replacing: old)
    #expect(new.state(of: "a", definition: "1") { Sequence() } !== first)
    #expect(new.begunAnew == ["a"])
  }

  @Test func `what is asked for twice in one table is one object`() {
    let states = RouteStates()
    let first = sequence(states)
    #expect(sequence(states) === first)
    #expect(sequence(states, "a", ["other"]) === first)
    #expect(sequence(states, "b") !== first)
  }

  @Test func `two kinds of one id are two states`() {
    let old = RouteStates()
    let sequence = sequence(old)
    let tally = old.state(of: "a", definition: 0) { Tally() }
    let new = RouteStates(replacing: old)
    #expect(new.state(of: "a", definition: 0) { Tally() } === tally)
    #expect(self.sequence(new) === sequence)
  }

  @Test func `what no route of the new table asks for is let go`() {
    weak var dropped: Sequence?
    var tables = [RouteStates()]
    do {
      dropped = sequence(tables[0], "gone")
      _ = sequence(tables[0], "kept")
    }
    tables.append(RouteStates(replacing: tables[0]))
    _ = sequence(tables[1], "kept")
    tables[1].dropUnclaimed()
    #expect(dropped != nil)
    tables.removeFirst()
    #expect(dropped == nil)
    #expect(tables[0].all(Sequence.self).count == 1)
  }

  @Test func `a table that is not published changes nothing`() {
    let old = RouteStates()
    let first = sequence(old)
    let refused = RouteStates(replacing: old)
    #expect(sequence(refused, "a", ["changed"]) !== first)
    let new = RouteStates(replacing: old)
    #expect(sequence(new) === first)
    #expect(new.begunAnew.isEmpty)
  }

  @Test func `all states of a kind are listed by id`() {
    let states = RouteStates()
    let (b, a) = (sequence(states, "b"), sequence(states, "a"))
    _ = states.state(of: "c", definition: 0) { Tally() }
    #expect(states.all(Sequence.self).map { ObjectIdentifier($0) } == [ObjectIdentifier(a), ObjectIdentifier(b)])
  }

  @Test func `threads that ask at once get one object`() async {
    let states = RouteStates()
    let found = await withTaskGroup { group in
      for _ in 0..<64 { group.addTask { self.sequence(states) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(found.map { ObjectIdentifier($0) }).count == 1)
  }

  // MARK: Tables

  private static func yaml(_ store: String) -> String {
    "routes:\n  - path: /r/**\n    proxy_to_file: {store: \(store), upstream: 'http://127.0.0.1:1'}\n"
  }

  @Test func `a store is handed from table to table, and counts what is recorded in one that is gone`() throws {
    let first = try RouteTable(yaml: Self.yaml("/tmp/asynchttpd-a"), environment: [:])
    let stores = first.states.all(ProxiedStore.self)
    #expect(stores.map(\.recordings.root) == ["/tmp/asynchttpd-a"])
    let second = try RouteTable(yaml: Self.yaml("/tmp/asynchttpd-a/"), environment: [:], replacing: first)
    #expect(second.states.all(ProxiedStore.self).first === stores.first)
    let third = try RouteTable(yaml: Self.yaml("/tmp/asynchttpd-b"), environment: [:], replacing: second)
    #expect(third.states.all(ProxiedStore.self).map(\.recordings.root) == ["/tmp/asynchttpd-b"])
    #expect(third.states.recordings === first.states.recordings)
    let unrelated = try RouteTable(yaml: Self.yaml("/tmp/asynchttpd-a"), environment: [:])
    #expect(unrelated.states.all(ProxiedStore.self).first !== stores.first)
  }
}
