// What a resource answers: items with their tags, and problems (RFC 9457).

import HTTPCore
import JSONText

/// What a resource answers a request with, apart from the fields of the route.
struct ResourceReply: Sendable {
  let status: Int
  var fields: [FieldLine] = []
  var body: [UInt8] = []

  static let jsonType = FieldLine("Content-Type", "application/json")

  /// A problem in one sentence.
  static func problem(_ status: Int, _ detail: String, _ fields: [FieldLine] = []) -> ResourceReply {
    let problem = JSONValue.object([
      "title": .string(ReasonPhrase.phrase(for: status)), "status": .number(JSONNumber(status)), "detail": .string(detail),
    ])
    return ResourceReply(
      status: status, fields: fields + [FieldLine("Content-Type", "application/problem+json")], body: JSONWriter.octets(of: problem))
  }

  /// An item with its tag.
  static func item(_ item: CollectionItem, status: Int = 200, _ fields: [FieldLine] = []) -> ResourceReply {
    ResourceReply(status: status, fields: fields + [jsonType, entityTag(of: item.octets).field], body: item.octets)
  }

  /// The strong tag of a representation, told from its octets: the same text has the same tag after a restart.
  static func entityTag(of octets: [UInt8]) -> EntityTag {
    var digest = Fingerprint()
    octets.withUnsafeBytes { digest.add($0) }
    return EntityTag(opaque: String(octets.count, radix: 16) + "-" + String(digest.value, radix: 16))
  }

  /// The answer that conditions make of one with a representation; nil where they let it through.
  static func conditional(_ call: ResourceCall, _ tag: EntityTag) -> ResourceReply? {
    switch call.preconditions.evaluate(isGetOrHead: call.isRead, entityTag: tag, lastModified: nil, now: 0) {
    case .proceed: nil
    case .notModified: ResourceReply(status: 304, fields: [tag.field])
    case .preconditionFailed: problem(412, "it is not in the state that the request expects; its tag is \(tag.text)", [tag.field])
    }
  }
}

extension EntityTag {
  var field: FieldLine { FieldLine("ETag", text) }
}

extension CollectionError {
  var reply: ResourceReply {
    switch self {
    case .missingID, .unusableID: .problem(400, description)
    case .takenID, .differentID: .problem(409, description)
    case .full, .tooLarge: .problem(507, description)
    }
  }
}
