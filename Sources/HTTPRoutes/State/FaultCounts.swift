// How often the faults that the configuration asks for have befallen the answers of a route.

import Synchronization

/// The counts of one route's faults. They go on after a reload for as long as the route has the same faults.
package final class FaultCounts: RouteState {
  /// One fault and its count.
  package struct Count: Equatable, Sendable {
    /// As in the log: `5% status 503`.
    package let label: String
    package let hits: Int
  }

  package let route: String
  private let labels: [String]
  private let hits: Mutex<[Int]>

  /// - Parameters:
  ///   - route: the id.
  ///   - labels: one for each fault.
  package init(route: String, labels: [String]) {
    self.route = route
    self.labels = labels
    hits = Mutex(Array(repeating: 0, count: labels.count))
  }

  /// Counts a hit of a fault; the first of those with the label.
  func count(_ label: String) {
    guard let position = labels.firstIndex(of: label) else { return }
    hits.withLock { $0[position] += 1 }
  }

  /// The counts now, in the order of the configuration.
  package var counts: [Count] { zip(labels, hits.withLock { $0 }).map { Count(label: $0, hits: $1) } }
}
