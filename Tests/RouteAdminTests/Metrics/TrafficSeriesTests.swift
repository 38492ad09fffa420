// A sample a second, for as long as an operator looks.

import Synchronization
import Testing

@testable import RouteAdmin

@Suite struct TrafficSeriesTests {
  /// Counts that the test moves on.
  private final class Source: Sendable {
    let reading = Mutex(TrafficSeries.Reading(requests: 0, errors: 0, latency: LatencyBuckets(), descriptors: 9, connections: 2))
    func add(_ requests: Int, errors: Int, within microseconds: Int64) {
      reading.withLock {
        $0.requests += requests
        $0.errors += errors
        $0.latency.counts[LatencyBuckets.index(of: microseconds)] += requests
      }
    }
  }

  @Test func `a point is what came since the one before it`() {
    let source = Source()
    let series = TrafficSeries { source.reading.withLock { $0 } }
    series.ask(at: 1_000)
    source.add(500, errors: 0, within: 100)
    #expect(series.sample(at: 1_000))
    source.add(100, errors: 3, within: 100)
    #expect(series.sample(at: 2_000))
    #expect(series.sample(at: 3_000))
    let points = series.latest(10)
    #expect(points.map(\.requests) == [100, 0])
    #expect(points.map(\.errors) == [3, 0])
    #expect(points.map(\.median) == [50, nil])
    #expect(points.map(\.milliseconds) == [2_000, 3_000])
    #expect(points.map(\.descriptors) == [9, 9])
  }

  @Test func `no more than ten minutes are kept`() {
    let series = TrafficSeries { .init(requests: 0, errors: 0, latency: LatencyBuckets(), descriptors: nil, connections: 0) }
    for second in 0..<Int64(2_000) {
      series.ask(at: second * 1_000)
      #expect(series.sample(at: second * 1_000))
    }
    #expect(series.latest(5_000).count == TrafficSeries.maxPoints)
    #expect(series.latest(2).map(\.milliseconds) == [1_998_000, 1_999_000])
  }

  @Test func `a minute after the last question it ends, and what was kept goes`() {
    let series = TrafficSeries { .init(requests: 0, errors: 0, latency: LatencyBuckets(), descriptors: nil, connections: 0) }
    #expect(series.ask(at: 0))
    #expect(!series.ask(at: 1_000))
    #expect(series.sample(at: 1_000))
    #expect(series.sample(at: 61_000))
    #expect(series.latest(10).count == 1)
    #expect(!series.sample(at: 61_001))
    #expect(series.latest(10).isEmpty)
    #expect(series.ask(at: 70_000))
  }
}
