// The buckets that durations are counted in: fixed, so that counters of workers, routes and moments can be added.

/// How many requests took how long.
package struct LatencyBuckets: Equatable, Sendable {
  /// The upper bounds in microseconds, each with those of its bucket that took just so long; what is above the last has
  /// a bucket of its own.
  package static let bounds = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
  ]
  /// Buckets, the one without a bound among them.
  package static let count = bounds.count + 1

  /// Requests by bucket.
  package var counts = [Int](repeating: 0, count: Self.count)

  package init() {}

  /// The bucket of a duration.
  static func index(of microseconds: Int64) -> Int {
    var index = 0
    while index < bounds.count, microseconds > Int64(bounds[index]) { index += 1 }
    return index
  }

  /// All requests.
  package var total: Int { counts.reduce(0, &+) }

  /// The duration, in microseconds, within which a share of the requests was answered: within a bucket they count as
  /// spread evenly, and above the last bound as that bound. Nil without requests.
  ///
  /// - Parameter share: 0 to 1.
  package func quantile(_ share: Double) -> Int? {
    let total = total
    guard total > 0 else { return nil }
    let rank = max(1, share * Double(total))
    var below = 0.0
    for (index, count) in counts.enumerated() where count > 0 {
      let reached = below + Double(count)
      if reached >= rank {
        guard index < Self.bounds.count else { break }
        let lower = index == 0 ? 0 : Double(Self.bounds[index - 1])
        return Int(lower + (Double(Self.bounds[index]) - lower) * (rank - below) / Double(count))
      }
      below = reached
    }
    return Self.bounds[Self.bounds.count - 1]
  }

  static func += (sum: inout LatencyBuckets, other: LatencyBuckets) {
    for index in sum.counts.indices { sum.counts[index] &+= other.counts[index] }
  }

  /// What came since `earlier`.
  func since(_ earlier: LatencyBuckets) -> LatencyBuckets {
    var difference = self
    for index in counts.indices { difference.counts[index] = max(0, counts[index] &- earlier.counts[index]) }
    return difference
  }
}
