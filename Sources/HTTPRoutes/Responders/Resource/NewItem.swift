// What a request to create an item comes to, before the collection is asked: templates are filled with the request.

import HTTPCore
import JSONText

/// An item that shall be added.
struct NewItem: Sendable {
  /// Those of the body, and those of `defaults` that it lacks.
  var members: JSONObject
  /// The id where `members` has none; nil where the collection counts on.
  var id: JSONValue?

  /// Throws where a template makes no value.
  init(
    _ members: JSONObject, _ options: ResourceOptions, _ run: inout TemplateRun, for request: borrowing RequestValues
  ) throws(TemplateFailure) {
    self.members = members
    for member in options.defaults where members.position(of: member.name) == nil {
      self.members.set(member.name, to: try member.value.value(for: request, &run))
    }
    if options.countsIDs || (self.members[options.idMember] ?? .null) != .null { return }
    if case .template(let template) = options.newID {
      id = .string(try template.text(for: request, &run) ?? "")
    } else {
      var octets: [UInt8] = []
      run.appendUUID(to: &octets)
      id = .string(String(decoding: octets, as: UTF8.self))
    }
  }
}
