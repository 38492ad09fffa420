// A walk over the journal holds the thread of the admin listener for a slice at a time.

import HTTPCore
import Reactor
import Testing

@testable import RouteAdmin

@Suite struct JournalScanTests {
  /// How many turns the loop has taken by the end of a count, and the count.
  private func count(_ journal: Journal, text: String? = nil) async throws -> (count: Int, turns: UInt64) {
    let reactor = try Reactor(name: "test-journal")
    reactor.start()
    defer { reactor.stop() }
    var filter = JournalFilter()
    filter.text = text.map { Array($0.utf8) }
    return await Task(executorPreference: reactor) { [filter] in
      let before = reactor.turnCount
      let (count, _) = await journal.count(filter, on: reactor)
      return (count, reactor.turnCount - before)
    }.value
  }

  @Test func `many bodies are looked at in slices`() async throws {
    let body = String(repeating: "x", count: 60_000)
    let journal = try Journal((0..<40).map { .post("/\($0)", body, type: "text/plain") }, bytes: 16 << 20)
    let (found, turns) = try await count(journal, text: "xx")
    #expect(found == 40 && turns >= 7)
  }

  @Test func `many entries are looked at in slices`() async throws {
    let journal = try Journal((0..<1_000).map { .get("/\($0)") }, bytes: 16 << 20)
    let (found, turns) = try await count(journal)
    #expect(found == 1_000 && turns >= 7)
  }

  @Test func `entries that make room meanwhile are left out`() async throws {
    let journal = try Journal((0..<10).map { .get("/\($0)") }, entries: 10)
    let writer = journal.makeWriter()
    let reactor = try Reactor(name: "test-journal")
    reactor.start()
    defer { reactor.stop() }
    let targets = await Task(executorPreference: reactor) {
      var targets: [String] = []
      var scan = JournalScan(journal, on: reactor)
      await scan.run(journal.ids, JournalFilter()) { shown in
        if targets.isEmpty {
          for number in 10..<15 { Told.get("/\(number)").withPieces { writer.write($0) } }
          journal.gather()
        }
        targets.append(shown.targetText)
        return true
      }
      return targets
    }.value
    #expect(targets == ["/0", "/5", "/6", "/7", "/8", "/9"])
  }
}
