// `rate_limit`: how many requests a route answers within a time.

import YAMLDocument

enum RateLimitDecoder {
  static let key = Key(
    "rate_limit", .mapping(keys).orNull,
    "How many requests are answered within a time; what comes beyond is answered 429 with Retry-After.")

  private static let keys = KeyTable(
    "rate_limit",
    [
      Key("requests", .integer(1...1_000_000), "Requests that are answered within the time."),
      Key("within", .duration(atMost: .seconds(30 * 86_400)), "The time, from the first request on."),
      Key("per", .text, "What is counted apart, such as \"{{client}}\"; all requests of the route together by default."),
    ], required: ["requests", "within"])

  /// Nil after an error.
  ///
  /// - Parameter scope: of the route, or one without a path in `defaults`.
  static func decode(_ value: SettingsDecoder, scope: TemplateScope) -> RateLimit? {
    guard let mapping = value.mapping(keys, "a mapping such as {requests: 10, within: 1m}") else { return nil }
    let per = mapping.take("per")
    let decodedPer = per.flatMap { PerDecoder.decode($0, scope: scope) }
    _ = mapping.require("requests")
    _ = mapping.require("within")
    let (requests, window) = (mapping.integer("requests"), mapping.duration("within"))
    mapping.finish()
    guard let requests, let window, per == nil || decodedPer != nil else { return nil }
    return RateLimit(requests: requests, window: window, per: decodedPer)
  }
}
