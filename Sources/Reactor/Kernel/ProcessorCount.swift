// How many threads can run at once.

import CLinux
import Glibc

package enum ProcessorCount {
  /// The processors this process may run on, sched_getaffinity(2); at least 1.
  package static var available: Int { max(1, Int(clinux_available_processors())) }
}
