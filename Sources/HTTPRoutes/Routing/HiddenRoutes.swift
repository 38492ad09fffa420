// Routes that can never answer, because one earlier route matches everything they match.
//
// The tree answers this too: a pattern walks it in place of a path, with one symbol beyond the bytes for a parameter. That symbol
// equals no literal byte and is no slash, so only a parameter or `**` takes it, which is just what covering means.

extension RouteIndex {
  /// A route, and the first earlier one that covers its pattern and has all its methods.
  package struct HiddenRoute: Equatable, Sendable {
    package let hidden: Int
    package let by: Int
  }

  /// All routes that one earlier route hides, in file order. What several earlier ones hide only together is not found.
  package func hiddenRoutes() -> [HiddenRoute] {
    var found: [HiddenRoute] = []
    var symbols: [UInt16] = []
    for (route, pattern) in patterns.enumerated() {
      symbols.removeAll(keepingCapacity: true)
      for segment in pattern.segments {
        symbols.append(UInt16(UInt8(ascii: "/")))
        switch segment {
        case .literal(let bytes): for byte in bytes { symbols.append(UInt16(byte)) }
        case .parameter: symbols.append(Self.parameterSymbol)
        }
      }
      var search = FirstCover(of: route, methods: methods[route])
      // What a pattern with `**` matches has no one end, so only `**` covers it.
      walk(symbols.span, upTo: symbols.count, mayEndExactly: !pattern.hasRest, visitor: &search)
      if let cover = search.cover { found.append(HiddenRoute(hidden: route, by: cover)) }
    }
    return found
  }

  private static let parameterSymbol: UInt16 = 256
}

/// Finds the first route with all of some methods.
private struct FirstCover: RouteVisitor {
  private let route: UInt32
  private let methods: MethodSet
  private(set) var bound: UInt32

  init(of route: Int, methods: MethodSet) {
    self.route = UInt32(route)
    self.methods = methods
    bound = self.route
  }

  var cover: Int? { bound < route ? Int(bound) : nil }

  mutating func enterParameter(_ depth: Int, at position: Int) {}

  mutating func visit(_ terminal: RouteIndex.Terminal, depth: Int, restStart: Int, in index: borrowing RouteIndex) {
    if index.methods[Int(terminal.route)].isSuperset(of: methods) { bound = terminal.route }
  }
}
