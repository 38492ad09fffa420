// Durations in buckets, and what quantiles they come to.

import Testing

@testable import RouteAdmin

@Suite struct LatencyBucketsTests {
  private func buckets(_ durations: [Int64: Int]) -> LatencyBuckets {
    var buckets = LatencyBuckets()
    for (duration, count) in durations { buckets.counts[LatencyBuckets.index(of: duration)] += count }
    return buckets
  }

  @Test func `a bound belongs to the bucket below it`() {
    #expect(LatencyBuckets.index(of: 0) == 0)
    #expect(LatencyBuckets.index(of: 100) == 0)
    #expect(LatencyBuckets.index(of: 101) == 1)
    #expect(LatencyBuckets.index(of: 10_000_000) == 15)
    #expect(LatencyBuckets.index(of: 10_000_001) == 16)
    #expect(LatencyBuckets.index(of: .max) == 16)
    #expect(LatencyBuckets.bounds == LatencyBuckets.bounds.sorted())
  }

  @Test func `a quantile lies in the bucket that has its request`() {
    #expect(buckets([:]).quantile(0.5) == nil)
    #expect(buckets([80: 1]).quantile(0.5) == 100)
    #expect(buckets([80: 100]).quantile(0.5) == 50)
    #expect(buckets([80: 98, 400_000: 2]).quantile(0.99) == 375_000)
    #expect(buckets([80: 1, 60_000_000: 99]).quantile(0.99) == 10_000_000)
  }

  @Test func `what came since a moment is told apart`() {
    let (before, after) = (buckets([80: 5]), buckets([80: 7, 2_000: 1]))
    #expect(after.since(before) == buckets([80: 2, 2_000: 1]))
  }
}
