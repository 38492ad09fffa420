// An error that is an answer.

import HTTPCore

/// An error that a handler throws to answer with a status: `throw HTTPError(.badRequest, "page must be a number")`.
///
/// Thrown before the answer has begun, it becomes a text/plain answer of that status that says the reason. A status of
/// 400 to 499 leaves no line in the error log, since it is the client's mistake; one of 500 to 599 is logged and
/// counted as a failed handler. In the middle of an answer it resets the connection, as any error does.
public struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
  /// 400 to 599 (RFC 9110 §15.5, §15.6). An error with any other status is answered 500, as errors of other types are.
  public var status: HTTPResponse.Status
  /// What the answer says after the status. Control characters in it are shown as escapes; empty, the status stands
  /// alone.
  public var reason: String
  /// Further fields of the answer, such as WWW-Authenticate or Retry-After. Content-Type and what the server writes
  /// itself are left out.
  public var headers: HTTPFields

  /// An error that is answered with `status`, whose body says `reason`.
  public init(_ status: HTTPResponse.Status, _ reason: String = "", headers: HTTPFields = [:]) {
    self.status = status
    self.reason = reason
    self.headers = headers
  }

  /// `400 Bad Request: page must be a number`.
  public var description: String {
    let line = "\(status.code) \(ReasonPhrase.phrase(for: status.code))"
    return reason.isEmpty ? line : line + ": " + reason
  }

  /// Whether it can be answered as what it is.
  var isAnswer: Bool { (400...599).contains(status.code) }

  /// The fields of its answer that are its own to say.
  var answerFields: [FieldLine] {
    headers.compactMap { field in
      if field.name == .contentType || Exchange.isServersOwn(field.name) { return nil }
      return FieldLine(field.name.rawName, field.value)
    }
  }
}

extension Response {
  /// What an error is answered with.
  public init(_ error: HTTPError) {
    var headers = error.headers
    headers[.contentType] = "text/plain; charset=utf-8"
    self.init(error.status, .text(error.description.escapingControlCharacters + "\n"), headers: headers)
  }
}
