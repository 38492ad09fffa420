// The wall clock, finer than the reactor's own, which is a second old at most.

import Glibc

package enum WallClock {
  /// Milliseconds since 1970 by CLOCK_REALTIME, clock_gettime(2).
  package static func milliseconds() -> Int64 { microseconds() / 1000 }

  /// Microseconds since 1970 by the same clock.
  package static func microseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
