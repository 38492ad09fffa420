// What the routes of a table remember, made from their settings.

/// The memory of each route that has one.
struct RouteMemories: Sendable {
  /// The states that the file declares; nil without any.
  let named: NamedStates?
  /// By route index. Empty where no route remembers anything.
  let byRoute: [RouteMemory?]

  /// - Parameters:
  ///   - states: where what is remembered outlives the table.
  ///   - answersAtOnce: whether a route's answers can be given on the connection's thread.
  init(_ settings: Settings, in states: RouteStates, answersAtOnce: (_ route: Int) -> Bool = { _ in true }) {
    let named = NamedStates(settings.states.map(\.definition), patterns: settings.routes.map(\.pattern), in: states)
    self.named = named
    let memories = settings.routes.enumerated().map { index, route -> RouteMemory? in
      let tests = route.when?.parts.filter(\.usesState) ?? []
      let choice = route.answer.responder.choice
      let writes = route.answer.writesByAnswer
      guard !tests.isEmpty || choice != nil || route.rateLimit != nil || writes.contains(where: { !$0.isEmpty }) else { return nil }
      return RouteMemory(
        id: route.id, pattern: route.pattern, stateTests: tests, choice: choice, writes: writes, limit: route.rateLimit,
        answersAtOnce: answersAtOnce(index), named: named, in: states)
    }
    byRoute = memories.contains { $0 != nil } ? memories : []
  }
}
