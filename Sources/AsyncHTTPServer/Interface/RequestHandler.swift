// Who answers requests.

package import HTTPCore

/// Answers requests. One value serves all connections of a server at once.
public protocol RequestHandler: Sendable {
  /// Answers one request. Runs where it is called (SE-0461), which is the thread of the request's connection, in a task
  /// that is cancelled when the client goes away, when it takes too long (`ServerConfiguration.handlerTimeout`) and
  /// when the server is closed. While it blocks, other connections of that thread wait.
  ///
  /// An error thrown before anything was sent becomes 500 (its own status for `HTTPError`, 413 for
  /// `ServerError.bodyTooLarge`), and so does a return without an answer; once the answer has begun, both reset the
  /// connection.
  nonisolated(nonsending) func handle(_ request: Request) async throws
}

/// A handler made of a closure.
struct ClosureHandler: RequestHandler {
  let body: nonisolated(nonsending) @Sendable (Request) async throws -> Void

  nonisolated(nonsending) func handle(_ request: Request) async throws { try await body(request) }
}

/// A handler that can answer some requests at once, on the connection's thread, without a task.
package protocol ImmediateRequestHandler: AnyObject, RequestHandler {
  /// Answers through `response` and returns true; or returns false, having touched nothing, and is then asked through
  /// `handle`. Only requests without a body come this way. `bytes` are those of the head, where its offsets point.
  func answerImmediately(_ head: borrowing RequestHead, bytes: Span<UInt8>, _ response: ImmediateResponse) -> Bool

  /// Further fields of an answer that the server gives to this request in the handler's place: 408, 413, 500 and their
  /// kin.
  func fieldsOfServerAnswer(to head: borrowing RequestHead, bytes: Span<UInt8>) -> [FieldLine]
}
