// What the endpoints answer from.

import AsyncHTTPServer
import Reactor

/// The process, and what observers have gathered of its traffic.
package struct AdminContext: Sendable {
  package let source: any AdminSource
  package let traffic: TrafficMetrics
  package let series: TrafficSeries
  /// Nil where the configuration has turned it off.
  package let journal: Journal?

  package init(source: any AdminSource, traffic: TrafficMetrics, series: TrafficSeries, journal: Journal? = nil) {
    self.source = source
    self.traffic = traffic
    self.series = series
    self.journal = journal
  }
}

extension TrafficSeries {
  /// The series of a process. It does not keep the process.
  package convenience init(of source: any AdminSource, _ traffic: TrafficMetrics) {
    self.init { [weak source] in
      let all = traffic.snapshot.all
      return Reading(
        requests: all.requests, errors: all.errors, latency: all.latency, descriptors: ProcessDescriptors.openCount(),
        connections: source?.serverMetrics.openConnections ?? 0)
    }
  }
}
