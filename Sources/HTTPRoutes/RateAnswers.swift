// What a rate limit says to clients: the fields of every answer, and the answer to a request that is one too many.

import AsyncHTTPServer
import HTTPCore

extension RateStanding {
  /// Whole seconds until the window ends, at least 1.
  private var resetSeconds: Int64 { max(1, (resetAfter + 999) / 1000) }

  /// The fields of draft-ietf-httpapi-ratelimit-headers, versions 00 to 06, which clients know.
  var fields: [FieldLine] {
    [
      FieldLine("RateLimit-Limit", String(limit)), FieldLine("RateLimit-Remaining", String(remaining)),
      FieldLine("RateLimit-Reset", String(resetSeconds)),
    ]
  }

  /// RFC 6585 section 4.
  fileprivate var refusal: Answer {
    let seconds = String(resetSeconds)
    return RouteTable.plain(
      429, "this route has answered all \(limit) requests of its rate limit; try again in \(seconds) s",
      [FieldLine("Retry-After", seconds)])
  }
}

extension Turn {
  /// The answer to a request that is one too many for the route's rate limit; nil for any other.
  var refusal: Answer? { rate.flatMap { $0.isExceeded ? $0.refusal : nil } }
}
