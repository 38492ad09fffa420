// Selects the nodes of a query (RFC 9535 §2.3 and §2.5). Every node that is looked at and every text that is compared
// takes steps of a budget; when it is used up, the evaluation ends with what was selected so far.

struct JSONPathEvaluator {
  let root: JSONValue
  let engine: JSONPathEngine?
  private(set) var reachedLimit = false
  private var stepsLeft: Int
  /// The pattern that was compiled last, for patterns that come from the value.
  var lastPattern: (text: String, compiled: (any JSONPathPattern)?)?

  init(root: JSONValue, engine: JSONPathEngine?, maxSteps: Int) {
    self.root = root
    self.engine = engine
    stepsLeft = max(maxSteps, 0)
  }

  /// Takes steps of the budget; false when they are used up.
  @inline(__always)
  mutating func spend(_ steps: Int) -> Bool {
    stepsLeft -= steps
    if stepsLeft < 0 { stop() }
    return !reachedLimit
  }

  /// Ends the evaluation.
  mutating func stop() {
    stepsLeft = 0
    reachedLimit = true
  }

  /// The nodes of a query that begins at the root.
  mutating func nodes(of query: JSONPathQuery) -> [JSONPathNode] { nodes(of: query, current: root, keepsPlaces: true) }

  /// - Parameters:
  ///   - current: what `@` stands for.
  ///   - keepsPlaces: whether the nodes need a path.
  mutating func nodes(of query: JSONPathQuery, current: JSONValue, keepsPlaces: Bool) -> [JSONPathNode] {
    var nodes = [JSONPathNode(value: query.isRelative ? current : root, place: nil)]
    for segment in query.segments {
      var selected: [JSONPathNode] = []
      for node in nodes where !reachedLimit {
        if segment.isDescendant {
          selectBelow(node, segment.selectors, keepsPlaces, &selected)
        } else {
          select(from: node, segment.selectors, keepsPlaces, &selected)
        }
      }
      nodes = selected
    }
    return nodes
  }

  /// The value of a query that selects one node at most.
  mutating func value(of query: JSONPathQuery, current: JSONValue) -> JSONValue? {
    var value = query.isRelative ? current : root
    for segment in query.segments {
      guard spend(1), let selector = segment.selectors.first, let next = Self.value(selector, of: value) else { return nil }
      value = next
    }
    return value
  }

  private static func value(_ selector: JSONPathSelector, of value: JSONValue) -> JSONValue? {
    switch selector {
    case .name(let name): value[name]
    case .index(let index):
      if case .array(let items) = value { value[index < 0 ? items.count + index : index] } else { nil }
    case .wildcard, .slice, .filter: nil
    }
  }

  // MARK: Segments

  /// The node itself and what is below it, each before what is in it, items in their order. The nodes whose children
  /// are being visited are kept in a list: depth costs no stack.
  private mutating func selectBelow(
    _ node: JSONPathNode, _ selectors: [JSONPathSelector], _ keepsPlaces: Bool, _ selected: inout [JSONPathNode]
  ) {
    select(from: node, selectors, keepsPlaces, &selected)
    var open = [(node: node, next: 0)]
    while let (parent, next) = open.last, !reachedLimit {
      guard let child = Self.child(next, of: parent, keepsPlaces) else {
        open.removeLast()
        continue
      }
      open[open.count - 1].next = next + 1
      guard spend(1) else { return }
      switch child.value {
      case .array, .object:
        select(from: child, selectors, keepsPlaces, &selected)
        open.append((child, 0))
      case .null, .bool, .number, .string: break
      }
    }
  }

