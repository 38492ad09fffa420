// The observers of one worker, and what they ask for together.

import Reactor

/// Confined to the thread of its worker.
struct WorkerObservers {
  private var entries: [(source: any RequestObserverSource, observer: any RequestObserver)] = []
  /// In the order of their sources.
  private(set) var all: [any RequestObserver] = []
  /// The only one, where numbers are enough for it.
  var onlyCounter: (any RequestCounter)? { all.count == 1 ? all[0] as? any RequestCounter : nil }
  /// The most octets of a body that any of them asks for.
  private(set) var maxCapturedBytes = 0
  /// Whether any of them wants requests to have ids.
  private(set) var identifiesRequests = false

  /// Has an observer of each source: the one that is there, or a new one. Those of other sources hand over what they
  /// have gathered, and are let go of.
  mutating func use(_ sources: [any RequestObserverSource], on reactor: Reactor) {
    let former = entries
    entries = sources.map { source in
      (source, former.first { $0.source === source }?.observer ?? source.makeObserver(on: reactor))
    }
    for entry in former where !sources.contains(where: { $0 === entry.source }) { entry.observer.flush() }
    all = entries.map(\.observer)
    maxCapturedBytes = all.reduce(0) { max($0, $1.maxCapturedBytes) }
    identifiesRequests = all.contains { $0.wantsRequestIDs }
  }

  /// Has all of them hand over what they have gathered.
  func flush() { for observer in all { observer.flush() } }
}

/// When observed requests begin and end, with one look at the clock for each: one begins when the turn of the loop did,
/// or where the one before it in the same turn ended.
struct RequestClock {
  private var lastEnd: Int64 = 0
  /// The wall clock less the monotonic one, and the second in which that was measured.
  private var offset: Int64 = 0
  private var offsetSecond: Int64 = -1

  /// On the monotonic clock, microseconds.
  ///
  /// - Parameter turn: when the turn began, on the same clock.
  func start(turn: Int64) -> Int64 { max(turn, lastEnd) }

  /// The end of a request: how long it took, and microseconds since 1970.
  ///
  /// - Parameter second: the wall clock's, as the loop has it. Once in each of them the two clocks are compared.
  mutating func end(began: Int64, second: Int64) -> (microseconds: Int64, time: Int64) {
    lastEnd = MonotonicClock.microseconds()
    if offsetSecond != second {
      offsetSecond = second
      offset = WallClock.microseconds() - lastEnd
    }
    return (lastEnd - began, lastEnd + offset)
  }
}
