// What a request must be like besides its path and its method: the `when` of a route.

package import AsyncHTTPServer
import HTTPCore
package import JSONText

/// What has to hold of a request for a route to answer it.
package struct RequestPredicate: Hashable, Sendable {
  /// One thing that has to hold.
  package struct Part: Hashable, Sendable {
    /// As near misses name it: `query.page`, `json`, `client`.
    package let label: String
    package let condition: Condition
    let needsBody: Bool
    /// Whether it tests a state. Then it is asked together with what else depends on the route's memory
    /// (`RouteMemory`), after all other parts.
    let usesState: Bool

    package init(_ label: String, _ condition: Condition) {
      self.label = label
      self.condition = condition
      needsBody = condition.needsBody
      usesState = !condition.stateNames.isEmpty
    }

    /// The states that it tests.
    var stateNames: [String] { condition.stateNames }
  }

  package enum Condition: Hashable, Sendable {
    case value(ValueName, ValueMatcher)
    /// The body is JSON and contains this, or is exactly this.
    case json(JSONValue, exactly: Bool)
    case jsonPath(JSONPathTest)
    /// The client's address is in one of these networks.
    case client(TrustedProxies)
    /// The state of this name is one of these.
    case state(String, [JSONValue])
    /// No other query parameter is there.
    case onlyQuery(Set<String>)
    /// No other field of a form is there.
    case onlyForm(Set<String>)
    case anyOf([RequestPredicate])
    case not(RequestPredicate)

    fileprivate var needsBody: Bool {
      switch self {
      case .value(let name, _): name.isOfBody
      case .json, .jsonPath, .onlyForm: true
      case .client, .onlyQuery, .state: false
      case .anyOf(let predicates): predicates.contains { $0.needsBody }
      case .not(let predicate): predicate.needsBody
      }
    }

    fileprivate var stateNames: [String] {
      switch self {
      case .state(let name, _): [name]
      case .anyOf(let predicates): predicates.flatMap { $0.parts.flatMap(\.stateNames) }
      case .not(let predicate): predicate.parts.flatMap(\.stateNames)
      default: []
      }
    }
  }

  package enum Verdict: Sendable {
    case holds, fails
    /// The request's body has to be read before it is known.
    case needsBody
  }

  /// In the order of the file.
  package let parts: [Part]
  /// Whether a part asks for the request's body.
  package let needsBody: Bool

  package init(_ parts: [Part]) {
    self.parts = parts
    needsBody = parts.contains { $0.needsBody }
  }

  /// Whether it holds for a request, but for the parts that test states. The body is asked for last, where everything
  /// else holds.
  ///
  /// - Parameter pattern: that of the route.
  package func verdict(_ request: borrowing RequestValues, pattern: PathPattern) -> Verdict {
    for part in parts where !part.needsBody && !part.usesState {
      guard part.holds(request, pattern: pattern) else { return .fails }
    }
    guard needsBody else { return .holds }
    if case .unread = request.body { return .needsBody }
    for part in parts where part.needsBody && !part.usesState {
      guard part.holds(request, pattern: pattern) else { return .fails }
    }
    return .holds
  }

  fileprivate func holds(_ request: borrowing RequestValues, pattern: PathPattern) -> Bool {
    for part in parts {
      guard part.holds(request, pattern: pattern) else { return false }
    }
    return true
  }

  /// Whether it asks for parameters of the path.
  var usesPath: Bool {
    parts.contains { part in
      switch part.condition {
      case .value(.path, _): true
      case .anyOf(let predicates): predicates.contains { $0.usesPath }
      case .not(let predicate): predicate.usesPath
      default: false
      }
    }
  }
}

extension RequestPredicate.Part {
  /// Whether it holds for a request whose body has been read, where it needs the body.
  func holds(_ request: borrowing RequestValues, pattern: PathPattern) -> Bool {
    switch condition {
    case .value(let name, let matcher):
      let origin = request.origin
      return matcher.holds { tests in
        request.contains(name, pattern: pattern) { text in tests.allSatisfy { $0.passes(text, origin) } }
      }
    case .json(let expected, let exactly):
      return request.body.values?.json?.contains(expected, exactly: exactly) ?? false
    case .jsonPath(let test): return test.holds(request.body.values?.json, request.origin)
    case .client(let networks): return networks.trusts(request.client)
    case .state(let name, let values): return request.states?.value(ofState: name, for: request).map { values.contains($0) } ?? false
    case .onlyQuery(let names): return request.queryNames.allSatisfy { names.contains($0) }
    case .onlyForm(let names): return request.body.values?.form?.allSatisfy { names.contains($0.name) } ?? false
    case .anyOf(let predicates):
      for predicate in predicates {
        if predicate.holds(request, pattern: pattern) { return true }
      }
      return false
    case .not(let predicate): return !predicate.holds(request, pattern: pattern)
    }
  }
}

/// A test of the nodes that a JSONPath (RFC 9535) selects from the body.
package struct JSONPathTest: Hashable, Sendable {
  package let path: JSONPath
  package let matcher: ValueMatcher

  package init(_ path: JSONPath, _ matcher: ValueMatcher) {
    self.path = path
    self.matcher = matcher
  }

  package static func == (left: Self, right: Self) -> Bool { left.path.text == right.path.text && left.matcher == right.matcher }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(path.text)
    hasher.combine(matcher)
  }

  /// Whether it holds for a body. A body that is not JSON fails every test, also that of an absence.
  func holds(_ body: JSONValue?, _ origin: RequestOrigin) -> Bool {
    guard let body else { return false }
    let selection = path.select(from: body)
    // A query that was stopped has seen a part of the body only.
    return !selection.reachedLimit && matcher.holds(for: selection.nodes.map(\.value), origin)
  }
}
