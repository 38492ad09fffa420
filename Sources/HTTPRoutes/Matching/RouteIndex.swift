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
    /// The child that takes one non-empty segment, or 0: the root is nobody's child.
    var parameterChild: UInt32
    /// The first of the routes that end here, in `terminals`: those that end exactly, then those with `**`.
    var firstTerminal: UInt32
    var exactCount: UInt32
    var restCount: UInt32
    var labelCount: UInt16
    /// At most 256, one for each first byte.
    var childCount: UInt16
  }

  /// A route that ends at a node.
  struct Terminal: Sendable {
    var route: UInt32
    /// `MethodSet.bits`, beside the index so that most lookups need not touch `methods`.
    var methodBits: UInt16
  }

  /// Patterns and methods by route index.
  let patterns: [PathPattern]
  let methods: [MethodSet]

  let nodes: [Node]
  /// The first label byte of each node, by node index.
  let firstBytes: [UInt8]
  let labels: [UInt8]
  let terminals: [Terminal]

  /// Compiles routes, in file order.
  package init(_ routes: [(pattern: PathPattern, methods: MethodSet)]) {
    precondition(routes.count < Int(UInt32.max), "route indices have 32 bits")
    patterns = routes.map(\.pattern)
    methods = routes.map(\.methods)
    var builder = RouteIndexBuilder()
    for (index, route) in routes.enumerated() {
      builder.insert(route.pattern, methods: route.methods, route: UInt32(index))
    }
    (nodes, firstBytes, terminals) = builder.layOut()
    labels = builder.labels
  }

  /// The number of routes.
  package var count: Int { patterns.count }

  /// The first route in file order whose pattern matches `path` and which answers `method`.
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
