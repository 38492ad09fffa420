// Walks the journal in slices: a thousand entries with their bodies are 128 MiB to look at, and the admin listener
// answers others meanwhile.

import Reactor

/// One walk over the entries. Used by one task, on the thread of `reactor`.
struct JournalScan {
  let journal: Journal
  let reactor: Reactor
  private var octets = 0
  private var entries = 0

  /// What is looked at in one turn of the thread: some 2 ms.
  private static let maxOctets = 262_144
  private static let maxEntries = 128

  init(_ journal: Journal, on reactor: Reactor) {
    self.journal = journal
    self.reactor = reactor
  }

  /// Calls `visit` with each entry of `ids` that fits, in their order, until it answers false or the task is cancelled.
  /// Entries that have made room for others meanwhile are left out.
  nonisolated(nonsending) mutating func run<IDs: Sequence<Int>>(
    _ ids: IDs, _ filter: JournalFilter, _ visit: (ShownExchange) -> Bool
  ) async {
    let rules = journal.redaction
    for id in ids {
      if octets > Self.maxOctets || entries > Self.maxEntries {
        (octets, entries) = (0, 0)
        await reactor.nextTurn()
        if Task.isCancelled { return }
      }
      guard let kept = journal.exchange(id) else { continue }
      entries += 1
      octets += Int(kept.header.size)
      guard filter.mayInclude(kept) else { continue }
      let shown = ShownExchange(kept, rules)
      guard filter.includes(shown) else { continue }
      if !visit(shown) { return }
    }
  }
}

extension Journal {
  /// The entries that a query asks for, newest first, each as `make` has it; and how many that it might have asked for
  /// are gone.
  ///
  /// Behind `after` those with the lowest ids are taken, so that a client that asks again with the highest id it has
  /// misses none.
  nonisolated(nonsending) func find<R>(
    _ query: JournalQuery, on reactor: Reactor, _ make: (ShownExchange) -> R
  ) async -> (found: [R], lost: Int) {
    let ids = ids
    let lost = lost(after: query.after ?? 0)
    let upper = max(ids.lowerBound, min(query.before ?? .max, ids.upperBound))
    var found: [R] = []
    func visit(_ shown: ShownExchange) -> Bool {
      found.append(make(shown))
      return found.count < query.limit
    }
    var scan = JournalScan(self, on: reactor)
    guard let after = query.after else {
      await scan.run((ids.lowerBound..<upper).reversed(), query.filter, visit)
      return (found, lost)
    }
    let lower = min(max(ids.lowerBound, after < .max ? after + 1 : after), upper)
    await scan.run(lower..<upper, query.filter, visit)
    return (found.reversed(), lost)
  }

  /// How many entries a filter takes.
  nonisolated(nonsending) func count(_ filter: JournalFilter, on reactor: Reactor) async -> (count: Int, lost: Int) {
    let ids = ids
    let lost = lost()
    var count = 0
    var scan = JournalScan(self, on: reactor)
    await scan.run(ids, filter) { _ in
      count += 1
      return true
    }
    return (count, lost)
  }
}
