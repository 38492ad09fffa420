// Routes that can never answer, because one earlier route matches everything they match: it has no condition, or the
// same.
//
// The tree answers this too: a pattern walks it in place of a path, with a NUL for a parameter. No literal holds that
// byte (`PathPattern` refuses it) and it is no slash, so only a parameter or `**` takes it: just what covering means.

extension RouteIndex {
  /// A route, and the first earlier one that covers its pattern and has all its methods.
  package struct HiddenRoute: Equatable, Sendable {
    package let hidden: Int
    package let by: Int
  }

  /// All routes that one earlier route hides, in file order. What several earlier ones hide only together is not found.
  package func hiddenRoutes() -> [HiddenRoute] {
    var found: [HiddenRoute] = []
    var path: [UInt8] = []
    let firsts = firstsOfConditions()
    for (route, pattern) in patterns.enumerated() {
      path.removeAll(keepingCapacity: true)
      for segment in pattern.segments {
        path.append(UInt8(ascii: "/"))
        switch segment {
        case .literal(let bytes): path += bytes
        case .parameter: path.append(0)
        }
      }
      var search = FirstCover(of: route, methods: methods[route], condition: condition(of: UInt32(route)), firsts: firsts)
      // What a pattern with `**` matches has no one end, so only `**` covers it.
      walk(path.span, mayEndExactly: !pattern.hasRest, visitor: &search)
      if let cover = search.cover { found.append(HiddenRoute(hidden: route, by: cover)) }
    }
    return found
  }

  fileprivate func condition(of route: UInt32) -> Int { conditions.isEmpty ? 0 : conditions[Int(route)] }

  /// For each terminal that stands for several routes, the first route of each condition.
  private func firstsOfConditions() -> [UInt32: [Int: UInt32]] {
    groups.mapValues { members in
      Dictionary(members.map { (condition(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    }
  }
}

/// Finds the first route with all of some methods, and without a condition or with the same.
private struct FirstCover: RouteVisitor {
  private let route: UInt32
  private let methods: MethodSet
  private let condition: Int
  private let firsts: [UInt32: [Int: UInt32]]
  private(set) var bound: UInt32

  init(of route: Int, methods: MethodSet, condition: Int, firsts: [UInt32: [Int: UInt32]]) {
    self.route = UInt32(route)
    self.methods = methods
    self.condition = condition
    self.firsts = firsts
    bound = self.route
  }

  var cover: Int? { bound < route ? Int(bound) : nil }

  mutating func enterParameter(_ depth: Int, at position: Int) {}

  mutating func visit(_ terminal: RouteIndex.Terminal, depth: Int, restStart: Int, in index: borrowing RouteIndex) {
    guard index.methods[Int(terminal.route)].isSuperset(of: methods) else { return }
    for wanted in Set([0, condition]) {
      let first = firsts[terminal.route].map { $0[wanted] } ?? (index.condition(of: terminal.route) == wanted ? terminal.route : nil)
      if let first, first < bound { bound = first }
    }
  }
}
