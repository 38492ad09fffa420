// What one worker counts of one route.
//
//     status classes of answers without an outcome | latency buckets | sums      216 bytes
//     status classes by outcome                                                  480 bytes, once an answer has one

import AsyncHTTPServer
import Synchronization

/// Written by one worker, read by any thread.
final class RouteCounters: Sendable {
  /// Which name of `RouteSlots` is counted; 0 for requests without a route.
  let serial: UInt64
  private let counters: SharedBlock
  private let byOutcome = AtomicLazyReference<SharedBlock>()

  /// Status classes: 0 for an answer that a fault took the place of, then 1xx to 5xx.
  static let classCount = 6
  private static let firstBucket = classCount
  private static let microseconds = firstBucket + LatencyBuckets.count
  private static let sentBytes = microseconds + 1
  private static let receivedBytes = microseconds + 2
  private static let lastUse = microseconds + 3
  private static let size = microseconds + 4

  init(serial: UInt64) {
    self.serial = serial
    counters = SharedBlock(count: Self.size)
  }

  /// Counts a request; on the worker's thread.
  func count(_ figures: AnswerFigures) {
    let column = max(0, min(figures.status / 100, Self.classCount - 1))
    if let outcome = figures.outcome {
      let block = byOutcome.load() ?? byOutcome.storeIfNil(SharedBlock(count: AnswerOutcome.allCases.count * Self.classCount))
      block.block.add(1, to: Int(outcome.rawValue) * Self.classCount + column)
    } else {
      counters.block.add(1, to: column)
    }
    counters.block.add(1, to: Self.firstBucket + LatencyBuckets.index(of: figures.microseconds))
    counters.block.add(Int(truncatingIfNeeded: figures.microseconds), to: Self.microseconds)
    counters.block.add(Int(truncatingIfNeeded: figures.sentBytes), to: Self.sentBytes)
    if figures.receivedBytes != 0 { counters.block.add(Int(truncatingIfNeeded: figures.receivedBytes), to: Self.receivedBytes) }
    counters.block.set(Self.lastUse, to: Int(truncatingIfNeeded: figures.time))
  }

  /// Adds what was counted so far; from any thread.
  func add(to totals: inout RouteTotals) {
    let block = counters
    for column in 0..<Self.classCount { totals.plain[column] &+= block.block.read(column) }
    for bucket in 0..<LatencyBuckets.count { totals.latency.counts[bucket] &+= block.block.read(Self.firstBucket + bucket) }
    totals.microseconds &+= block.block.read(Self.microseconds)
    totals.sentBytes &+= block.block.read(Self.sentBytes)
    totals.receivedBytes &+= block.block.read(Self.receivedBytes)
    totals.lastUse = max(totals.lastUse, block.block.read(Self.lastUse))
    guard let outcomes = byOutcome.load() else { return }
    if totals.byOutcome.isEmpty { totals.byOutcome = [Int](repeating: 0, count: outcomes.block.count) }
    for index in 0..<outcomes.block.count { totals.byOutcome[index] &+= outcomes.block.read(index) }
  }

  /// A block behind a reference. Its counters are atomic, which is what makes it Sendable.
  private final class SharedBlock: @unchecked Sendable {
    let block: CounterBlock
    init(count: Int) { block = CounterBlock(count: count) }
  }
}

/// What was counted of a route, or of several, by all workers.
package struct RouteTotals: Sendable {
  /// By status class, of answers without an outcome.
  fileprivate(set) var plain = [Int](repeating: 0, count: RouteCounters.classCount)
  /// By outcome and status class; empty before the first answer that has an outcome.
  fileprivate(set) var byOutcome: [Int] = []
  package fileprivate(set) var latency = LatencyBuckets()
  /// Of all requests together.
  package fileprivate(set) var microseconds = 0
  /// Of bodies, without framing.
  package fileprivate(set) var sentBytes = 0
  package fileprivate(set) var receivedBytes = 0
  /// Microseconds since 1970; 0 for never.
  package fileprivate(set) var lastUse = 0

  package init() {}

  /// Requests with a status class, 1 to 5, or 0 for none.
  func count(statusClass: Int) -> Int {
    stride(from: statusClass, to: byOutcome.count, by: RouteCounters.classCount).reduce(plain[statusClass]) { $0 &+ byOutcome[$1] }
  }

  /// Requests with an outcome.
  func count(_ outcome: AnswerOutcome) -> Int {
    (0..<RouteCounters.classCount).reduce(0) { $0 &+ count(outcome, statusClass: $1) }
  }

  /// Requests with a status class and an outcome, or without one.
  func count(_ outcome: AnswerOutcome?, statusClass: Int) -> Int {
    guard let outcome else { return plain[statusClass] }
    return byOutcome.isEmpty ? 0 : byOutcome[Int(outcome.rawValue) * RouteCounters.classCount + statusClass]
  }

  /// All requests.
  package var requests: Int { (0..<RouteCounters.classCount).reduce(0) { $0 &+ count(statusClass: $1) } }

  /// Answers of 500 to 599, and those that a fault broke off.
  package var errors: Int { count(statusClass: 0) &+ count(statusClass: 5) }

  static func += (sum: inout RouteTotals, other: RouteTotals) {
    for index in sum.plain.indices { sum.plain[index] &+= other.plain[index] }
    if sum.byOutcome.isEmpty {
      sum.byOutcome = other.byOutcome
    } else {
      for index in other.byOutcome.indices { sum.byOutcome[index] &+= other.byOutcome[index] }
    }
    sum.latency += other.latency
    sum.microseconds &+= other.microseconds
    sum.sentBytes &+= other.sentBytes
    sum.receivedBytes &+= other.receivedBytes
    sum.lastUse = max(sum.lastUse, other.lastUse)
  }
}
