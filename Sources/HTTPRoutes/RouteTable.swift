// The route table: settings compiled into one immutable value that answers requests.
//
//   Configuration/   YAML text → settings, or everything that is wrong with them
//   Matching/        which route a request belongs to
//   Responders/      what answers it
//   State/           what outlives the table
//
// A table is never changed. A reload builds another and publishes it whole. What outlives a table is in its
// `RouteStates`, which the next one takes over; caches and clients of upstreams belong to the threads.

public import AsyncHTTPServer
package import HTTPCore
import Reactor

/// The routes of one configuration, as a handler for a server.
public final class RouteTable: RequestHandler, ImmediateRequestHandler {
  /// One route, compiled. A reference, so that a request that finds it copies nothing.
  package final class Route: Sendable {
    package let settings: RouteSettings
    package let methods: MethodSet
    let responder: any Responder
    let crossOrigin: CrossOrigin?
    /// How its answers travel, and what befalls and follows them; nil: at once, as fast as they can, whole, and no
    /// more.
    let plan: DeliveryPlan?
    /// What answers every request of the route, at once and without a word from the request.
    private let constantAnswer: PreparedResponse?
    /// The same, so that sending it need not count a reference.
    let borrowedAnswer: Unmanaged<PreparedResponse>?
    /// By which observers tell its requests from those of other routes.
    package let name: RouteName
    /// The same, so that naming it need not count a reference.
    let borrowedName: Unmanaged<RouteName>
    /// Whether the answer depends on the request's body.
    let needsBody: Bool
    /// Whether a request without a body is answered on the connection's thread.
    let answersAtOnce: Bool

    init(
      _ settings: RouteSettings, _ name: RouteName, _ states: RouteStates, _ templates: TemplateSurroundings,
      _ numbers: any NumberSource, _ policy: CallbackPolicy
    ) {
      self.settings = settings
      self.name = name
      borrowedName = .passUnretained(name)
      methods = settings.methods.map { MethodSet($0.map { RequestMethod(name: $0) }) } ?? .any
      let crossOrigin = settings.cors.map { CrossOrigin($0) }
      self.crossOrigin = crossOrigin
      let context = ResponderContext(
        id: settings.id, pattern: settings.pattern, headers: settings.answer.headers, crossOrigin: crossOrigin, states: states,
        templates: templates, numbers: numbers, callbacks: policy)
      responder = settings.answer.responder.makeResponder(context)
      // What stands beside a list is what each of its answers has by default.
      let travel = settings.answer.responder.choice == nil ? AnswerTravel(settings.answer, context) : nil
      plan = DeliveryPlan(settings, responder: responder, travel: travel, context: context)
      needsBody = responder.needsBody || context.needsBody || plan?.needsBody == true
      answersAtOnce = responder.answersAtOnce && plan == nil
      constantAnswer = crossOrigin == nil && plan == nil && settings.rateLimit == nil ? responder.constantAnswer : nil
      borrowedAnswer = constantAnswer.map { .passUnretained($0) }
    }

    /// The fields of an answer that depend on the request, whatever the answer is.
    func additionalFields(_ turn: Turn, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> [FieldLine] {
      (crossOrigin?.fields(origin: head.combinedValue(of: .origin, in: bytes)) ?? []) + (turn.rate?.fields ?? [])
    }
  }

  /// What a request that no route answers gets.
  let unmatched: UnmatchedSettings
  let unmatchedRequests = UnmatchedRequests()
  /// Which route a request belongs to.
  package let decider: Decider
  package let routes: [Route]
  /// What outlives this table.
  package let states: RouteStates
  /// The numbers that observers count the routes of this table by, and those of the tables that it replaced.
  package let slots: RouteSlots
  /// The clock, random numbers and counters of the routes' templates.
  package let templates: TemplateSurroundings
  /// Those of the templates, of this table and of those that it replaced.
  let counters: TableCounters
  /// The same, for the path of every request: `routes` keeps them, so that finding one need not count a reference to
  /// it.
  private let borrowedRoutes: [Unmanaged<Route>]

  /// Loads the configuration file at `path`, the very one the daemon runs, and builds its routes; the settings of the
  /// process in it (where to listen, logs) are left aside. `environment` answers `${NAME}`; by default the process's
  /// own.
  ///
  /// Throws `ConfigurationError` with every problem there is, each at its file, line and column.
  ///
  /// - Parameter old: the table that this one replaces. What its routes remember goes on where a route of the same id
  ///   remembers the same; without it everything begins anew. The old table may still answer requests meanwhile.
  public convenience init(
    contentsOf path: String, environment: [String: String] = ProcessEnvironment.variables, replacing old: RouteTable? = nil
  ) throws(ConfigurationError) {
    let result = SettingsLoader.load(path: path, environment: environment)
    guard let settings = result.settings else { throw ConfigurationError(diagnostics: result.diagnostics) }
    self.init(settings: settings, replacing: old)
  }

  /// The same from text in memory. `fileName` stands in diagnostics, and relative paths are relative to its directory.
  public convenience init(
    yaml text: String, fileName: String = "routes.yaml", environment: [String: String] = ProcessEnvironment.variables,
    replacing old: RouteTable? = nil
  ) throws(ConfigurationError) {
    let result = SettingsLoader.load(text: text, fileName: fileName, environment: environment)
    guard let settings = result.settings else { throw ConfigurationError(diagnostics: result.diagnostics) }
    self.init(settings: settings, replacing: old)
  }

  /// Builds the routes of settings that were checked when they were loaded.
  ///
  /// - Parameters:
  ///   - old: the table that this one replaces, whose states and counters it takes over.
  ///   - numbers: what delays and faults are drawn from; nil for the random numbers of templates.
  package init(settings: Settings, replacing old: RouteTable? = nil, numbers: (any NumberSource)? = nil) {
    let states = RouteStates(replacing: old?.states)
    self.states = states
    let named = NamedStates(settings, in: states)
    counters = old?.counters ?? TableCounters()
    let templates = TemplateSurroundings(settings.templates, TableStates(counters, named))
    self.templates = templates
    let numbers = numbers ?? templates.random
    let slots = old?.slots ?? RouteSlots()
    self.slots = slots
    let former = Dictionary((old?.routes ?? []).map { ($0.settings.id, $0.name) }) { first, _ in first }
    let routes = settings.routes.map { route in
      let name = former[route.id] ?? RouteName(id: route.id, in: slots)
      return Route(route, name, states, templates, numbers, settings.callbacks)
    }
    self.routes = routes
    let memories = RouteMemories(settings, named: named, templates: templates, in: states) { routes[$0].answersAtOnce }
    states.dropUnclaimed()
    borrowedRoutes = routes.map { .passUnretained($0) }
    decider = Decider(settings, memories)
    unmatched = settings.unmatched
  }

  // MARK: Answering

  package func answerImmediately(_ head: borrowing RequestHead, bytes: Span<UInt8>, _ response: ImmediateResponse) -> Bool {
    decider.decide(head, bytes, .connection(response), .none) { head, decision, path, hasEncodedSlash in
      guard case .routed(let match, let turn) = decision else {
        if case .needsTask = decision { return false }
        if decision.isUnmatched { response.attribute(to: .unmatched) }
        return response.send(unroutedAnswer(decision, head, path: path, bytes: bytes, .connection(response), .none))
      }
      return borrowedRoutes[match.routeIndex]._withUnsafeGuaranteedRef { route in
        response.attribute(to: route.borrowedName)
        if let constant = route.borrowedAnswer {
          constant._withUnsafeGuaranteedRef { response.send($0) }
          return true
        }
        if route.plan != nil { return false }
        let request = RequestValues(
          head: head, path: path, bytes: bytes, match: match, origin: .connection(response), body: .none,
          hasEncodedSlash: hasEncodedSlash, states: decider.states)
        let refusal = turn.refusal
        if refusal != nil { response.attribute(to: .limited) }
        let answer = refusal ?? route.responder.answer(request, in: turn)
        guard route.crossOrigin != nil || turn.rate != nil else { return response.send(answer) }
        return response.send(answer, additionalFields: route.additionalFields(turn, head, bytes))
      }
    }
  }

  /// Answers a request that one of the routes is meant for, by path and method, or that the table itself refuses for
  /// its path. False for any other, of which nothing is touched: another handler may answer it.
  ///
  /// ```swift
  /// try await server.serve(port: 8080) { request in
  ///   if try await routes.answer(request) { return }
  ///   try await request.respond(.ok, "not in the file")
  /// }
  /// ```
  public nonisolated(nonsending) func answer(_ request: Request) async throws -> Bool {
    let (found, content) = try await decide(request)
    switch found.decision {
    case .routed, .refused: break
    case .preflight(let preflight): if preflight.routeIndex == nil { return false }
    case .notFound, .conditionsFail, .methodNotAllowed, .options, .needsBody, .needsTask: return false
    }
    try await perform(found, content, request)
    return true
  }

  /// Answers a request that has a body, or whose route waits before it answers or needs a task.
  public nonisolated(nonsending) func handle(_ request: Request) async throws {
    let (found, content) = try await decide(request)
    try await perform(found, content, request)
  }

  /// A decision, kept over waits: the path in an array of its own.
  private struct Found {
    let decision: Decision
    let path: [UInt8]
    let hasEncodedSlash: Bool
  }

  /// Decides on a request, and reads its body where that depends on it.
  private nonisolated(nonsending) func decide(_ request: Request) async throws -> (Found, RequestBodyState) {
    let bytes = request.headBytes
    var content = request.head.hasBody ? RequestBodyState.unread : .none
    while true {
      let found = decider.decide(request.head, bytes.span, .request(request), content) { _, decision, path, hasEncodedSlash in
        Found(decision: decision, path: path.copied, hasEncodedSlash: hasEncodedSlash)
      }
      guard case .needsBody = found.decision else { return (found, content) }
      content = .read(try await BodyValues(reading: request))
    }
  }

  private nonisolated(nonsending) func perform(_ found: Found, _ content: RequestBodyState, _ request: Request) async throws {
    let bytes = request.headBytes
    guard case .routed(let match, let turn) = found.decision else {
      var content = content
      if case .unread = content, case .conditionsFail = found.decision, decider.asksForBodies,
        unmatched.explains(to: .request(request), request.head, bytes.span)
      {
        // What the head did not let a route ask for, the explanation asks.
        content = .read(try await BodyValues(reading: request))
      }
      if found.decision.isUnmatched { request.attribute(to: .unmatched) }
      return try await request.send(
        unroutedAnswer(found.decision, request.head, path: found.path.span, bytes: bytes.span, .request(request), content))
    }
    let route = routes[match.routeIndex]
    request.attribute(to: route.name)
    request.add(route.additionalFields(turn, request.head, bytes.span))
    if let refusal = turn.refusal {
      request.attribute(to: .limited)
      return try await request.send(refusal)
    }
    var content = content
    if case .unread = content, route.needsBody { content = .read(try await BodyValues(reading: request)) }
    let view = View(request: request, found: found, match: match, content: content, states: decider.states)
    var replacement: (any Responder)?
    var callbacks: CallbackPlan?
    if let plan = route.plan {
      switch view.values({ values in Result { () throws(TemplateFailure) in try plan.choose(for: values, in: turn) } }) {
      case .success(let choice):
        if let fault = choice.fault { plan.report(fault, request) }
        guard try await request.begin(choice.delivery) else { return }
        (replacement, callbacks) = (choice.replacement, choice.callbacks)
      case .failure(let failure):
        let answer = view.values { TemplateFailureAnswer.answer(failure, route: route.settings.id, for: $0) }
        return try await request.send(answer)
      }
    }
    // Asked after the wait, so that a file is opened and a date read when the answer is due.
    switch view.values({ replacement?.answer($0) ?? route.responder.answer($0, in: turn) }) {
    case .task(let task): try await task(request)
    case let answer: try await request.send(answer)
    }
    if let callbacks { view.values { callbacks.start(for: $0, request) } }
  }

  /// What the view of a request is made of, for as long as a task needs it.
  private struct View {
    let request: Request
    let found: Found
    let match: RouteMatch
    let content: RequestBodyState
    let states: NamedStates?

    func values<R>(_ body: (borrowing RequestValues) -> R) -> R {
      let bytes = request.headBytes
      return body(
        RequestValues(
          head: request.head, path: found.path.span, bytes: bytes.span, match: match, origin: .request(request), body: content,
          hasEncodedSlash: found.hasEncodedSlash, states: states))
    }
  }
}

extension RequestMethod {
  init(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
    self.init(head.knownMethod, token: String(decoding: bytes.extracting(head.method).copied, as: UTF8.self))
  }
}

extension Span<UInt8> {
  /// The elements in an array of their own.
  var copied: [UInt8] { indices.map { self[$0] } }
}
