// Builds the radix tree of a RouteIndex: patterns go in one by one, in file order; the flat arrays come out.

/// A tree that can still grow. Siblings are linked lists here, sorted by first byte.
struct RouteIndexBuilder {
  private struct Node {
    var labelStart: Int
    var labelCount: Int
    /// Routes arrive in file order, so the one that makes a node is the smallest at or below it.
    let smallestRoute: UInt32
    var firstChild = 0
    var nextSibling = 0
    var parameterChild = 0
    var exact: [RouteIndex.Terminal] = []
    var rest: [RouteIndex.Terminal] = []
  }

  /// Earlier routes of the same pattern that a new one is compared with, at most. Real ones are as many as there are
  /// methods; past this a route that can never answer only costs a little memory.
  private static let comparedTerminals = 16

  /// The label bytes of all nodes; a split node's halves share theirs.
  private(set) var labels: [UInt8] = []
  /// The routes of terminals that stand for several, by the first of them.
  private(set) var groups: [UInt32: [UInt32]] = [:]
  /// The first routes of terminals whose routes all have a condition so far.
  private var openGroups: Set<UInt32> = []
  private var nodes = [Node(labelStart: 0, labelCount: 0, smallestRoute: 0)]
  private var methods: [MethodSet] = []

  mutating func insert(_ pattern: PathPattern, methods: MethodSet, route: UInt32, isConditional: Bool) {
    self.methods.append(methods)
    var node = 0
    var run: [UInt8] = []
    for segment in pattern.segments {
      run.append(UInt8(ascii: "/"))
      switch segment {
      case .literal(let bytes):
        run += bytes
      case .parameter:
        node = descend(run, from: node, route: route)
        run.removeAll(keepingCapacity: true)
        if nodes[node].parameterChild == 0 {
          nodes[node].parameterChild = nodes.count
          nodes.append(Node(labelStart: 0, labelCount: 0, smallestRoute: route))
        }
        node = nodes[node].parameterChild
      }
    }
    node = descend(run, from: node, route: route)
    let terminals = pattern.hasRest ? nodes[node].rest : nodes[node].exact
    if isAnswered(methods, by: terminals) || joinsGroup(route, methods, of: terminals, isConditional: isConditional) { return }
    let terminal = RouteIndex.Terminal(route: route, methodBits: methods.bits)
    if pattern.hasRest { nodes[node].rest.append(terminal) } else { nodes[node].exact.append(terminal) }
    if isConditional { openGroups.insert(route) }
  }

  /// Whether one earlier route of the same pattern has all these methods and no condition, so that the new one can
  /// never answer.
  private func isAnswered(_ methods: MethodSet, by terminals: [RouteIndex.Terminal]) -> Bool {
    terminals.prefix(Self.comparedTerminals).contains {
      self.methods[Int($0.route)].isSuperset(of: methods) && !openGroups.contains($0.route)
    }
  }

  /// Puts a route to an earlier one of the same pattern and methods that has a condition; false if there is none.
  private mutating func joinsGroup(
    _ route: UInt32, _ methods: MethodSet, of terminals: [RouteIndex.Terminal], isConditional: Bool
  ) -> Bool {
    guard !openGroups.isEmpty,
      let first = terminals.first(where: { openGroups.contains($0.route) && self.methods[Int($0.route)] == methods })?.route
    else { return false }
    groups[first, default: [first]].append(route)
    if !isConditional { openGroups.remove(first) }
    return true
  }

  /// The node that `run` leads to from `start`, made where it is missing.
  private mutating func descend(_ run: [UInt8], from start: Int, route: UInt32) -> Int {
    var node = start
    var offset = 0
    while offset < run.count {
      var previous = 0
      var child = nodes[node].firstChild
      while child != 0, labels[nodes[child].labelStart] < run[offset] {
        previous = child
        child = nodes[child].nextSibling
      }
      guard child != 0, labels[nodes[child].labelStart] == run[offset] else {
        let leaf = nodes.count
        var new = Node(labelStart: labels.count, labelCount: run.count - offset, smallestRoute: route)
        new.nextSibling = child
        nodes.append(new)
        labels += run[offset...]
        if previous == 0 { nodes[node].firstChild = leaf } else { nodes[previous].nextSibling = leaf }
        return leaf
      }
      let label = labels[nodes[child].labelStart..<nodes[child].labelStart + nodes[child].labelCount]
      let common = zip(label, run[offset...]).prefix { $0 == $1 }.count
      if common < label.count { split(child, after: common) }
      offset += common
      node = child
    }
    return node
  }

  /// Keeps the first `count` label bytes in `node` and moves everything else to a new, only child of it.
  private mutating func split(_ node: Int, after count: Int) {
    var lower = nodes[node]
    lower.labelStart += count
    lower.labelCount -= count
    lower.nextSibling = 0
    var upper = Node(labelStart: nodes[node].labelStart, labelCount: count, smallestRoute: lower.smallestRoute)
    upper.nextSibling = nodes[node].nextSibling
    upper.firstChild = nodes.count
    nodes[node] = upper
    nodes.append(lower)
  }

  /// The flat arrays, breadth first, so that the children of a node stand side by side.
  func layOut() -> (nodes: [RouteIndex.Node], firstBytes: [UInt8], terminals: [RouteIndex.Terminal]) {
    var flat: [RouteIndex.Node] = []
    var firstBytes: [UInt8] = []
    var terminals: [RouteIndex.Terminal] = []
    flat.reserveCapacity(nodes.count)
    firstBytes.reserveCapacity(nodes.count)
    var queue = [0]
    queue.reserveCapacity(nodes.count)
    while flat.count < queue.count {
      let node = nodes[queue[flat.count]]
      let firstChild = queue.count
      var child = node.firstChild
      while child != 0 {
        queue.append(child)
        child = nodes[child].nextSibling
      }
      let childCount = queue.count - firstChild
      if node.parameterChild != 0 { queue.append(node.parameterChild) }
      flat.append(
        RouteIndex.Node(
          smallestRoute: node.smallestRoute, labelStart: UInt32(node.labelStart), firstChild: UInt32(firstChild),
          parameterChild: node.parameterChild == 0 ? 0 : UInt32(queue.count - 1), firstTerminal: UInt32(terminals.count),
          exactCount: UInt32(node.exact.count), restCount: UInt32(node.rest.count), labelCount: UInt16(node.labelCount),
          childCount: UInt16(childCount)))
      firstBytes.append(node.labelCount == 0 ? 0 : labels[node.labelStart])
      terminals += node.exact
      terminals += node.rest
    }
    return (flat, firstBytes, terminals)
  }
}
