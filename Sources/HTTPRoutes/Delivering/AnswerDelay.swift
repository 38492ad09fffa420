// How long an answer waits before its head: always as long, drawn at random for each request, or as the request says.

import Glibc

/// A delay as the configuration has it.
package enum AnswerDelay: Equatable, Sendable {
  /// Always as long.
  case fixed(Duration)
  /// Each duration of the range is equally likely.
  case between(ClosedRange<Duration>)
  /// Log-normal, as the latency of real servers is: half of all answers take less than the median, and one of a hundred
  /// longer than `p99`, which is not below the median. Both are above zero. Cut at `longest`.
  case logNormal(median: Duration, p99: Duration)
  /// A duration such as `80ms` that a request has a say in.
  case template(Template)
  /// As long as the upstream took for the recording that answers; not at all where there is none.
  case recorded

  /// No client waits longer than an hour for a stub, and a mistake in the unit should not hold connections for days.
  package static let longest = Duration.seconds(3600)

  /// A delay of this distribution; nil where the request or its recording decides.
  package func drawn(from numbers: some NumberSource) -> Duration? {
    switch self {
    case .fixed(let duration): duration
    case .between(let range):
      range.lowerBound + .seconds((range.upperBound - range.lowerBound).inSeconds * numbers.fraction())
    case .logNormal(let median, let p99): Self.logNormal(median: median, p99: p99, numbers)
    case .template, .recorded: nil
    }
  }

  /// The standard normal distribution has 99 % of its values below this.
  private static let quantileOf99 = 2.326_347_874_040_841

  private static func logNormal(median: Duration, p99: Duration, _ numbers: some NumberSource) -> Duration {
    // A normal number from two uniform ones (Box and Muller 1958). The first is above zero, so that its logarithm is
    // finite.
    let radius = (-2 * log(1 - numbers.fraction())).squareRoot()
    let normal = radius * cos(2 * Double.pi * numbers.fraction())
    let spread = log(p99.inSeconds / median.inSeconds) / quantileOf99
    // The comparison is false for a number that is not one.
    let seconds = median.inSeconds * exp(spread * normal)
    return seconds < longest.inSeconds ? .seconds(seconds) : longest
  }

  /// As a reload and `explain` show it: `80ms`, `50ms…200ms`.
  package var spelling: String {
    switch self {
    case .fixed(let duration): duration.spelling
    case .between(let range): "\(range.lowerBound.spelling)…\(range.upperBound.spelling)"
    case .logNormal(let median, let p99): "median \(median.spelling), p99 \(p99.spelling)"
    case .template(let template): template.shown
    case .recorded: "recorded"
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
