// The body of a request that changes a resource: one JSON object.

import AsyncHTTPServer
import HTTPCore
import JSONText
import Reactor

/// The object that a body is, or the answer that says why it is not one.
enum ResourceBody: Sendable {
  case object(JSONObject)
  case refused(ResourceReply)

  /// Reads and parses a body. A long one is parsed in slices, so that others on the same thread are answered in
  /// between. Throws what the body's reader throws.
  nonisolated(nonsending) static func read(_ request: Request) async throws -> ResourceBody {
    let octets = try await request.readBody()
    var parser = JSONParser(octets, limits: BodyValues.limits)
    do throws(JSONError) {
      while true {
        if let value = try parser.run(octets: slice) { return ResourceBody(value) }
        await request.reactor.nextTurn()
      }
    } catch {
      return refusal(error, octets)
    }
  }

  /// Octets that are parsed in one turn of the thread: at most 5 ms.
  private static let slice = 65_536

  /// Takes a body that has been read, or is not there.
  init(_ values: BodyValues) {
    self = values.json.map { ResourceBody($0) } ?? Self.refusal(Self.error(in: values.octets), values.octets)
  }

  private init(_ value: JSONValue) {
    if case .object(let object) = value {
      self = .object(object)
    } else {
      self = .refused(.problem(400, "the body is of type \(value.typeName); an item is a JSON object"))
    }
  }

  private static func error(in octets: [UInt8]) -> JSONError? {
    do throws(JSONError) {
      _ = try JSONValue(parsing: octets, limits: BodyValues.limits)
      return nil
    } catch {
      return error
    }
  }

  private static func refusal(_ error: JSONError?, _ octets: [UInt8]) -> ResourceBody {
    guard octets.contains(where: { $0 > 0x20 }), let error else {
      return .refused(.problem(400, "there is no body; an item is a JSON object"))
    }
    let before = octets.prefix(error.offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    // Characters of UTF-8 begin with any octet but 10xxxxxx.
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return .refused(.problem(400, "the body is not JSON at line \(line), column \(column): \(error.message)"))
  }
}