  private mutating func select(
    from node: JSONPathNode, _ selectors: [JSONPathSelector], _ keepsPlaces: Bool, _ selected: inout [JSONPathNode]
  ) {
    for selector in selectors where spend(1) {
      switch selector {
      case .name(let name):
        if let value = node.value[name] { append(value, .name(name), in: node, keepsPlaces, &selected) }
      case .index(let index): selectItem(index, of: node, keepsPlaces, &selected)
      case .slice(let start, let end, let step): selectSlice(start, end, step, of: node, keepsPlaces, &selected)
      case .wildcard: selectChildren(of: node, keepsPlaces, &selected) { _, _ in true }
      case .filter(let test):
        selectChildren(of: node, keepsPlaces, &selected) { evaluator, child in evaluator.holds(test, for: child) }
      }
    }
  }

  // MARK: Selectors

  private mutating func selectItem(_ index: Int, of node: JSONPathNode, _ keepsPlaces: Bool, _ selected: inout [JSONPathNode]) {
    guard case .array(let items) = node.value else { return }
    let position = index < 0 ? items.count + index : index
    if items.indices.contains(position) { append(items[position], .index(position), in: node, keepsPlaces, &selected) }
  }

  /// RFC 9535 §2.3.4.2.2. The bounds of integers leave room for the sums.
  private mutating func selectSlice(
    _ start: Int?, _ end: Int?, _ step: Int, of node: JSONPathNode, _ keepsPlaces: Bool, _ selected: inout [JSONPathNode]
  ) {
    guard case .array(let items) = node.value, step != 0 else { return }
    let count = items.count
    let first = start ?? (step > 0 ? 0 : count - 1)
    let last = end ?? (step > 0 ? count : -count - 1)
    let from = first < 0 ? count + first : first
    let to = last < 0 ? count + last : last
    if step > 0 {
      let (lower, upper) = (min(max(from, 0), count), min(max(to, 0), count))
      for position in stride(from: lower, to: upper, by: step) {
        guard spend(1) else { return }
        append(items[position], .index(position), in: node, keepsPlaces, &selected)
      }
    } else {
      let (upper, lower) = (min(max(from, -1), count - 1), min(max(to, -1), count - 1))
      for position in stride(from: upper, to: lower, by: step) {
        guard spend(1) else { return }
        append(items[position], .index(position), in: node, keepsPlaces, &selected)
      }
    }
  }

  private mutating func selectChildren(
    of node: JSONPathNode, _ keepsPlaces: Bool, _ selected: inout [JSONPathNode], where isSelected: (inout Self, JSONValue) -> Bool
  ) {
    switch node.value {
    case .array(let items):
      for (position, item) in items.enumerated() {
        guard spend(1) else { return }
        if isSelected(&self, item), !reachedLimit { append(item, .index(position), in: node, keepsPlaces, &selected) }
      }
    case .object(let object):
      for member in object.members {
        guard spend(1) else { return }
        if isSelected(&self, member.value), !reachedLimit {
          append(member.value, .name(member.name), in: node, keepsPlaces, &selected)
        }
      }
    case .null, .bool, .number, .string: break
    }
  }

  // MARK: Nodes

  private mutating func append(
    _ value: JSONValue, _ step: JSONPathNode.Place.Step, in parent: JSONPathNode, _ keepsPlaces: Bool, _ selected: inout [JSONPathNode]
  ) {
    if spend(1) { selected.append(Self.node(value, step, in: parent, keepsPlaces)) }
  }

  private static func child(_ position: Int, of parent: JSONPathNode, _ keepsPlaces: Bool) -> JSONPathNode? {
    switch parent.value {
    case .array(let items):
      position < items.count ? node(items[position], .index(position), in: parent, keepsPlaces) : nil
    case .object(let object):
      position < object.count
        ? node(object.members[position].value, .name(object.members[position].name), in: parent, keepsPlaces) : nil
    case .null, .bool, .number, .string: nil
    }
  }

  private static func node(
    _ value: JSONValue, _ step: JSONPathNode.Place.Step, in parent: JSONPathNode, _ keepsPlaces: Bool
  ) -> JSONPathNode {
    JSONPathNode(value: value, place: keepsPlaces ? JSONPathNode.Place(parent: parent.place, step: step) : nil)
  }
}
