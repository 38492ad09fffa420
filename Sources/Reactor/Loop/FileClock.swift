// The clock that stamps files.

import CLinux
import Glibc

package enum FileClock {
  /// Nanoseconds since 1970 by CLOCK_REALTIME_COARSE, clock_gettime(2): what the kernel writes into a file's times.
  package static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
