// How many requests a route answers within a time, for each key apart. The window begins with the key's first request,
// and the next one with the first request after its end, so the count is exact and the answer can say when to try
// again.

import Reactor
import Synchronization

/// `rate_limit` of a route.
package struct RateLimit: Hashable, Sendable {
  /// Requests that are answered within one window; at least 1.
  package let requests: Int
  /// The length of a window; at least 1 ms.
  package let window: Duration
  /// What is counted apart; nil counts all requests of the route together.
  package let per: StatePer?

  package init(requests: Int, window: Duration, per: StatePer? = nil) {
    self.requests = requests
    self.window = window
    self.per = per
  }
}

/// The windows of one route.
final class RateLimiter: ResettableState {
  private struct Window {
    let start: Milliseconds
    var count: Int
  }

  private let limit: Int
  private let length: Milliseconds
  private let windows = Mutex(KeyedStore<Window>())

  init(_ limit: RateLimit) {
    self.limit = limit.requests
    length = max(1, limit.window.inMilliseconds)
  }

  /// Counts a request. One that is too many is not counted, so that a client which goes on asking is answered as soon
  /// as the window ends.
  ///
  /// - Parameter now: of a clock that only goes forward. Threads may be apart by some milliseconds.
  func admit(_ key: [UInt8], now: Milliseconds) -> RateStanding {
    windows.withLock { windows in
      var window = current(windows.value(of: key), now)
      let isExceeded = window.count >= limit
      if !isExceeded {
        window.count += 1
        windows.set(window, of: key, octets: MemoryLayout<Window>.size)
      }
      return standing(window, isExceeded: isExceeded, now)
    }
  }

  /// How the limit stands; nothing is counted.
  func peek(_ key: [UInt8], now: Milliseconds) -> RateStanding {
    windows.withLock { windows in
      let window = current(windows.peek(key), now)
      return standing(window, isExceeded: window.count >= limit, now)
    }
  }

  func reset() { windows.withLock { $0.removeAll() } }

  private func current(_ window: Window?, _ now: Milliseconds) -> Window {
    if let window, now < window.start + length { return window }
    return Window(start: now, count: 0)
  }

  private func standing(_ window: Window, isExceeded: Bool, _ now: Milliseconds) -> RateStanding {
    let left = window.start + length - min(now, window.start + length)
    return RateStanding(limit: limit, remaining: limit - window.count, resetAfter: Int64(min(left, length)), isExceeded: isExceeded)
  }
}
