// The body of a request that changes a resource: one JSON object.

import HTTPCore
import JSONText

/// The object that a body is, or the answer that says why it is not one.
enum ResourceBody: Sendable {
  case object(JSONObject)
  case refused(ResourceReply)

  init(_ values: BodyValues) {
    switch values.json {
    case .object(let object)?: self = .object(object)
    case let value?: self = .refused(.problem(400, "the body is of type \(value.typeName); an item is a JSON object"))
    case nil: self = .refused(Self.refusal(values.jsonError, values.octets))
    }
  }

  private static func refusal(_ error: JSONError?, _ octets: [UInt8]) -> ResourceReply {
    guard octets.contains(where: { $0 > 0x20 }), let error else {
      return .problem(400, "there is no body; an item is a JSON object")
    }
    let before = octets.prefix(error.offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    // Characters of UTF-8 begin with any octet but 10xxxxxx.
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return .problem(400, "the body is not JSON at line \(line), column \(column): \(error.message)")
  }
}
