// The route table: settings compiled into one immutable value that answers requests.
//
//   Configuration/   YAML text → settings, or everything that is wrong with them
//   Routing/         which route a request belongs to
//   Responders/      what answers it
//
// A table is never changed. A reload builds another and publishes it whole; what has to outlive that (caches, clients
// of upstreams) belongs to the threads, not to the table.

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
    let delayMilliseconds: Milliseconds?
    /// What answers every request of the route, at once and without a word from the request.
    private let constantAnswer: PreparedResponse?
    /// The same, so that sending it need not count a reference.
    let borrowedAnswer: Unmanaged<PreparedResponse>?
    /// What a request has a say in of the delay.
    let delayTemplate: Template?
    private let context: ResponderContext

    init(_ settings: RouteSettings, _ templates: TemplateSurroundings) {
      self.settings = settings
      methods = settings.methods.map { MethodSet($0.map { RequestMethod(name: $0) }) } ?? .any
      let crossOrigin = settings.cors.map { CrossOrigin($0) }
      self.crossOrigin = crossOrigin
      context = ResponderContext(
        id: settings.id, pattern: settings.pattern, headers: settings.headers, crossOrigin: crossOrigin, templates: templates)
      responder = settings.responder.makeResponder(context)
      delayTemplate = settings.delayTemplate
      delayMilliseconds = settings.delay?.inMilliseconds
      constantAnswer = crossOrigin == nil && delayMilliseconds == nil && delayTemplate == nil ? responder.constantAnswer : nil
      borrowedAnswer = constantAnswer.map { .passUnretained($0) }
    }

    /// Whether the answer waits.
    var isDelayed: Bool { delayMilliseconds != nil || delayTemplate != nil }

    /// How long a request waits; nil for one that does not.
    func delay(of request: borrowing RequestValues) throws(TemplateFailure) -> Milliseconds? {
      guard let delayTemplate else { return delayMilliseconds }
      var run = context.makeRun()
      return try TemplateDuration.delay(delayTemplate, for: request, &run)
    }
  }

  /// Which route a request belongs to.
  package let decider: Decider
  package let routes: [Route]
  /// The clock, random numbers and counters of the routes' templates.
  package let templates: TemplateSurroundings
  /// The same, for the path of every request: `routes` keeps them, so that finding one need not count a reference to
  /// it.
  private let borrowedRoutes: [Unmanaged<Route>]

  /// Loads the configuration file at `path`, the very one the daemon runs, and builds its routes; the settings of the
  /// process in it (where to listen, logs) are left aside. `environment` answers `${NAME}`; by default the process's
  /// own.
  ///
  /// Throws `ConfigurationError` with every problem there is, each at its file, line and column.
  public convenience init(
    contentsOf path: String, environment: [String: String] = ProcessEnvironment.variables
  ) throws(ConfigurationError) {
    let result = SettingsLoader.load(path: path, environment: environment)
    guard let settings = result.settings else { throw ConfigurationError(diagnostics: result.diagnostics) }
    self.init(settings: settings)
  }

  /// The same from text in memory. `fileName` stands in diagnostics, and relative paths are relative to its directory.
  public convenience init(
    yaml text: String, fileName: String = "routes.yaml", environment: [String: String] = ProcessEnvironment.variables
  ) throws(ConfigurationError) {
    let result = SettingsLoader.load(text: text, fileName: fileName, environment: environment)
    guard let settings = result.settings else { throw ConfigurationError(diagnostics: result.diagnostics) }
    self.init(settings: settings)
  }

  /// Builds the routes of settings that were checked when they were loaded.
  ///
  /// - Parameter states: the counters and states that templates ask.
  package init(settings: Settings, states: any TemplateStates = TableCounters()) {
    templates = TemplateSurroundings(clock: settings.templates.clock, seed: settings.templates.seed, states: states)
    routes = settings.routes.map { [templates] in Route($0, templates) }
    borrowedRoutes = routes.map { .passUnretained($0) }
    decider = Decider(settings)
  }

  // MARK: Answering

  package func answerImmediately(_ head: borrowing RequestHead, bytes: Span<UInt8>, _ response: ImmediateResponse) -> Bool {
    decider.decide(head, bytes) { head, decision, path, hasEncodedSlash in
      guard case .routed(let match) = decision else {
        return response.send(unroutedAnswer(decision, head, path: path, bytes: bytes))
      }
      return borrowedRoutes[match.routeIndex]._withUnsafeGuaranteedRef { route in
        if let constant = route.borrowedAnswer {
          constant._withUnsafeGuaranteedRef { response.send($0) }
          return true
        }
        if route.isDelayed { return false }
        let request = RequestValues(
          head: head, path: path, bytes: bytes, match: match, now: response.now, origin: .connection(response), body: .none,
          hasEncodedSlash: hasEncodedSlash)
        let answer = route.responder.answer(request)
        guard let crossOrigin = route.crossOrigin else { return response.send(answer) }
        return response.send(answer, additionalFields: crossOrigin.fields(origin: head.combinedValue(of: .origin, in: bytes)))
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
    let bytes = request.headBytes
    let isMeant = decider.decide(request.head, bytes.span) { _, decision, _, _ in
      switch decision {
      case .routed, .refused: true
      case .preflight(let preflight): preflight.routeIndex != nil
      case .notFound, .methodNotAllowed, .options: false
      }
    }
    if isMeant { try await handle(request) }
    return isMeant
  }

  /// Answers a request that has a body, or whose route waits before it answers or needs a task.
  public nonisolated(nonsending) func handle(_ request: Request) async throws {
    let bytes = request.headBytes
    // Kept over the wait: the path in an array of its own.
    let (decision, path, hasEncodedSlash) = decider.decide(request.head, bytes.span) { _, decision, path, hasEncodedSlash in
      (decision, path.copied, hasEncodedSlash)
    }
    guard case .routed(let match) = decision else {
      return try await request.send(unroutedAnswer(decision, request.head, path: path.span, bytes: bytes.span))
    }
    let route = routes[match.routeIndex]
    switch delay(of: route, request, match, path, hasEncodedSlash) {
    case .success(nil): break
    case .success(let delay?): try await request.reactor.sleep(milliseconds: delay)
    case .failure(let failure):
      let values = values(request, match, path.span, bytes.span, hasEncodedSlash)
      return try await request.send(TemplateFailureAnswer.answer(failure, route: route.settings.id, for: values))
    }
    if let crossOrigin = route.crossOrigin {
      request.add(crossOrigin.fields(origin: request.head.combinedValue(of: .origin, in: bytes.span)))
    }
    // Asked after the wait, so that a file is opened and a date read when the answer is due.
    let values = values(request, match, path.span, bytes.span, hasEncodedSlash)
    switch route.responder.answer(values) {
    case .task(let task): try await task(request)
    case let answer: try await request.send(answer)
    }
  }

  private func delay(
    of route: Route, _ request: Request, _ match: RouteMatch, _ path: [UInt8], _ hasEncodedSlash: Bool
  ) -> Result<Milliseconds?, TemplateFailure> {
    guard route.delayTemplate != nil else { return .success(route.delayMilliseconds) }
    let bytes = request.headBytes
    let values = values(request, match, path.span, bytes.span, hasEncodedSlash)
    return Result { () throws(TemplateFailure) in try route.delay(of: values) }
  }

  @_lifetime(copy path, copy bytes)
  private func values(
    _ request: Request, _ match: RouteMatch, _ path: Span<UInt8>, _ bytes: Span<UInt8>, _ hasEncodedSlash: Bool
  ) -> RequestValues {
    RequestValues(
      head: request.head, path: path, bytes: bytes, match: match, now: request.reactor.wallClockSeconds,
      origin: .request(request), body: request.head.hasBody ? .unread : .none, hasEncodedSlash: hasEncodedSlash)
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
