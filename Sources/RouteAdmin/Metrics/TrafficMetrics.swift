// Counting requests, always: what is hit, with which outcome, how fast. Each worker has its own counters, and those of
// a route are made when the worker first answers for it; a reader adds them up.
//
//   Worker ── requestAnswered ──▶ WorkerTraffic ──▶ RouteCounters, by the slot of the route's name
//   admin listener ── snapshot ──▶ RouteTotals of each route

package import AsyncHTTPServer
import HTTPCore
package import Reactor
import Synchronization

/// The counters of all workers.
package final class TrafficMetrics: RequestObserverSource {
  private let workers = Mutex<[WorkerTraffic]>([])

  package init() {}

  package func makeObserver(on reactor: Reactor) -> any RequestObserver {
    let traffic = WorkerTraffic()
    workers.withLock { $0.append(traffic) }
    return traffic
  }

  /// The counters of this moment. Those of different routes and workers may be a moment apart.
  package var snapshot: TrafficSnapshot { TrafficSnapshot(workers: workers.withLock { $0 }.map(\.counted)) }
}

/// The counters of one worker. What is not behind the lock is confined to the worker's thread, which is what makes it
/// Sendable.
final class WorkerTraffic: RequestCounter, @unchecked Sendable {
  /// What other threads see.
  struct Counted: Sendable {
    /// By slot.
    var routes: [RouteCounters?] = []
    let unrouted: RouteCounters
    /// Of routes whose slot another has now.
    var retired = RouteTotals()
  }

  /// By slot, and kept by `shared`: finding the counters of a route need not count a reference.
  @exclusivity(unchecked) private var routes: [Unmanaged<RouteCounters>?] = []
  private let unrouted: RouteCounters
  private let shared: Mutex<Counted>

  init() {
    let unrouted = RouteCounters(serial: 0)
    self.unrouted = unrouted
    shared = Mutex(Counted(unrouted: unrouted))
  }

  var counted: Counted { shared.withLock { $0 } }

  func requestCounted(_ figures: AnswerFigures, of route: Unmanaged<RouteName>?) {
    guard let route else { return unrouted.count(figures) }
    route._withUnsafeGuaranteedRef { count(figures, $0) }
  }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) { count(answer) }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) { count(answer) }

  private func count(_ answer: AnsweredRequest) {
    let figures = AnswerFigures(answer)
    if let route = answer.route { count(figures, route) } else { unrouted.count(figures) }
  }

  private func count(_ figures: AnswerFigures, _ route: RouteName) {
    if route.slot < routes.count, let borrowed = routes[route.slot] {
      let isOwn = borrowed._withUnsafeGuaranteedRef { counters in
        guard counters.serial == route.serial else { return false }
        counters.count(figures)
        return true
      }
      if isOwn { return }
    }
    begin(route).count(figures)
  }

  /// Counters for a route that is answered for the first time, in place of those of a route that had its slot.
  private func begin(_ route: RouteName) -> RouteCounters {
    let counters = RouteCounters(serial: route.serial)
    shared.withLock { shared in
      while shared.routes.count <= route.slot { shared.routes.append(nil) }
      shared.routes[route.slot]?.add(to: &shared.retired)
      shared.routes[route.slot] = counters
    }
    while routes.count <= route.slot { routes.append(nil) }
    routes[route.slot] = .passUnretained(counters)
    return counters
  }
}

/// The counters of all workers at a moment, added up when asked.
package struct TrafficSnapshot: Sendable {
  let workers: [WorkerTraffic.Counted]

  /// What was counted of a route.
  package func totals(of route: RouteName) -> RouteTotals {
    var totals = RouteTotals()
    for worker in workers {
      guard route.slot < worker.routes.count, let counters = worker.routes[route.slot], counters.serial == route.serial else { continue }
      counters.add(to: &totals)
    }
    return totals
  }

  /// What was counted of requests that no route answered.
  package var unrouted: RouteTotals {
    var totals = RouteTotals()
    for worker in workers { worker.unrouted.add(to: &totals) }
    return totals
  }

  /// What was counted of routes that are no longer there and have lost their slots to others.
  var retired: RouteTotals {
    var totals = RouteTotals()
    for worker in workers { totals += worker.retired }
    return totals
  }

  /// All requests.
  package var all: RouteTotals {
    var totals = unrouted
    for worker in workers {
      totals += worker.retired
      for case let counters? in worker.routes { counters.add(to: &totals) }
    }
    return totals
  }
}
