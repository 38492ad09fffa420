// `asynchttpd reset`: what routes remember, back at the start.

import HTTPCore

/// Why nothing was reset: a sentence for each id that names nothing which is remembered.
package struct UnknownStates: Error, Equatable {
  package let problems: [String]
}

/// What could not be brought back to the start, a sentence for each id. All else was.
package struct UnresetStates: Error, Equatable {
  package let problems: [String]
}

extension RouteTable {
  /// Brings resources, sequences, choices by chance, states, counters of templates, rate limits and whatever else
  /// routes remember back to the start.
  ///
  /// - Parameter ids: of routes, and names of states and of counters; none for all of them.
  /// - Returns: the ids of what was reset, sorted. Throws `UnknownStates` where an id names nothing, and then nothing is
  ///   reset; `UnresetStates` where a file could not be written.
  package func reset(_ ids: [String]) async throws -> [String] {
    let known = Set(states.resettableIDs).union(counters.ids).sorted()
    let problems = ids.filter { !known.contains($0) }.map { problem($0, known) }
    guard problems.isEmpty else { throw UnknownStates(problems: problems) }
    let reset = ids.isEmpty ? known : Set(ids).sorted()
    let failures = await states.reset(Set(reset))
    counters.reset(Set(reset))
    if ids.isEmpty { templates.random.reset() }
    guard failures.isEmpty else { throw UnresetStates(problems: failures) }
    return reset
  }

  private func problem(_ id: String, _ known: [String]) -> String {
    let shown = String(id.prefix(100)).escapingControlCharacters
    if routes.contains(where: { $0.settings.id == id }) { return "the route \"\(shown)\" remembers nothing" }
    return "nothing is called \"\(shown)\"" + Suggestion.phrase(for: id, among: known)
  }
}
