// What the journal's answers look like, for the OpenAPI document.

enum JournalShapes {
  private static let entryMembers: [AdminShape.Member] = [
    .init("id", .integer), .init("time", .time), .init("method", .string), .init("target", .string), .init("status", .integer),
    .init("duration_us", .integer), .init("route", .nullable(.string)), .init("outcome", .nullable(.string)), .init("client", .string),
    .init("request_id", .nullable(.string)), .init("bytes_in", .integer), .init("bytes_out", .integer), .init("matched", .boolean),
  ]

  /// An entry as the list has it. `malformed` is there, and true, for octets that could not be read as a request.
  static let entry = AdminShape.object(entryMembers, optional: [.init("fault", .string), .init("malformed", .boolean)])

  static let page = AdminShape.object([.init("entries", .array(of: entry)), .init("lost", .integer)])

  private static let message = AdminShape.object(
    [
      .init("version", .string), .init("headers", .array(of: .array(of: .string))), .init("body", .nullable(.string)),
      .init("body_cut", .boolean),
    ], optional: [.init("body_base64", .string)])

  /// One part of what a request was compared with.
  static let parts = AdminShape.array(
    of: .object(
      [
        .init("ok", .boolean), .init("name", .string), .init("expected", .nullable(.string)), .init("found", .nullable(.string)),
      ], optional: [.init("hint", .string)]))

  static let nearMiss = AdminShape.object([
    .init("route", .string), .init("file", .string), .init("line", .integer), .init("column", .integer),
    .init("parts", parts), .init("yaml", .nullable(.string)),
  ])

  /// One entry with both sides. `answered_now_by` names the route that would answer the request now.
  static let detail = AdminShape.object(
    entryMembers + [.init("request", message), .init("answer", message), .init("near_misses", .array(of: nearMiss))],
    optional: [.init("fault", .string), .init("malformed", .boolean), .init("answered_now_by", .string)])

  static let count = AdminShape.object([.init("count", .integer), .init("lost", .integer)])

  private static let condition: [AdminShape.Member] = [
    .init("path", .string), .init("method", .string), .init("methods", .anything), .init("when", .anything),
  ]

  /// A question in the language of routes.
  static let question = AdminShape.object([], optional: condition)
  static let verification = AdminShape.object([], optional: condition + [.init("times", .anything)])

  static let verified = AdminShape.object([.init("verified", .boolean), .init("count", .integer), .init("lost", .integer)])

  /// An entry that nearly fits, and what of it does not.
  static let nearest = AdminShape.object(
    entryMembers + [.init("parts", parts)], optional: [.init("fault", .string), .init("malformed", .boolean)])

  static let refuted = AdminShape.object([
    .init("verified", .boolean), .init("count", .integer), .init("lost", .integer), .init("expected", .string),
    .init("nearest", .array(of: nearest)), .init("fitting", .array(of: entry)),
  ])

  static let unmatched = AdminShape.object([
    .init(
      "unmatched",
      .array(
        of: .object([
          .init("method", .string), .init("path", .string), .init("count", .integer), .init("last", .time), .init("last_id", .integer),
          .init("status", .integer), .init("nearest", .nullable(nearMiss)),
        ]))), .init("lost", .integer),
  ])
}
