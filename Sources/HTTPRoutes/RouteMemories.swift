// What the routes of a table remember, made from their settings.

/// The memory of each route that has one.
struct RouteMemories: Sendable {
  /// The states that the file declares; nil without any.
  let named: NamedStates?
  /// By route index. Empty where no route remembers anything.
  let byRoute: [RouteMemory?]

  /// - Parameters:
  ///   - named: the states that the file declares.
  ///   - templates: what the templates of the table share.
  ///   - states: where what is remembered outlives the table.
  ///   - answersAtOnce: whether a route's answers can be given on the connection's thread.
  init(
    _ settings: Settings, named: NamedStates?, templates: TemplateSurroundings, in states: RouteStates,
    answersAtOnce: (_ route: Int) -> Bool
  ) {
    self.named = named
    let memories = settings.routes.enumerated().map { index, route -> RouteMemory? in
      let tests = route.when?.parts.filter(\.usesState) ?? []
      let choice = route.answer.responder.choice
      let writes = route.answer.writesByAnswer
      guard !tests.isEmpty || choice != nil || route.rateLimit != nil || writes.contains(where: { !$0.isEmpty }) else { return nil }
      return RouteMemory(
        id: route.id, pattern: route.pattern, stateTests: tests, choice: choice, writes: writes, limit: route.rateLimit,
        answersAtOnce: answersAtOnce(index), seed: settings.templates.seed, named: named, templates: templates, in: states)
    }
    byRoute = memories.contains { $0 != nil } ? memories : []
  }

  /// Memories of a table that is only asked, and has remembered nothing.
  init(_ settings: Settings) {
    let states = RouteStates()
    let named = NamedStates(settings, in: states)
    let templates = TemplateSurroundings(settings.templates, TableStates(TableCounters(), named))
    self.init(settings, named: named, templates: templates, in: states) { _ in true }
  }
}

extension NamedStates {
  /// Those that the settings declare; nil without any.
  convenience init?(_ settings: Settings, in states: RouteStates) {
    self.init(
      settings.states.map(\.definition), patterns: settings.routes.map(\.pattern), clock: settings.templates.clock, in: states)
  }
}

extension TemplateSurroundings {
  convenience init(_ settings: TemplateSettings, _ states: any TemplateStates) {
    self.init(clock: settings.clock, seed: settings.seed, states: states)
  }
}
