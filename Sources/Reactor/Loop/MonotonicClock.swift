// The clock that only goes forward, finer than the reactor's own.

import Glibc

package enum MonotonicClock {
  /// Microseconds by CLOCK_MONOTONIC, clock_gettime(2).
  package static func microseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
