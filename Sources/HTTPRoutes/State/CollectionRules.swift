// What all items of a collection have in common, and why a collection refuses an item.

import JSONText

/// What all items of a collection have in common.
package struct CollectionRules: Hashable, Sendable {
  package enum IDType: Hashable, Sendable {
    case number, text, any
  }

  /// The member that names an item.
  package let idMember: String
  /// The type that ids are stored as, however a client spells them.
  package let idType: IDType
  package let maxItems: Int

  /// Octets of the items as JSON text, in all.
  package static let maxByteCount = 32 << 20
  /// Octets of an id.
  package static let maxIDLength = 1_000
  /// The largest number that counts where ids count on: JavaScript tells it from its neighbours.
  static let maxCountedID = 1 << 53 - 1

  package init(idMember: String = "id", idType: IDType = .any, maxItems: Int = 10_000) {
    self.idMember = idMember
    self.idType = idType
    self.maxItems = maxItems
  }

  /// The id that a member's value is, in the type that this collection stores.
  func id(_ value: JSONValue?) throws(CollectionError) -> (value: JSONValue, spelling: String) {
    guard let value else { throw .missingID(member: idMember) }
    switch value {
    case .number(let number):
      return (idType == .text ? .string(number.spelling) : value, try checked(number.spelling))
    case .string(let text):
      guard idType == .number else { return (value, try checked(text)) }
      guard let number = JSONNumber(text) else { throw .unusableID(member: idMember, "it is a text, and the ids here are numbers") }
      return (.number(number), try checked(text))
    case .null, .bool, .array, .object:
      throw .unusableID(member: idMember, "an id is a text or a number, not of type \(value.typeName)")
    }
  }

  /// Refuses what no path can name.
  private func checked(_ spelling: String) throws(CollectionError) -> String {
    if spelling.isEmpty { throw .unusableID(member: idMember, "it is empty") }
    if spelling.utf8.count > Self.maxIDLength { throw .unusableID(member: idMember, "it is longer than \(Self.maxIDLength) octets") }
    if spelling == "." || spelling == ".." || spelling.utf8.contains(0) {
      throw .unusableID(member: idMember, "no path can name it")
    }
    return spelling
  }
}

/// Why a collection refuses a change.
package enum CollectionError: Error, Equatable, CustomStringConvertible {
  case missingID(member: String)
  case unusableID(member: String, String)
  /// The id of an item that is there.
  case takenID(String)
  /// The id of an item is given, and is not that of the item that the change is for.
  case differentID(member: String, expected: String)
  case full(maxItems: Int)
  /// The items would take more than `CollectionRules.maxByteCount`.
  case tooLarge

  package var description: String {
    switch self {
    case .missingID(let member): "there is no \"\(member)\""
    case .unusableID(let member, let reason): "\"\(member)\" cannot be used: \(reason)"
    case .takenID(let id): "there is an item with the id \"\(id.prefix(100))\" already"
    case .differentID(let member, let expected):
      "\"\(member)\" is not \"\(expected.prefix(100))\", the id in the URL; an id does not change"
    case .full(let maxItems): "there are \(maxItems) items already, the most there may be"
    case .tooLarge: "the items would take more than \(CollectionRules.maxByteCount >> 20) MiB"
    }
  }
}
