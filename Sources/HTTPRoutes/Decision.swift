// What becomes of a request, decided in one place: its path is normalised and matched, and then a route answers, or the
// table does where none can. The fast road performs the decision on the connection's thread, the task road in a task,
// and `explain` prints it.

package import HTTPCore

/// What becomes of one request. Offsets point into the path that the decision was made for.
package enum Decision: Sendable {
  /// This route answers, with this one of its answers.
  case routed(RouteMatch, Turn)
  /// The path is refused, and no route is asked.
  case refused(TargetError)
  /// No route has the path.
  case notFound
  /// Routes have the path and the method, and the conditions (`when`) of none of them hold. `first` is the first.
  case conditionsFail(first: Int)
  /// Whether a route answers depends on the request's body, which has to be read.
  case needsBody
  /// A route that takes its answers in turn may need a task for this one, in which the decision is to be made.
  case needsTask
  /// Routes have the path, and none of them the method. `allowed` is what Allow says.
  case methodNotAllowed(allowed: MethodSet)
  /// OPTIONS for a path whose routes leave that to the server. `allowed` is what Allow says; `routeIndex` is that of a
  /// route which has every method.
  case options(allowed: MethodSet, routeIndex: Int?)
  /// The same, from a browser that asks before it sends a request to another origin.
  case preflight(Preflight)

  /// A preflight (Fetch standard, section 3.2.2) that a rule for other origins answers.
  package struct Preflight: Sendable {
    let rule: CrossOrigin
    /// The method of the request that is announced.
    package let announced: RequestMethod
    /// The route that such a request would reach; nil where the rule is the table's own, and the request would be a 404
    /// or a 405.
    package let routeIndex: Int?
    /// What Allow says; nil for a path without routes.
    package let allowed: MethodSet?
  }
}

extension Decision {
  /// Whether routes were asked and none fitted, by path, method or condition.
  var isUnmatched: Bool {
    switch self {
    case .notFound, .conditionsFail, .methodNotAllowed: true
    case .routed, .refused, .needsBody, .needsTask, .options, .preflight: false
    }
  }

  /// What the memory of a route says; nil where the next route is to be asked.
  fileprivate init?(_ claim: RouteMemory.Claim, _ match: RouteMatch) {
    switch claim {
    case .taken(let turn): self = .routed(match, turn)
    case .refused: return nil
    case .needsBody: self = .needsBody
    case .needsTask: self = .needsTask
    }
  }
}

