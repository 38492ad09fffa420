// The validators that are written into a route's `headers`: what the answer says of itself is what conditions are
// compared with (RFC 9110 section 13.1), whichever method asks.

import AsyncHTTPServer
import HTTPCore

extension ResponderContext {
  /// The ETag among the route's `headers`. Loading lets only tags through.
  var ownEntityTag: EntityTag? { value(ofField: "etag").flatMap { EntityTag($0) } }

  /// The Last-Modified among them, in seconds since 1970.
  ///
  /// - Parameters:
  ///   - now: the time, to place two-digit years.
  func ownLastModified(now: Int64) -> Int64? { value(ofField: "last-modified").flatMap { HTTPDate.parse($0, now: now) } }

  private func value(ofField name: String) -> String? { headers.first { FieldSyntax.equalIgnoringCase($0.name, name) }?.value }
}

/// The validators of a body that has no others.
struct OwnValidators: Sendable {
  private let entityTag: EntityTag?
  private let lastModified: Int64?
  private let notModified: PreparedResponse
  private let preconditionFailed: PreparedResponse

  /// Nil for a route that has none, or answers with a status that conditions are not for.
  init?(status: Int, _ context: ResponderContext) {
    let now = FileContent.clock() / 1_000_000_000
    let (tag, date) = (context.ownEntityTag, context.ownLastModified(now: now))
    guard (200...299).contains(status), tag != nil || date != nil else { return nil }
    entityTag = tag
    lastModified = date
    notModified = PreparedResponse(status: 304, fields: FileResponse.withoutContent(context.fields([])), body: [])
    preconditionFailed = PreparedResponse(
      status: 412,
      fields: FileResponse.withoutContent(context.fields([])) + [FieldLine("Content-Type", "text/plain; charset=utf-8")],
      body: Array("412 Precondition Failed: the answer does not have the state the request expects\n".utf8))
  }

  /// The answer of a condition that does not hold: 304 or 412.
  func answer(_ request: borrowing RequestValues) -> Answer? {
    guard FileResponse.isConditional(request.head) else { return nil }
    let isGetOrHead = request.head.knownMethod == .get || request.isHEAD
    switch Preconditions(request.head, in: request.bytes).evaluate(
      isGetOrHead: isGetOrHead, entityTag: entityTag, lastModified: lastModified, now: request.now)
    {
    case .proceed: return nil
    case .notModified: return .prepared(notModified)
    case .preconditionFailed: return .prepared(preconditionFailed)
    }
  }
}
