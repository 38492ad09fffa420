// What the templates of a table share: the clock, random numbers, counters and states.

package import JSONText
import Reactor
import Synchronization

/// What `now` is.
package enum TemplateClock: Equatable, Sendable {
  case system
  /// It stands still.
  case fixed(TemplateTime)

  /// As a reload shows it.
  package var shown: String {
    switch self {
    case .system: "system"
    case .fixed(let time): time.text
    }
  }
}

/// Counters and states, which outlive a request.
package protocol TemplateStates: Sendable {
  /// Counts on and gives the new count, from 1.
  ///
  /// - Parameters:
  ///   - name: of a counter.
  ///   - route: the id of the route that it belongs to; nil for one that all share.
  func count(_ name: String, route: String?) -> Int

  /// The value of a state for a request; nil for one that has none.
  func value(ofState name: String, for request: borrowing RequestValues) -> JSONValue?
}

/// Counters that live as long as their table, and no states.
package final class TableCounters: TemplateStates {
  private struct Name: Hashable {
    let name: String
    let route: String?
  }

  private let counts = Mutex<[Name: Int]>([:])

  package init() {}

  package func count(_ name: String, route: String?) -> Int {
    counts.withLock {
      let count = ($0[Name(name: name, route: route)] ?? 0) &+ 1
      $0[Name(name: name, route: route)] = count
      return count
    }
  }

  package func value(ofState name: String, for request: borrowing RequestValues) -> JSONValue? { nil }

  /// What has been counted: names of counters, and ids of routes with places that count.
  package var ids: Set<String> { counts.withLock { Set($0.keys.map { $0.route ?? $0.name }) } }

  /// Begins to count from 1 again what these ids stand for.
  package func reset(_ ids: Set<String>) { counts.withLock { $0 = $0.filter { !ids.contains($0.key.route ?? $0.key.name) } } }
}

/// The surroundings of a table's templates, shared by all threads.
package final class TemplateSurroundings: Sendable {
  package let clock: TemplateClock
  package let random: RandomSource
  package let states: any TemplateStates

  package init(clock: TemplateClock = .system, seed: UInt64? = nil, states: any TemplateStates = TableCounters()) {
    self.clock = clock
    random = RandomSource(seed: seed)
    self.states = states
  }

  /// Milliseconds since 1970.
  func now() -> Int64 {
    switch clock {
    case .system: WallClock.milliseconds()
    case .fixed(let time): time.instant
    }
  }
}
