// The pairs of a mapping while it is read: no key twice, and a merge key's pairs where the merge key stands, but for
// those that the mapping gives itself.

/// Collects the pairs of one mapping.
struct MappingKeys {
  private var pairs: [YAMLPair] = []
  private var merged: [YAMLPair] = []
  private var mergeIndex = 0
  /// Where the merge key stands, if there is one.
  private(set) var mergeSpan: SourceSpan?
  /// Positions by key, once there are so many that looking at each in turn would be the slower way.
  private var index: [String: Int]?

  /// Adds a pair, or returns where its key was first given.
  mutating func add(_ pair: YAMLPair) -> SourceSpan? {
    if let first = position(of: pair.key.text) { return pairs[first].keySpan }
    if index == nil, pairs.count == 16 {
      index = Dictionary(uniqueKeysWithValues: pairs.enumerated().map { ($1.key.text, $0) })
    }
    index?[pair.key.text] = pairs.count
    if pairs.isEmpty { pairs.reserveCapacity(4) }
    pairs.append(pair)
    return nil
  }

  /// Remembers the pairs of the merge key at `span`.
  mutating func merge(_ pairs: [YAMLPair], at span: SourceSpan) {
    merged = pairs
    mergeIndex = self.pairs.count
    mergeSpan = span
  }

  /// All pairs in order.
  consuming func resolved() -> [YAMLPair] {
    guard !merged.isEmpty else { return pairs }
    let added = merged.filter { position(of: $0.key.text) == nil }
    pairs.insert(contentsOf: added, at: mergeIndex)
    return pairs
  }

  private func position(of key: String) -> Int? {
    if let index { return index[key] }
    return pairs.firstIndex { $0.key.text == key }
  }
}
