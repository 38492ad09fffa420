// All routes of a path and a method, in file order: what is asked one by one where the first has a condition.

/// Routes of one pattern and the same methods that match a path.
struct RouteCandidates: Sendable {
  /// The index of the first of them, by which a group is known.
  let first: Int
  /// Where the path has its parameters. It is the same for all of them but for the index.
  private let match: RouteMatch

  fileprivate init(first: Int, match: RouteMatch) {
    self.first = first
    self.match = match
  }

  /// The match of one of them.
  func match(of route: Int) -> RouteMatch { match.ofRoute(route) }
}

extension RouteIndex {
  /// The groups of routes whose pattern matches `path` and which answer `method`, in the order of their first routes.
  func candidates(path: borrowing Span<UInt8>, method: RequestMethod) -> [RouteCandidates] {
    guard path.count > 0, path[0] == UInt8(ascii: "/") else { return [] }
    var collector = AllMatches(method: method)
    walk(path, mayEndExactly: true, visitor: &collector)
    return collector.found.sorted { $0.first < $1.first }
  }

  /// The routes of a group in file order.
  func members(of group: RouteCandidates) -> [UInt32] { groups[UInt32(group.first)] ?? [UInt32(group.first)] }
}

private struct AllMatches: RouteVisitor {
  private let method: RequestMethod
  private var starts = ParameterStarts(repeating: 0)
  private(set) var found: [RouteCandidates] = []

  init(method: RequestMethod) { self.method = method }

  var bound: UInt32 { .max }

  mutating func enterParameter(_ depth: Int, at position: Int) { starts[depth] = UInt32(truncatingIfNeeded: position) }

  mutating func visit(_ terminal: RouteIndex.Terminal, depth: Int, restStart: Int, in index: borrowing RouteIndex) {
    guard index.methods[Int(terminal.route)].contains(method) else { return }
    let match = RouteMatch(routeIndex: Int(terminal.route), parameterCount: depth, parameterStarts: starts, restStart: restStart)
    found.append(RouteCandidates(first: Int(terminal.route), match: match))
  }
}
