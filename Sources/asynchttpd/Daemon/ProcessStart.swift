// What is done before anything else, in this order: nothing that follows may be met by a signal, or open a file as
// descriptor 2.

import Glibc
import Reactor

enum ProcessStart {
  /// Makes the process safe to go on. For every command; `serve` alone leaves the signals blocked.
  static func prepare() {
    try? SignalSource.block(Daemon.signals)
    // What they tell of comes back from write(2) as well: EPIPE where the reader has gone, EFBIG at a limit of size
    // (setrlimit(2)).
    for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    occupyStandardDescriptors()
  }

  /// For a command that has no use for signals but to end.
  static func unblockSignals() { SignalSource.unblock(Daemon.signals) }

  /// Opens /dev/null on those of the three that the process was started without: else what it opens first would have
  /// their numbers, and what is meant for standard error would go there.
  private static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one. Without /dev the root directory holds the place; nothing can be written to
      // it.
      if open("/dev/null", O_RDWR) == -1 { _ = open("/", O_RDONLY) }
    }
  }
}
