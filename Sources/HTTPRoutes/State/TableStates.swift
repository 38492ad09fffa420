// What the templates of a table ask of its memory.

import JSONText

/// The counters and states of a table.
final class TableStates: TemplateStates {
  private let counters: TableCounters
  private let named: NamedStates?

  init(_ counters: TableCounters, _ named: NamedStates?) {
    self.counters = counters
    self.named = named
  }

  func count(_ name: String, route: String?) -> Int { counters.count(name, route: route) }

  func value(ofState name: String, for request: borrowing RequestValues) -> JSONValue? { named?.value(ofState: name, for: request) }
}
