// Numbers that tell things apart.

import Synchronization

/// Numbers of which a process gives each out once.
///
/// These stay with the process rather than with a table's states: what a thread caches, it caches for every table that
/// it serves, related or not, so a number must be unique among all of them. Nothing depends on which number it is.
enum SerialNumber {
  private static let last = Atomic<UInt64>(0)

  /// The next number, from 1. 2^64 of them do not run out.
  static func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}
