// Exchanges as the admin interface spells them in JSON.

import HTTPCore
import HTTPRoutes
import JSONText
import Reactor

extension ShownExchange {
  /// One line of the list: no fields, no bodies.
  var summary: JSONValue { summary(with: []) }

  /// The same with further members.
  func summary(with more: [(name: String, value: JSONValue)]) -> JSONValue { .object(JSONObject(summaryMembers + more)) }

  /// The same with both sides of the exchange, and what `more` has.
  func detail(_ more: [(name: String, value: JSONValue)]) -> JSONValue {
    let sides: [(name: String, value: JSONValue)] = [
      ("request", .object(JSONObject(members(of: request, version: ShownOctets.text(version))))),
      ("answer", .object(JSONObject(members(of: answer, version: answerVersion)))),
    ]
    return .object(JSONObject(summaryMembers + sides + more))
  }

  private var summaryMembers: [(name: String, value: JSONValue)] {
    var members: [(name: String, value: JSONValue)] = []
    func add(_ name: String, _ number: Int) { members.append((name, .integer(number))) }
    func add(_ name: String, _ text: String?) { members.append((name, text.map { .string($0) } ?? .null)) }
    add("id", id)
    add("time", time.milliseconds)
    add("method", methodText)
    add("target", targetText)
    add("status", Int(header.status))
    add("duration_us", Int(header.duration))
    add("route", route)
    add("outcome", outcome)
    add("client", clientText)
    add("request_id", requestID.isEmpty ? nil : requestID)
    add("bytes_in", Int(header.receivedBytes))
    add("bytes_out", Int(header.sentBytes))
    members.append(("matched", .bool(isMatched)))
    if let fault { add("fault", fault) }
    if header.isMalformed { members.append(("malformed", .bool(true))) }
    return members
  }

  /// The address, or `unix:` for a peer of the Unix domain.
  var clientText: String { client.map { $0.unixPath == nil ? $0.host : "unix:" } ?? "" }

  private func members(of message: Message, version: String) -> [(name: String, value: JSONValue)] {
    let fields = message.fields.map { JSONValue.array([.string($0.name), .string($0.text)]) }
    let (text, base64) = message.shownBody
    var members: [(name: String, value: JSONValue)] = [("version", .string(version)), ("headers", .array(fields))]
    members.append(("body", text.map { .string($0) } ?? .null))
    if let base64 { members.append(("body_base64", .string(base64))) }
    members.append(("body_cut", .bool(message.bodyIsCut)))
    return members
  }
}

extension ShownExchange.Message {
  /// The body as text where it is text, else in Base64; both nil where none was kept.
  var shownBody: (text: String?, base64: String?) {
    guard !body.isEmpty else { return (nil, nil) }
    var octets = body[...]
    // A cut may fall within a character, of which at most three octets are left then.
    for _ in 0...(bodyIsCut ? 3 : 0) {
      if let text = String(validating: octets, as: UTF8.self), !text.utf8.contains(0) { return (text, nil) }
      octets = octets.dropLast()
    }
    return (nil, Base64.encoded(body))
  }
}

extension RFC3339Time {
  /// `2026-01-15T09:30:00.250Z`.
  var milliseconds: String { JSONTime.text(milliseconds: seconds * 1000 + Int64(nanoseconds) / 1_000_000) }
}
