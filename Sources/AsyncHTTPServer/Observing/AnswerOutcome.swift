// How an answer came about, in one word.

/// How an answer came about. The raw values number the cases from 0 on, for counters.
package enum AnswerOutcome: UInt8, CaseIterable, Sendable, CustomStringConvertible {
  /// From a recording that was there.
  case recorded
  /// From the upstream, and recorded now.
  case fetched
  /// From the upstream, in place of a recording that was too old.
  case refreshed
  /// From a recording that is too old, since the upstream failed.
  case stale
  /// Nothing is recorded, and there is no upstream to ask.
  case missed
  /// The upstream failed, and nothing is recorded.
  case failed
  /// From the upstream, and not recorded.
  case passed
  /// Spoilt on purpose, or replaced by a fault's own answer.
  case fault
  /// Refused by a route's rate limit.
  case limited
  /// No route fitted the request, by path, method or condition.
  case unmatched

  package var description: String {
    switch self {
    case .recorded: "recorded"
    case .fetched: "fetched"
    case .refreshed: "refreshed"
    case .stale: "stale"
    case .missed: "missed"
    case .failed: "failed"
    case .passed: "passed"
    case .fault: "fault"
    case .limited: "limited"
    case .unmatched: "unmatched"
    }
  }
}
