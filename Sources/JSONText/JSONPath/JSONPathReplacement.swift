// A value in which what a query selects is something else: how secrets are taken out of a text.

extension JSONPath {
  /// The member that the query ends at, as `$.user.password` ends at `password`; nil for one that ends otherwise.
  package var lastName: String? {
    guard let selectors = query.segments.last?.selectors, selectors.count == 1, case .name(let name) = selectors[0] else { return nil }
    return name
  }

  /// `value` with another value for each node that the query selects, and the nodes; nil where the bound of steps was
  /// reached, so that nodes may be missing.
  package func replacing(in value: JSONValue, with replacement: JSONValue, maxSteps: Int = 50_000) -> (JSONValue, [JSONPathNode])? {
    let selection = select(from: value, maxSteps: maxSteps)
    guard !selection.reachedLimit else { return nil }
    guard !selection.nodes.isEmpty else { return (value, []) }
    let root = Selected()
    for node in selection.nodes { root.add(node.place) }
    return (root.replaced(in: value, replacement), selection.nodes)
  }
}

/// The nodes that were selected, as a tree of the steps to them.
private final class Selected {
  private var isNode = false
  private var byName: [String: Selected] = [:]
  private var byIndex: [Int: Selected] = [:]

  func add(_ place: JSONPathNode.Place?) {
    var steps: [JSONPathNode.Place.Step] = []
    var place = place
    while let current = place {
      steps.append(current.step)
      place = current.parent
    }
    var node = self
    for step in steps.reversed() { node = node.below(step) }
    node.isNode = true
  }

  private func below(_ step: JSONPathNode.Place.Step) -> Selected {
    switch step {
    case .name(let name):
      if let known = byName[name] { return known }
      let made = Selected()
      byName[name] = made
      return made
    case .index(let index):
      if let known = byIndex[index] { return known }
      let made = Selected()
      byIndex[index] = made
      return made
    }
  }

  /// Goes down as many levels as the value has, which its parser bounds.
  func replaced(in value: JSONValue, _ replacement: JSONValue) -> JSONValue {
    if isNode { return replacement }
    switch value {
    case .object(var object):
      for (name, below) in byName {
        if let own = object[name] { object.set(name, to: below.replaced(in: own, replacement)) }
      }
      return .object(object)
    case .array(var items):
      for (index, below) in byIndex where items.indices.contains(index) { items[index] = below.replaced(in: items[index], replacement) }
      return .array(items)
    default: return value
    }
  }
}
