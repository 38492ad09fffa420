// One item of a collection of JSON objects.

package import JSONText

/// One item of a collection. An item never changes: a change makes another that takes its place, so readers of the old
/// one keep a whole item.
package final class CollectionItem: Sendable {
  /// The spelling of its id: the text, or the number as it was written.
  package let id: String
  package let members: JSONObject
  /// The item as JSON text.
  package let octets: [UInt8]
  /// Grows with each item that is added: the order of the collection.
  let place: Int

  init(id: String, members: JSONObject, place: Int) {
    self.id = id
    self.members = members
    self.place = place
    octets = JSONWriter.octets(of: .object(members))
  }
}
