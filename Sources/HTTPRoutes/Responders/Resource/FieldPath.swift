// Where in an item a field is: `name`, or `author.name` and `tags.0` for what is nested.

import JSONText

/// The path of a field.
struct FieldPath: Sendable, Equatable {
  /// As it was written. An item that has a member of this very name has the field there.
  let name: String
  /// The name at its points; empty without one.
  private let segments: [String]

  init(_ name: String) {
    self.name = name
    segments = name.utf8.contains(UInt8(ascii: ".")) ? name.split(separator: ".", omittingEmptySubsequences: false).map(String.init) : []
  }

  /// The field's value; nil where the item has none.
  ///
  /// - Parameters:
  ///   - hint: where the item before this had it: items mostly have the same members in the same order.
  func value(in object: JSONObject, hint: inout Int) -> JSONValue? {
    let members = object.members
    if hint < members.count, JSONString.areEqual(members[hint].name, name) { return members[hint].value }
    if let position = object.position(of: name) {
      hint = position
      return members[position].value
    }
    guard let first = segments.first, var value = object[first] else { return nil }
    for segment in segments.dropFirst() {
      guard let next = value[segment] ?? Int(segment).flatMap({ value[$0] }) else { return nil }
      value = next
    }
    return value
  }
}
