// A collection of JSON objects, each found by its id. A value: what guards it from threads is `SharedCollection`.

package import JSONText

/// Items by id, in the order in which they were added.
package struct ItemCollection: Sendable {
  package let rules: CollectionRules
  package private(set) var items: [CollectionItem] = []
  /// By the spelling of the id as a string of JSON, which is compared by code points.
  private var byID: [JSONValue: CollectionItem] = [:]
  /// Octets of all items as JSON text.
  private var byteCount = 0
  private var lastPlace = 0
  /// The largest whole number that was an id, also of an item that is gone: 0 before there is one.
  private var largestID = 0
  /// Grows with each change.
  package private(set) var version = 0

  package init(rules: CollectionRules) { self.rules = rules }

  /// A collection that does not fit, and the item that is the first not to.
  package struct Misfit: Error, Equatable {
    package let position: Int
    package let error: CollectionError
  }

  package init(rules: CollectionRules, items: [JSONObject]) throws(Misfit) {
    self.rules = rules
    self.items.reserveCapacity(items.count)
    byID.reserveCapacity(items.count)
    for (position, members) in items.enumerated() {
      do throws(CollectionError) {
        try insert(members)
      } catch {
        throw Misfit(position: position, error: error)
      }
    }
  }

  /// The item of an id, by its spelling.
  package subscript(id spelling: String) -> CollectionItem? { byID[.string(spelling)] }

  /// The number that follows the largest id; nil where no number is left that clients can tell from its neighbours.
  package var nextNumber: Int? { largestID < CollectionRules.maxCountedID ? largestID + 1 : nil }

  /// The collection as JSON text: a list, one item a line.
  package var text: [UInt8] {
    var octets: [UInt8] = []
    octets.reserveCapacity(byteCount + items.count * 2 + 4)
    octets += "[\n".utf8
    for (position, item) in items.enumerated() {
      if position > 0 { octets += ",\n".utf8 }
      octets += item.octets
    }
    octets += "\n]\n".utf8
    return octets
  }

  // MARK: Changes

  /// Adds an item at the end. Its id is among its members, and is stored in the collection's type.
  @discardableResult
  package mutating func insert(_ members: JSONObject) throws(CollectionError) -> CollectionItem {
    guard items.count < rules.maxItems else { throw .full(maxItems: rules.maxItems) }
    let (value, spelling) = try rules.id(members[rules.idMember])
    guard byID[.string(spelling)] == nil else { throw .takenID(spelling) }
    var members = members
    members.set(rules.idMember, to: value)
    let item = CollectionItem(id: spelling, members: members, place: lastPlace + 1)
    try grow(by: item.octets.count)
    lastPlace += 1
    items.append(item)
    byID[.string(spelling)] = item
    if case .number(let number) = value, let integer = number.integer, integer <= CollectionRules.maxCountedID {
      largestID = max(largestID, integer)
    }
    return item
  }

  /// Puts other members in the place of an item's, which keeps its id and its place. Members without an id get it, as
  /// the first.
  package mutating func replace(_ item: CollectionItem, with members: JSONObject) throws(CollectionError) -> CollectionItem {
    try check(members, areOf: item)
    guard let position = position(of: item), let id = item.members[rules.idMember] else { return item }
    var members = members
    if members.position(of: rules.idMember) == nil {
      members = JSONObject([(rules.idMember, id)] + members.members.map { ($0.name, $0.value) })
    } else {
      members.set(rules.idMember, to: id)
    }
    let new = CollectionItem(id: item.id, members: members, place: item.place)
    try grow(by: new.octets.count - item.octets.count)
    items[position] = new
    byID[.string(item.id)] = new
    return new
  }

  package mutating func remove(_ item: CollectionItem) {
    guard let position = position(of: item) else { return }
    items.remove(at: position)
    byID[.string(item.id)] = nil
    byteCount -= item.octets.count
    version += 1
  }

  /// Takes the items of another collection.
  package mutating func restore(_ other: ItemCollection) {
    let version = version
    self = other
    self.version = version + 1
  }

  /// Refuses members whose id, where they have one, is not that of the item. Ids are compared by their spelling.
  package func check(_ members: JSONObject, areOf item: CollectionItem) throws(CollectionError) {
    guard let value = members[rules.idMember] else { return }
    let spelling: String? =
      switch value {
      case .string(let text): text
      case .number(let number): number.spelling
      default: nil
      }
    guard let spelling, JSONString.areEqual(spelling, item.id) else {
      throw .differentID(member: rules.idMember, expected: item.id)
    }
  }

  private mutating func grow(by count: Int) throws(CollectionError) {
    guard count <= 0 || byteCount + count <= CollectionRules.maxByteCount else { throw .tooLarge }
    byteCount += count
    version += 1
  }

  /// Found by halving: places grow along the list.
  private func position(of item: CollectionItem) -> Int? {
    var range = items.indices
    while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
      if items[middle].place == item.place { return middle }
      range = items[middle].place < item.place ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }
}
