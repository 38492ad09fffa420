// The order of a list, as far as a page needs it.

import JSONText

/// By which fields items are ordered. Items that are equal by all of them stay in the order of the collection.
struct ItemOrder: Sendable {
  struct Field: Sendable {
    let path: FieldPath
    let isDescending: Bool
  }

  /// A field's value, ready to be compared. Numbers come before texts, these before true and false, these before
  /// arrays and objects, all in either direction before what is missing or null.
  private enum SortKey {
    case number(NumberKey)
    case text(String)
    case bool(Bool)
    case other
    case missing

    init(_ value: JSONValue?) {
      switch value {
      case .number(let number): self = .number(NumberKey(number))
      case .string(let text): self = .text(text)
      case .bool(let value): self = .bool(value)
      case .array, .object: self = .other
      case .null, nil: self = .missing
      }
    }

    var rank: Int {
      switch self {
      case .number: 0
      case .text: 1
      case .bool: 2
      case .other: 3
      case .missing: 4
      }
    }

    var isMissing: Bool { if case .missing = self { true } else { false } }

    func precedes(_ other: SortKey) -> Bool {
      switch (self, other) {
      case (.number(let one), .number(let other)): one < other
      case (.text(let one), .text(let other)): JSONString.precedes(one, other)
      case (.bool(let one), .bool(let other)): !one && other
      default: rank < other.rank
      }
    }
  }

  let fields: [Field]

  /// The first `count` items in order.
  func first(_ count: Int, of items: [CollectionItem]) -> [CollectionItem] {
    let keys = keys(of: items)
    // The whole order costs less than a heap of most of it.
    guard count < items.count / 4 else {
      return items.indices.sorted { precedes($0, $1, keys) }.prefix(count).map { items[$0] }
    }
    guard count > 0 else { return [] }
    // A heap whose top is the last of the first so far.
    var heap: [Int] = []
    heap.reserveCapacity(count)
    for index in items.indices {
      if heap.count < count {
        heap.append(index)
        siftUp(&heap, keys)
      } else if precedes(index, heap[0], keys) {
        heap[0] = index
        siftDown(&heap, keys)
      }
    }
    return heap.sorted { precedes($0, $1, keys) }.map { items[$0] }
  }

  /// For each item those of its fields.
  private func keys(of items: [CollectionItem]) -> [SortKey] {
    var keys: [SortKey] = []
    keys.reserveCapacity(items.count * fields.count)
    var hints = fields.map { _ in 0 }
    for item in items {
      for (position, field) in fields.enumerated() { keys.append(SortKey(field.path.value(in: item.members, hint: &hints[position]))) }
    }
    return keys
  }

  private func precedes(_ one: Int, _ other: Int, _ keys: [SortKey]) -> Bool {
    for (position, field) in fields.enumerated() {
      let left = keys[one * fields.count + position]
      let right = keys[other * fields.count + position]
      if left.isMissing || right.isMissing {
        if left.isMissing && right.isMissing { continue }
        return right.isMissing
      }
      if left.precedes(right) { return !field.isDescending }
      if right.precedes(left) { return field.isDescending }
    }
    return one < other
  }

  private func siftUp(_ heap: inout [Int], _ keys: [SortKey]) {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(heap[parent], heap[child], keys) else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private func siftDown(_ heap: inout [Int], _ keys: [SortKey]) {
    var parent = 0
    while true {
      var last = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(heap[last], heap[child], keys) { last = child }
      if last == parent { return }
      heap.swapAt(parent, last)
      parent = last
    }
  }
}
