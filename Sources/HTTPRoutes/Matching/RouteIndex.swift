// Finds the first route in file order that matches a path and a method, at a cost that does not grow with the number of
// routes.
//
// The index is a radix tree over path bytes. A node stands for a string of bytes that patterns share; besides the
// children that continue with literal bytes it may have one that takes a whole segment (`{name}`). Routes end at a
// node, exactly or with `**`. Since a parameter always takes the whole segment, each node is reached at one position of
// a given path, so a lookup visits a node at most once. Every node knows the smallest route index at or below it: what
// cannot beat the best route found so far is not entered, and that is all it takes to make file order, rather than
// specificity, decide.
//
// The tree lies in flat arrays, children of a node side by side and sorted by first byte. A lookup allocates nothing
// and touches no reference counts.
//
//   RouteIndexBuilder   inserts patterns, then lays the tree out
//   RouteWalk           the one traversal, and what the lookups do at the routes it passes
//   RouteCandidates     all routes of a path and a method, for those that have a condition
//   HiddenRoutes        the same traversal, with a pattern for a path
//   RouteExplanation    why a route did or did not answer, for people

/// The routes of one configuration snapshot, compiled for lookup. Immutable.
package struct RouteIndex: Sendable {
  /// One node of the tree. Indices rather than references; 32 bytes, so that two share a cache line.
  struct Node: Sendable {
    /// The smallest index of a route that ends here or below.
    var smallestRoute: UInt32
    /// The literal bytes that lead here from the parent, in `labels`; none for the root and for a parameter.
    var labelStart: UInt32
    /// The first of the literal children, which stand side by side.
    var firstChild: UInt32
    /// The child that takes one non-empty segment, or 0: the root is never a child.
    var parameterChild: UInt32
    /// The first of the routes that end here, in `terminals`: those that end exactly, then those with `**`.
    var firstTerminal: UInt32
    var exactCount: UInt32
    var restCount: UInt32
    var labelCount: UInt16
    /// At most 256, one for each first byte.
    var childCount: UInt16
  }

  /// A route that ends at a node, or several of one pattern and the same methods: those with a condition share a
  /// terminal with what comes behind them, up to the first without one, which answers what is left.
  struct Terminal: Sendable {
    /// The first of them.
    var route: UInt32
    /// `MethodSet.bits`, beside the index so that most lookups need not touch `methods`.
    var methodBits: UInt16
  }

  /// Patterns and methods by route index.
  let patterns: [PathPattern]
  let methods: [MethodSet]
  /// By route index, a number for the condition that a route has besides path and method, 0 for none. Equal conditions
  /// have equal numbers. Empty where no route has one.
  let conditions: [Int]
  /// The routes of a terminal that stands for several, by the first of them, in file order.
  let groups: [UInt32: [UInt32]]

  let nodes: [Node]
  /// The first label byte of each node, by node index.
  let firstBytes: [UInt8]
  let labels: [UInt8]
  let terminals: [Terminal]

  /// Compiles routes, in file order.
  ///
  /// - Parameter conditions: a number for each route, or none at all; see the property.
  package init(_ routes: [(pattern: PathPattern, methods: MethodSet)], conditions: [Int] = []) {
    precondition(conditions.isEmpty || conditions.count == routes.count, "each route has a condition or none has")
    precondition(routes.count < Int(UInt32.max), "route indices have 32 bits")
    patterns = routes.map(\.pattern)
    methods = routes.map(\.methods)
    self.conditions = conditions
    var builder = RouteIndexBuilder()
    for (index, route) in routes.enumerated() {
      builder.insert(
        route.pattern, methods: route.methods, route: UInt32(index), isConditional: !conditions.isEmpty && conditions[index] != 0)
    }
    (nodes, firstBytes, terminals) = builder.layOut()
    labels = builder.labels
    groups = builder.groups
  }

  /// The number of routes.
  package var count: Int { patterns.count }

  /// The first route in file order whose pattern matches `path` and which answers `method`, whatever its condition.
  ///
  /// - Parameters:
  ///   - path: decoded and normalised, beginning with `/`. An encoded slash in it (`NormalizedPath.encodedSlash`) is an
  ///     octet of its segment, which no literal has: `{name}` and `**` take it.
  package func match(path: borrowing Span<UInt8>, method: RequestMethod) -> RouteOutcome {
    guard path.count > 0, path[0] == UInt8(ascii: "/") else { return .notFound }
    var lookup = FirstMatch(method: method)
    walk(path, mayEndExactly: true, visitor: &lookup)
    if let match = lookup.match { return .matched(match) }
    guard lookup.metOtherMethods else { return .notFound }

    var collector = AllowedMethods()
    walk(path, mayEndExactly: true, visitor: &collector)
    return .methodNotAllowed(allowed: collector.allowed)
  }
}
