// What a task needs to look at a request again: the view that a route decides by lives no longer than the decision.

package import AsyncHTTPServer
import HTTPCore

/// What the view of a request has beyond the request itself, kept for a task.
package struct KeptRequest: Sendable {
  private let match: RouteMatch
  private let path: [UInt8]
  private let hasEncodedSlash: Bool

  package init(_ values: borrowing RequestValues) {
    match = values.match
    path = values.path.copied
    hasEncodedSlash = values.hasEncodedSlash
  }

  /// Calls `look` with the view of the request that this was made of, whose body it knows only if it is given.
  package func withValues<R>(
    of request: Request, body: RequestBodyState? = nil, _ look: (borrowing RequestValues) -> R
  ) -> R {
    let bytes = request.headBytes
    return look(
      RequestValues(
        head: request.head, path: path.span, bytes: bytes.span, match: match,
        origin: .request(request), body: body ?? (request.head.hasBody ? .unread : .none), hasEncodedSlash: hasEncodedSlash))
  }
}
