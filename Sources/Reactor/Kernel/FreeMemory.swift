// Memory that is free inside malloc, given back to the kernel. The arenas of threads keep what a crowd of connections
// or a large configuration has used: a small allocation that lives on behind it is enough to pin hundreds of mebibytes
// (mallopt(3), malloc_trim(3)).

import CLinux
import Synchronization

/// One look at malloc's arenas, some time after much was freed, on a thread that may block: an arena is locked for the
/// length of it.
package final class FreeMemory: TimerTarget {
  private static let isDue = Atomic<Bool>(false)
  /// Long enough for what is being torn down to be gone, and for several who ask to be served at once.
  private static let rest: Milliseconds = 1000

  private init() {}

  deinit { Self.isDue.store(false, ordering: .relaxed) }

  /// Gives back what is free a second from now. On the thread of `reactor`.
  package static func giveBackSoon(on reactor: Reactor) {
    guard !isDue.exchange(true, ordering: .relaxed) else { return }
    _ = reactor.setTimer(after: rest, FreeMemory())
  }

  package func timerFired(_ timer: TimerID, on reactor: Reactor) {
    BackgroundThread.run { _ = clinux_trim_heap() }
  }
}
