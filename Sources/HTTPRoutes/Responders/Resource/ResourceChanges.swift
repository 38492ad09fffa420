// What clients change in a resource. Each is one change of the collection: whatever happens at the same time comes
// before it or after it.

import HTTPCore
import JSONText

/// Makes the changes that requests ask for.
struct ResourceChanges: Sendable {
  typealias Change = @Sendable (inout ItemCollection) -> ResourceReply

  private let idMember: String
  private let list: ListTemplate

  init(_ options: ResourceOptions) {
    idMember = options.idMember
    list = options.list
  }

  /// The media types of merge patches (RFC 7396 §4, and what clients send).
  static let patchTypes = ["application/merge-patch+json", "application/json"]

  /// 201 with the item; 409 for an id that is there.
  func create(_ new: NewItem, _ call: ResourceCall) -> Change {
    { collection in
      if !call.preconditions.isEmpty {
        let octets = list.octets(collection.items[...], total: collection.items.count, page: 1, limit: nil)
        if let reply = ResourceReply.conditional(call, ResourceReply.entityTag(of: octets)) { return reply }
      }
      do throws(CollectionError) {
        let item = try insert(new, &collection)
        return .item(item, status: 201, [FieldLine("Location", call.path(ofItem: item.id))])
      } catch {
        return error.reply
      }
    }
  }

  private func insert(_ new: NewItem, _ collection: inout ItemCollection) throws(CollectionError) -> CollectionItem {
    if (new.members[idMember] ?? .null) != .null { return try collection.insert(new.members) }
    let others = new.members.members.filter { !JSONString.areEqual($0.name, idMember) }.map { ($0.name, $0.value) }
    guard let id = new.id ?? collection.nextNumber.map({ .number(JSONNumber($0)) }) else {
      throw .unusableID(member: idMember, "no number is left behind the largest; give an id")
    }
    return try collection.insert(JSONObject([(idMember, id)] + others))
  }

  /// 200 with the item; 404 where it is not.
  func replace(_ id: String, with members: JSONObject, _ call: ResourceCall) -> Change {
    changing(id, members, call) { _ in members }
  }

  /// 200 with the item after a merge patch (RFC 7396); 404 where it is not.
  func update(_ id: String, by patch: JSONObject, _ call: ResourceCall) -> Change {
    changing(id, patch, call) { item in
      guard case .object(let members) = JSONValue.object(item.members).merging(.object(patch)) else { return item.members }
      return members
    }
  }

  /// - Parameters:
  ///   - given: what the client has sent: an id in it has to be the item's, so that no patch removes it.
  private func changing(
    _ id: String, _ given: JSONObject, _ call: ResourceCall, _ members: @escaping @Sendable (CollectionItem) -> JSONObject
  ) -> Change {
    { collection in
      guard let item = collection[id: id] else { return Self.missing(id) }
      if let reply = Self.conditional(call, item) { return reply }
      do throws(CollectionError) {
        try collection.check(given, areOf: item)
        return .item(try collection.replace(item, with: members(item)))
      } catch {
        return error.reply
      }
    }
  }

  /// 204; 404 where it is not.
  func delete(_ id: String, _ call: ResourceCall) -> Change {
    { collection in
      guard let item = collection[id: id] else { return Self.missing(id) }
      if let reply = Self.conditional(call, item) { return reply }
      collection.remove(item)
      return ResourceReply(status: 204)
    }
  }

  static func missing(_ id: String) -> ResourceReply { .problem(404, "there is no item with the id \"\(id.prefix(100))\"") }

  private static func conditional(_ call: ResourceCall, _ item: CollectionItem) -> ResourceReply? {
    call.preconditions.isEmpty ? nil : ResourceReply.conditional(call, ResourceReply.entityTag(of: item.octets))
  }
}
