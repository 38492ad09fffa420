// One exchange as an entry of an HTTP archive. Members that HAR 1.2 does not have begin with an underscore, as it asks
// for.

import HTTPCore
import HTTPRoutes
import JSONText

enum HAREntry {
  static func value(of shown: ShownExchange) -> JSONValue {
    let milliseconds = JSONNumber("\(shown.header.duration / 1000).\(digits(shown.header.duration % 1000))") ?? JSONNumber(0)
    return .object([
      "startedDateTime": .string(shown.time.milliseconds), "time": .number(milliseconds), "request": request(shown),
      "response": response(shown), "cache": .object([:]),
      "timings": .object(["send": .integer(0), "wait": .number(milliseconds), "receive": .integer(0)]),
      "_id": .integer(shown.id), "_route": shown.route.map { .string($0) } ?? .null,
      "_outcome": shown.outcome.map { .string($0) } ?? .null, "_client": .string(shown.clientText),
      "_request_id": .string(shown.requestID),
    ])
  }

  /// Three digits of microseconds.
  private static func digits(_ microseconds: Int64) -> String {
    let text = String(max(0, microseconds))
    return String(repeating: "0", count: max(0, 3 - text.utf8.count)) + text
  }

  private static func request(_ shown: ShownExchange) -> JSONValue {
    let query = shown.target.firstIndex(of: UInt8(ascii: "?")).map { Array(shown.target[($0 + 1)...]) } ?? []
    var request = JSONObject([
      ("method", .string(shown.methodText)), ("url", .string(url(shown))), ("httpVersion", .string(ShownOctets.text(shown.version))),
      ("cookies", .array(cookies(of: shown.request, "cookie"))), ("headers", headers(shown.request)),
      ("queryString", .array(QueryParameters(query.span).spelledPairs.map { pair($0.name, $0.value) })),
      ("headersSize", .integer(Int(shown.header.headSize))), ("bodySize", .integer(Int(shown.header.receivedBytes))),
    ])
    if shown.header.receivedBytes > 0 { request.set("postData", to: postData(shown.request)) }
    return .object(request)
  }

  /// A whole URL, as the format wants; the scheme is that of this server.
  private static func url(_ shown: ShownExchange) -> String {
    let target = shown.targetText
    guard target.hasPrefix("/") || target == "*" else { return target }
    return "http://\(shown.request.value("host") ?? "localhost")\(target == "*" ? "" : target)"
  }

  private static func postData(_ message: ShownExchange.Message) -> JSONValue {
    let type = message.value("content-type") ?? ""
    let (text, base64) = message.shownBody
    var data = JSONObject([("mimeType", .string(type)), ("text", .string(text ?? base64 ?? ""))])
    if base64 != nil { data.set("_encoding", to: .string("base64")) }
    if message.bodyIsCut { data.set("_cut", to: .bool(true)) }
    return .object(data)
  }

  private static func response(_ shown: ShownExchange) -> JSONValue {
    let message = shown.answer
    let (text, base64) = message.shownBody
    var content = JSONObject([
      ("size", .integer(Int(shown.header.sentBytes))), ("mimeType", .string(message.value("content-type") ?? "")),
    ])
    if let body = text ?? base64 { content.set("text", to: .string(body)) }
    if base64 != nil { content.set("encoding", to: .string("base64")) }
    if message.bodyIsCut { content.set("_cut", to: .bool(true)) }
    return .object([
      "status": .integer(Int(shown.header.status)), "statusText": .string(shown.reason),
      "httpVersion": .string(shown.answerVersion), "cookies": .array(cookies(of: message, "set-cookie")), "headers": headers(message),
      "content": .object(content), "redirectURL": .string(message.value("location") ?? ""),
      "headersSize": .integer(Int(shown.header.answerHeadSize)), "bodySize": .integer(Int(shown.header.sentBytes)),
    ])
  }

  private static func headers(_ message: ShownExchange.Message) -> JSONValue {
    .array(message.fields.map { pair($0.name, $0.text) })
  }

  private static func pair(_ name: String, _ value: String) -> JSONValue {
    .object(["name": .string(ObsText.escaped(name)), "value": .string(ObsText.escaped(value))])
  }

  /// The cookies of Cookie, or the first pair of each Set-Cookie.
  private static func cookies(of message: ShownExchange.Message, _ field: String) -> [JSONValue] {
    var cookies: [JSONValue] = []
    for line in message.fields where FieldSyntax.equalIgnoringCase(line.name, field) {
      let value = line.value
      Cookies.forEach(in: value.span) { name, text in
        let octets = Array(value[text])
        cookies.append(pair(name.map { ObsText.text(value[$0]) } ?? "", ObsText.text(octets)))
        return field == "cookie"
      }
    }
    return cookies
  }
}
