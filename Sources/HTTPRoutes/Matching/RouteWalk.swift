// The one traversal of the tree, and what each kind of lookup does at the routes it passes.

/// What a traversal is for.
protocol RouteVisitor {
  /// Only routes before this one are of interest; subtrees without one are not entered.
  var bound: UInt32 { get }
  /// Parameter number `depth` begins at `position`.
  mutating func enterParameter(_ depth: Int, at position: Int)
  /// The pattern of `terminal` matches, with `depth` parameters, and with `**` from `restStart` on unless that is -1.
  mutating func visit(_ terminal: RouteIndex.Terminal, depth: Int, restStart: Int, in index: borrowing RouteIndex)
}

extension RouteIndex {
  /// Visits the routes before the visitor's bound whose patterns match `path`, in no particular order.
  ///
  /// - Parameters:
  ///   - mayEndExactly: whether a pattern without `**` may end where the path does.
  func walk<Visitor: RouteVisitor>(_ path: borrowing Span<UInt8>, mayEndExactly: Bool, visitor: inout Visitor) {
    guard !patterns.isEmpty else { return }
    descend(path, mayEndExactly: mayEndExactly, from: 0, at: 0, depth: 0, visitor: &visitor)
  }

  /// Recursion is as deep as a pattern has parameters (`PathPattern.maxParameterCount`); literals are a loop.
  private func descend<Visitor: RouteVisitor>(
    _ path: borrowing Span<UInt8>, mayEndExactly: Bool, from start: Int, at startPosition: Int, depth: Int, visitor: inout Visitor
  ) {
    let slash = UInt8(ascii: "/")
    let end = path.count
    var node = nodes[start]
    var position = startPosition
    while true {
      if node.restCount != 0, position == end || path[position] == slash {
        let first = Int(node.firstTerminal + node.exactCount)
        visit(first..<first + Int(node.restCount), depth: depth, restStart: min(position + 1, end), visitor: &visitor)
      }
      if position == end {
        if mayEndExactly, node.exactCount != 0 {
          let first = Int(node.firstTerminal)
          visit(first..<first + Int(node.exactCount), depth: depth, restStart: -1, visitor: &visitor)
        }
        return
      }

      if node.parameterChild != 0, nodes[Int(node.parameterChild)].smallestRoute < visitor.bound {
        var segmentEnd = position
        while segmentEnd < end, path[segmentEnd] != slash { segmentEnd += 1 }
        if segmentEnd > position {
          visitor.enterParameter(depth, at: position)
          descend(
            path, mayEndExactly: mayEndExactly, from: Int(node.parameterChild), at: segmentEnd, depth: depth + 1, visitor: &visitor)
        }
      }

      guard node.childCount != 0 else { return }
      node = nodes[literalChild(of: node, beginning: path[position])]
      guard node.smallestRoute < visitor.bound, Int(node.labelCount) <= end - position, hasLabel(of: node, path, at: position) else {
        return
      }
      position += Int(node.labelCount)
    }
  }

  private func visit<Visitor: RouteVisitor>(_ range: Range<Int>, depth: Int, restStart: Int, visitor: inout Visitor) {
    for position in range {
      let terminal = terminals[position]
      // In file order, so the first one too late ends the list.
      guard terminal.route < visitor.bound else { return }
      visitor.visit(terminal, depth: depth, restStart: restStart, in: self)
    }
  }

  /// The only child that can lead on from this byte, of at least one; the caller compares its whole label, first byte
  /// included.
  private func literalChild(of node: Node, beginning byte: UInt8) -> Int {
    var low = Int(node.firstChild)
    var count = Int(node.childCount)
    while count > 1 {
      let half = count / 2
      if firstBytes[low + half] <= byte { low += half }
      count -= half
    }
    return low
  }

  /// Whether the label of `node` stands in `path` at `position`, which the caller knows to have room for it. By words,
  /// the last of which may overlap the one before.
  private func hasLabel(of node: Node, _ path: borrowing Span<UInt8>, at position: Int) -> Bool {
    let (pathBytes, labelBytes) = (path.bytes, labels.span.bytes)
    var offset = position
    var label = Int(node.labelStart)
    var left = Int(node.labelCount)
    while left >= 8 {
      guard
        pathBytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
          == labelBytes.unsafeLoadUnaligned(fromByteOffset: label, as: UInt64.self)
      else { return false }
      offset += 8
      label += 8
      left -= 8
    }
    if left >= 4 {
      let last = left - 4
      return pathBytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
        == labelBytes.unsafeLoadUnaligned(fromByteOffset: label, as: UInt32.self)
        && pathBytes.unsafeLoadUnaligned(fromByteOffset: offset + last, as: UInt32.self)
          == labelBytes.unsafeLoadUnaligned(fromByteOffset: label + last, as: UInt32.self)
    }
    while left > 0 {
      guard path[offset] == labels[label] else { return false }
      offset += 1
      label += 1
      left -= 1
    }
    return true
  }
}

/// Finds the first route in file order that has the method.
struct FirstMatch: RouteVisitor {
  private let method: RequestMethod
  private let methodBit: UInt16
  private(set) var bound = UInt32.max
  /// Whether a pattern matched whose route has other methods. Complete only when nothing was found.
  private(set) var metOtherMethods = false
  private var starts = ParameterStarts(repeating: 0)
  private var foundStarts = ParameterStarts(repeating: 0)
  private var foundCount = 0
  private var foundRest = -1

  init(method: RequestMethod) {
    self.method = method
    methodBit = method.bit
  }

  var match: RouteMatch? {
    guard bound != .max else { return nil }
    return RouteMatch(routeIndex: Int(bound), parameterCount: foundCount, parameterStarts: foundStarts, restStart: foundRest)
  }

  mutating func enterParameter(_ depth: Int, at position: Int) {
    starts[depth] = UInt32(truncatingIfNeeded: position)
  }

  mutating func visit(_ terminal: RouteIndex.Terminal, depth: Int, restStart: Int, in index: borrowing RouteIndex) {
    guard terminal.methodBits & methodBit != 0,
      methodBit != MethodSet.othersBit || index.methods[Int(terminal.route)].contains(method)
    else {
      metOtherMethods = true
      return
    }
    bound = terminal.route
    foundCount = depth
    foundRest = restStart
    if depth > 0 { foundStarts = starts }
  }
}

/// Collects the methods of all routes whose patterns match.
struct AllowedMethods: RouteVisitor {
  private(set) var allowed = MethodSet()

  var bound: UInt32 { .max }
  mutating func enterParameter(_ depth: Int, at position: Int) {}

  mutating func visit(_ terminal: RouteIndex.Terminal, depth: Int, restStart: Int, in index: borrowing RouteIndex) {
    allowed.formUnion(index.methods[Int(terminal.route)])
  }
}
