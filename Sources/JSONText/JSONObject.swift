// The members of an object: in the order of the text, and found by name at a cost that does not grow with their number.

/// The members of an object, each name once.
///
/// A name that comes again replaces the value that its object has for it, and the member keeps its first place; so does
/// JavaScript.
package struct JSONObject: Sendable {
  package struct Member: Sendable {
    package let name: String
    package fileprivate(set) var value: JSONValue

    package init(name: String, value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// Objects with fewer members are searched from the front.
  private static let minIndexed = 9

  /// In the order of the text.
  package private(set) var members: [Member] = []
  /// An open hash table: in the low half of each slot the member's position + 1, 0 for none, in the high half the upper
  /// bits of its hash. Empty while the object is small; at most three quarters full.
  private var slots: [UInt64] = []

  package init() {}

  package init(_ members: [(name: String, value: JSONValue)]) {
    self.members.reserveCapacity(members.count)
    for (name, value) in members { set(name, to: value) }
  }

  package var count: Int { members.count }
  package var isEmpty: Bool { members.isEmpty }

  /// The value of a member; nil if the object has none of this name.
  package subscript(_ name: String) -> JSONValue? { position(of: name).map { members[$0].value } }

  /// Where in `members` the name stands; nil if it does not.
  package func position(of name: String) -> Int? {
    guard !slots.isEmpty else { return members.firstIndex { JSONString.areEqual($0.name, name) } }
    return position(of: name, Self.hash(name)).position
  }

  /// Replaces a member's value, or adds the member at the end.
  package mutating func set(_ name: String, to value: JSONValue) {
    if slots.isEmpty {
      if let position = members.firstIndex(where: { JSONString.areEqual($0.name, name) }) {
        members[position].value = value
      } else {
        members.append(Member(name: name, value: value))
        if members.count == Self.minIndexed { makeIndex() }
      }
      return
    }
    let hash = Self.hash(name)
    let (position, free) = position(of: name, hash)
    if let position {
      members[position].value = value
      return
    }
    members.append(Member(name: name, value: value))
    slots[free] = Self.slot(hash, members.count)
    if members.count * 4 > slots.count * 3 { enlargeIndex() }
  }

  /// Removes the members for which `isDropped` holds.
  mutating func removeAll(where isDropped: (Member) -> Bool) {
    members.removeAll(where: isDropped)
    slots = []
    if members.count >= Self.minIndexed { makeIndex() }
  }

  /// The member of this name, or the slot that it would take.
  private func position(of name: String, _ hash: UInt32) -> (position: Int?, slot: Int) {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let position = Int(slots[slot] & 0xFFFF_FFFF) - 1
      if slots[slot] >> 32 == UInt64(hash), JSONString.areEqual(members[position].name, name) { return (position, slot) }
      slot = (slot + 1) & mask
    }
    return (nil, slot)
  }

  private mutating func makeIndex() {
    slots = [UInt64](repeating: 0, count: 32)
    while members.count * 4 > slots.count * 3 { slots = [UInt64](repeating: 0, count: slots.count * 2) }
    for (position, member) in members.enumerated() { place(Self.slot(Self.hash(member.name), position + 1)) }
  }

  private mutating func enlargeIndex() {
    let old = slots
    slots = [UInt64](repeating: 0, count: old.count * 2)
    for slot in old where slot != 0 { place(slot) }
  }

  private mutating func place(_ entry: UInt64) {
    let mask = slots.count - 1
    var slot = Int(entry >> 32) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = entry
  }

  private static func slot(_ hash: UInt32, _ number: Int) -> UInt64 { UInt64(hash) << 32 | UInt64(number) }

  /// Seeded by the process, so that a client cannot choose names that collide.
  private static func hash(_ name: String) -> UInt32 {
    var hasher = Hasher()
    JSONString.hash(name, into: &hasher)
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }
}

extension JSONObject: Hashable {
  /// Whether both have the same names with equal values, in whatever order.
  package static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
  }

  package func hash(into hasher: inout Hasher) {
    var sum = 0
    for member in members {
      var one = Hasher()
      JSONString.hash(member.name, into: &one)
      one.combine(member.value)
      sum &+= one.finalize()
    }
    hasher.combine(sum)
  }
}
