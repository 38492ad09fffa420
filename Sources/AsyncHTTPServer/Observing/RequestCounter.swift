// Counting answers by numbers alone: what is always done must cost next to nothing.

/// An observer that needs the numbers of an answer alone. Where it is the only one, an answer that is given at once is
/// told to it by `requestCounted` in place of `requestAnswered`: no value is copied for it, and no reference counted.
package protocol RequestCounter: RequestObserver {
  /// A request was answered at once; `route` lives as long as the call.
  func requestCounted(_ figures: AnswerFigures, of route: Unmanaged<RouteName>?)
}

/// The numbers of an answer, as `AnsweredRequest` has them.
package struct AnswerFigures: Sendable {
  package let status: Int
  package let outcome: AnswerOutcome?
  package let microseconds: Int64
  package let time: Int64
  package let sentBytes: Int64
  package let receivedBytes: Int64

  package init(
    status: Int, outcome: AnswerOutcome?, microseconds: Int64, time: Int64, sentBytes: Int64, receivedBytes: Int64
  ) {
    self.status = status
    self.outcome = outcome
    self.microseconds = microseconds
    self.time = time
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
  }

  /// Those of an answered request.
  package init(_ answer: AnsweredRequest) {
    self.init(
      status: answer.status, outcome: answer.outcome, microseconds: answer.microseconds, time: answer.time,
      sentBytes: answer.sentBytes, receivedBytes: answer.receivedBytes)
  }
}
