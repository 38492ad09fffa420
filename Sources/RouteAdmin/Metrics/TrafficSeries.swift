// The last minutes second by second, for plots. Samples are taken from the moment that an operator first asks, until a
// minute after the last question: without a reader it costs nothing.

package import Reactor
import Synchronization

/// A ring of one sample a second.
package final class TrafficSeries: Sendable {
  /// What happened in a second, and what there was at its end.
  package struct Point: Sendable, Equatable {
    /// Milliseconds since 1970.
    package let milliseconds: Int64
    package let requests: Int
    package let errors: Int
    /// Microseconds; nil without requests.
    package let median: Int?
    package let percentile99: Int?
    package let descriptors: Int?
    package let connections: Int
  }

  /// Counts of a moment.
  package struct Reading: Sendable {
    package var requests: Int
    package var errors: Int
    package var latency: LatencyBuckets
    package var descriptors: Int?
    package var connections: Int

    package init(requests: Int, errors: Int, latency: LatencyBuckets, descriptors: Int?, connections: Int) {
      self.requests = requests
      self.errors = errors
      self.latency = latency
      self.descriptors = descriptors
      self.connections = connections
    }
  }

  /// Seconds that are kept.
  package static let maxPoints = 600
  private static let interval: Milliseconds = 1_000
  /// How long samples are taken after the last question.
  private static let patience: Int64 = 60_000

  private struct State {
    /// The latest last; the oldest is dropped when there are twice as many as are kept.
    var points: [Point] = []
    var last: Reading?
    var isRunning = false
    var lastQuestion: Int64 = 0
  }

  private let state = Mutex(State())
  private let read: @Sendable () -> Reading

  /// - Parameter read: the counts of the moment, from any thread.
  package init(read: @escaping @Sendable () -> Reading) { self.read = read }

  /// The points of the last seconds, the latest last. Begins to take samples on `reactor` where none are taken.
  package func points(seconds: Int, on reactor: Reactor) -> [Point] {
    let now = WallClock.milliseconds()
    if ask(at: now) {
      _ = sample(at: now)
      Task(executorPreference: reactor) { [weak self] in
        while (try? await reactor.sleep(milliseconds: Self.interval)) != nil, self?.sample(at: WallClock.milliseconds()) == true {}
      }
    }
    return latest(seconds)
  }

  /// Notes that an operator looks. Whether samples are to be taken from now on.
  @discardableResult
  func ask(at now: Int64) -> Bool {
    state.withLock { state in
      state.lastQuestion = now
      if state.isRunning { return false }
      state = State(last: nil, isRunning: true, lastQuestion: now)
      return true
    }
  }

  /// The last points, the latest last.
  func latest(_ count: Int) -> [Point] { state.withLock { Array($0.points.suffix(max(0, min(count, Self.maxPoints)))) } }

  /// Takes a sample; false, and no more are taken, a minute after the last question. The first one has no point: it is
  /// what the next is compared with.
  func sample(at now: Int64) -> Bool {
    let reading = read()
    return state.withLock { state in
      guard now - state.lastQuestion <= Self.patience else {
        state = State()
        return false
      }
      if let last = state.last { state.points.append(Point(at: now, from: last, to: reading)) }
      if state.points.count >= 2 * Self.maxPoints { state.points.removeFirst(Self.maxPoints) }
      state.last = reading
      return true
    }
  }
}

extension TrafficSeries.Point {
  fileprivate init(at now: Int64, from last: TrafficSeries.Reading, to reading: TrafficSeries.Reading) {
    let latency = reading.latency.since(last.latency)
    self.init(
      milliseconds: now, requests: max(0, reading.requests - last.requests), errors: max(0, reading.errors - last.errors),
      median: latency.quantile(0.5), percentile99: latency.quantile(0.99), descriptors: reading.descriptors,
      connections: reading.connections)
  }
}
