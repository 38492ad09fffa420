// What is remembered apart for each client, job or order: values by key, bounded in number and in octets. The least
// recently used one goes first.

import Recordings

/// A bounded map that forgets the least recently used key. A value type, guarded by the lock of its owner.
struct KeyedStore<Value> {
  /// Keys of one store.
  static var maxKeyCount: Int { 10_000 }
  /// Octets of all keys and values of one store.
  static var maxOctetCount: Int { 16 << 20 }

  private struct Entry {
    var key: [UInt8]
    var value: Value
    var cost: Int
    /// Neighbours in the order of use, by position in `entries`; -1 at the ends.
    var newer = -1
    var older = -1
  }

  private let maxCount: Int
  private let maxOctets: Int
  private var positions: [[UInt8]: Int] = [:]
  private var entries: [Entry] = []
  private var newest = -1
  private var oldest = -1
  private(set) var octetCount = 0

  init(maxCount: Int = Self.maxKeyCount, maxOctets: Int = Self.maxOctetCount) {
    self.maxCount = maxCount
    self.maxOctets = maxOctets
  }

  var count: Int { entries.count }

  /// The value of a key, which counts as a use of it.
  mutating func value(of key: [UInt8]) -> Value? {
    guard let position = positions[key] else { return nil }
    unlink(position)
    linkAsNewest(position)
    return entries[position].value
  }

  /// The same, and nothing is noted.
  func peek(_ key: [UInt8]) -> Value? { positions[key].map { entries[$0].value } }

  /// Sets the value of a key and forgets as many others as that takes. The newest stays, however large it is.
  ///
  /// - Parameter octets: what the value takes beside its key.
  mutating func set(_ value: Value, of key: [UInt8], octets: Int = 0) {
    let cost = key.count + octets
    if let position = positions[key] {
      octetCount += cost - entries[position].cost
      entries[position].value = value
      entries[position].cost = cost
      unlink(position)
      linkAsNewest(position)
    } else {
      positions[key] = entries.count
      entries.append(Entry(key: key, value: value, cost: cost))
      octetCount += cost
      linkAsNewest(entries.count - 1)
    }
    while entries.count > 1, entries.count > maxCount || octetCount > maxOctets { remove(oldest) }
  }

  mutating func removeAll() { self = Self(maxCount: maxCount, maxOctets: maxOctets) }

  // MARK: Order of use

  private mutating func linkAsNewest(_ position: Int) {
    entries[position].newer = -1
    entries[position].older = newest
    if newest >= 0 { entries[newest].newer = position } else { oldest = position }
    newest = position
  }

  private mutating func unlink(_ position: Int) {
    let (newer, older) = (entries[position].newer, entries[position].older)
    if newer >= 0 { entries[newer].older = older } else { newest = older }
    if older >= 0 { entries[older].newer = newer } else { oldest = newer }
  }

  private mutating func remove(_ position: Int) {
    unlink(position)
    positions[entries[position].key] = nil
    octetCount -= entries[position].cost
    let last = entries.count - 1
    if position != last {
      // The last entry moves into the gap.
      entries[position] = entries[last]
      let moved = entries[position]
      positions[moved.key] = position
      if moved.newer >= 0 { entries[moved.newer].older = position } else { newest = position }
      if moved.older >= 0 { entries[moved.older].newer = position } else { oldest = position }
    }
    entries.removeLast()
  }
}

/// What is counted apart: the text that `per` comes to for a request.
enum StateKey {
  /// Octets of a key that is kept as it is; of a longer one its digest is kept.
  static let maxLength = 256

  static func key(_ text: [UInt8]) -> [UInt8] {
    text.count <= maxLength ? text : Array("sha256:\(SHA256.hexDigest(of: text))".utf8)
  }
}