/// What a decision is made by: the index of the routes, and what it asks of each of them.
package struct Decider: Sendable {
  /// What is asked of one route.
  private struct Rule: Sendable {
    let methods: MethodSet
    /// Whether the route itself answers OPTIONS, rather than the table for it.
    let answersOptions: Bool
    /// Whether its rule for other origins answers preflights even so.
    let leavesPreflights: Bool
    let crossOrigin: CrossOrigin?
  }

  package let index: RouteIndex
  private let rules: [Rule]
  /// Whether more than path and method decides, by route index. Empty where that is so for no route.
  private let hasCondition: [Bool]
  /// What has to hold besides path and method, by route index. Empty where no route has a condition.
  private let predicates: [RequestPredicate?]
  /// What routes remember, by route index. Empty where none remembers anything.
  private let memories: [RouteMemory?]
  /// The states of the table; nil where none is declared.
  let states: NamedStates?
  /// By the first route of a group, for groups of many routes.
  private let conditionIndexes: [Int: ConditionIndex]
  /// The rule of `defaults` for pages of other origins: that of answers to paths which no route has.
  private let crossOrigin: CrossOrigin?

  /// - Parameter settings: checked when they were loaded. Routes remember nothing that was before.
  package init(_ settings: Settings) { self.init(settings, RouteMemories(settings)) }

  /// - Parameter memories: those of the routes of `settings`.
  init(_ settings: Settings, _ memories: RouteMemories) {
    self.memories = memories.byRoute
    states = memories.named
    rules = settings.routes.map { route in
      let methods = route.methods.map { MethodSet($0.map { RequestMethod(name: $0) }) } ?? .any
      let leavesPreflights = methods.isAny && route.answer.responder.answersOptions
      return Rule(
        methods: methods, answersOptions: leavesPreflights || !methods.isAny && methods.contains(.options),
        leavesPreflights: leavesPreflights && route.cors != nil, crossOrigin: route.cors.map { CrossOrigin($0) })
    }
    let conditions = Self.conditionNumbers(settings.routes)
    asksForBodies = settings.routes.contains { $0.when?.needsBody == true }
    let predicates = settings.routes.contains { $0.when != nil } ? settings.routes.map(\.when) : []
    self.predicates = predicates
    hasCondition =
      predicates.isEmpty && memories.byRoute.isEmpty
      ? []
      : settings.routes.indices.map { index in
        settings.routes[index].when != nil || !memories.byRoute.isEmpty && memories.byRoute[index] != nil
      }
    let index = RouteIndex(
      zip(settings.routes, rules).map { ($0.pattern, $1.methods) }, conditions: conditions)
    self.index = index
    var conditionIndexes: [Int: ConditionIndex] = [:]
    for (first, members) in index.groups {
      conditionIndexes[Int(first)] = ConditionIndex(members) { settings.routes[Int($0)].when }
    }
    self.conditionIndexes = conditionIndexes
    crossOrigin = settings.cors.map { CrossOrigin($0) }
  }

  var hasConditions: Bool { !hasCondition.isEmpty }

  /// Whether the condition of some route asks for the request's body.
  let asksForBodies: Bool

  /// What has to hold for a route besides path and method; nil without a condition.
  func predicate(of route: Int) -> RequestPredicate? { predicates.isEmpty ? nil : predicates[route] }

  /// Whether more than path and method decides on a route.
  func isConditional(_ route: Int) -> Bool { !hasCondition.isEmpty && hasCondition[route] }

  /// What a route remembers; nil for nothing.
  func memory(of route: Int) -> RouteMemory? { memories.isEmpty ? nil : memories[route] }

  /// A number for the condition of each route, 0 for none, as `RouteIndex.conditions` has them. A route that comes to
  /// an end of its answers has a number of its own: nothing behind it is hidden.
  static func conditionNumbers(_ routes: [RouteSettings]) -> [Int] {
    let runsOut = routes.map { $0.answer.responder.choice?.runsOut ?? false }
    guard routes.contains(where: { $0.when != nil }) || runsOut.contains(true) else { return [] }
    /// What parameters of the path are called matters where they are asked for.
    struct Condition: Hashable {
      let predicate: RequestPredicate
      let parameters: [String]
    }
    var numbers: [Condition: Int] = [:]
    var last = 0
    return zip(routes, runsOut).map { route, runsOut in
      guard !runsOut else {
        last += 1
        return last
      }
      guard let predicate = route.when else { return 0 }
      let condition = Condition(predicate: predicate, parameters: predicate.usesPath ? route.pattern.parameterNames : [])
      if let number = numbers[condition] { return number }
      last += 1
      numbers[condition] = last
      return last
    }
  }

  /// Decides on a request, and calls `body` with the decision and the normalised path, which is empty where it was
  /// refused. The path lives as long as the call.
  ///
  /// - Parameters:
  ///   - bytes: of the head; the head's offsets point into it.
  ///   - origin: nil where only the path and the method count: then every condition holds.
  ///   - content: of the request.
  ///   - body: is called with the head, the decision, the path, and whether an encoded slash stands in it.
  @inline(__always)
  func decide<R>(
    _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ origin: RequestOrigin?, _ content: RequestBodyState,
    _ body: (_ head: borrowing RequestHead, _ decision: Decision, _ path: Span<UInt8>, _ hasEncodedSlash: Bool) -> R
  ) -> R {
    if head.pathIsCanonical {
      let path = bytes.extracting(head.path)
      return body(head, decide(head, path: path, bytes, origin, content), path, false)
    }
    do throws(TargetError) {
      let normalized = try Self.normalize(head, bytes)
      let path = normalized.bytes.span
      return body(head, decide(head, path: path, bytes, origin, content), path, normalized.hasEncodedSlash)
    } catch {
      return body(head, .refused(error), Span(), false)
    }
  }

  @inline(__always)
  private func decide(
    _ head: borrowing RequestHead, path: Span<UInt8>, _ bytes: Span<UInt8>, _ origin: RequestOrigin?, _ content: RequestBodyState
  ) -> Decision {
    let method = RequestMethod(head, bytes)
    let outcome = index.match(path: path, method: method)
    if case .matched(let match) = outcome, !method.isOptions || isAnsweredByRoute(rules[match.routeIndex], head, bytes) {
      if hasCondition.isEmpty || !hasCondition[match.routeIndex] { return .routed(match, Turn()) }
      guard let origin else { return .routed(match, Turn()) }
      if predicate(of: match.routeIndex) == nil, let memory = memory(of: match.routeIndex) {
        let request = RequestValues(
          head: head, path: path, bytes: bytes, match: match, origin: origin, body: content, hasEncodedSlash: false, states: states)
        if let decision = Decision(memory.take(request), match) { return decision }
      }
      return firstThatHolds(match, head, method, path: path, bytes, origin, content)
    }
    return unrouted(outcome, head, method, path: path, bytes)
  }

  /// Whether a route answers an OPTIONS itself, rather than the table for it.
  private func isAnsweredByRoute(_ rule: Rule, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Bool {
    rule.answersOptions && !(rule.leavesPreflights && Self.isPreflight(head, bytes))
  }

  private static func isPreflight(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Bool {
    head.combinedValue(of: .origin, in: bytes) != nil && head.combinedValue(of: .accessControlRequestMethod, in: bytes) != nil
  }

  /// The first route in file order of those that have the path and the method whose condition holds.
  @inline(never)
  private func firstThatHolds(
    _ first: RouteMatch, _ head: borrowing RequestHead, _ method: RequestMethod, path: Span<UInt8>, _ bytes: Span<UInt8>,
    _ origin: RequestOrigin, _ content: RequestBodyState
  ) -> Decision {
    let groups = index.candidates(path: path, method: method)
    let members = groups.map { group in
      let request = RequestValues(
        head: head, path: path, bytes: bytes, match: group.match(of: group.first), origin: origin, body: content, hasEncodedSlash: false)
      return conditionIndexes[group.first]?.routes(request, pattern: index.patterns[group.first]) ?? index.members(of: group)
    }
    var positions = [Int](repeating: 0, count: groups.count)
    while true {
      var next: (route: UInt32, group: Int)?
      for (group, members) in members.enumerated() where positions[group] < members.count {
        let route = members[positions[group]]
        if next.map({ route < $0.route }) ?? true { next = (route, group) }
      }
      guard let (route, group) = next else { return .conditionsFail(first: first.routeIndex) }
      positions[group] += 1
      let match = groups[group].match(of: Int(route))
      if !hasCondition[Int(route)] { return .routed(match, Turn()) }
      let request = RequestValues(
        head: head, path: path, bytes: bytes, match: match, origin: origin, body: content, hasEncodedSlash: false, states: states)
      switch predicate(of: Int(route))?.verdict(request, pattern: index.patterns[Int(route)]) ?? .holds {
      case .holds: break
      case .needsBody: return .needsBody
      case .fails: continue
      }
      guard let memory = memory(of: Int(route)) else { return .routed(match, Turn()) }
      if let decision = Decision(memory.take(request), match) { return decision }
    }
  }

  @inline(never)
  private func unrouted(
    _ outcome: RouteOutcome, _ head: borrowing RequestHead, _ method: RequestMethod, path: Span<UInt8>, _ bytes: Span<UInt8>
  ) -> Decision {
    var allowed: MethodSet?
    var routeIndex: Int?
    switch outcome {
    case .notFound: break
    case .methodNotAllowed(let methods): allowed = methods
    case .matched(let match): (allowed, routeIndex) = (rules[match.routeIndex].methods, match.routeIndex)
    }
    allowed?.insert(.options)
    if method.isOptions, let preflight = preflight(head, path: path, bytes, allowed: allowed) { return .preflight(preflight) }
    guard let allowed else { return .notFound }
    return method.isOptions ? .options(allowed: allowed, routeIndex: routeIndex) : .methodNotAllowed(allowed: allowed)
  }

  /// The preflight that this is, by the rule for the request that it announces; nil if it is none, or there is no rule.
  private func preflight(
    _ head: borrowing RequestHead, path: Span<UInt8>, _ bytes: Span<UInt8>, allowed: MethodSet?
  ) -> Decision.Preflight? {
    guard head.combinedValue(of: .origin, in: bytes) != nil,
      let name = head.combinedValue(of: .accessControlRequestMethod, in: bytes)
    else { return nil }
    let announced = RequestMethod(name: name)
    var rule: CrossOrigin?
    var routeIndex: Int?
    switch index.match(path: path, method: announced) {
    case .matched(let match): (rule, routeIndex) = (rules[match.routeIndex].crossOrigin, match.routeIndex)
    case .methodNotAllowed(let methods): rule = firstRule(methods, path: path)
    case .notFound: rule = crossOrigin
    }
    return rule.map { Decision.Preflight(rule: $0, announced: announced, routeIndex: routeIndex, allowed: allowed) }
  }

  /// The rule for pages of other origins by which an answer to the request is given: that of its route, of the first
  /// route of the path where none has the method, or of the table.
  func crossOrigin(for decision: Decision, path: Span<UInt8>) -> CrossOrigin? {
    switch decision {
    case .routed(let match, _): rules[match.routeIndex].crossOrigin
    case .refused, .notFound: crossOrigin
    case .conditionsFail(let first): rules[first].crossOrigin
    case .needsBody, .needsTask: nil
    case .options(_, let routeIndex?): rules[routeIndex].crossOrigin
    case .options(let allowed, nil), .methodNotAllowed(let allowed): firstRule(allowed, path: path)
    case .preflight(let preflight): preflight.rule
    }
  }

  private func firstRule(_ methods: MethodSet, path: Span<UInt8>) -> CrossOrigin? {
    var first = rules.count
    for name in methods.names {
      let outcome = index.match(path: path, method: RequestMethod(name: name))
      if case .matched(let match) = outcome { first = min(first, match.routeIndex) }
    }
    return first < rules.count ? rules[first].crossOrigin : nil
  }

  private static func normalize(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) throws(TargetError) -> NormalizedPath {
    // The absolute form may leave the path out (RFC 9112 §3.2.2).
    if head.path.isEmpty { return try PathNormalization.normalize([UInt8(ascii: "/")].span) }
    return try PathNormalization.normalize(bytes.extracting(head.path))
  }
}
