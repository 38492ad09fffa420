// What a route's memory says of one request, once it is decided that the route answers it.

/// Which of a route's answers a request gets.
package struct Turn: Equatable, Sendable {
  /// Counted from 0 in the order of the file; 0 for a route that has one.
  package let answer: Int
  /// How the route's rate limit stands; nil for a route without one.
  package let rate: RateStanding?

  package init(answer: Int = 0, rate: RateStanding? = nil) {
    self.answer = answer
    self.rate = rate
  }
}

/// How a rate limit stands once a request has been counted.
package struct RateStanding: Equatable, Sendable {
  package let limit: Int
  /// Requests that are still answered before the window ends.
  package let remaining: Int
  /// Milliseconds until the window ends.
  package let resetAfter: Int64
  /// Whether the request is one too many, and is not answered.
  package let isExceeded: Bool
}
