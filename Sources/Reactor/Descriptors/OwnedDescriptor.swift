// A file descriptor with one owner.

/// A descriptor that belongs to the holder of this value, and closes with it, errors included.
package struct OwnedDescriptor: ~Copyable, Sendable {
  /// The number the kernel knows it by.
  package let rawValue: Int32

  /// Takes over `rawValue`, which no other owner may close.
  package init(_ rawValue: Int32) { self.rawValue = rawValue }

  deinit { Syscalls.close(rawValue) }

  /// Hands the number to an owner outside of Swift's sight, who must close it.
  package consuming func release() -> Int32 {
    let descriptor = rawValue
    discard self
    return descriptor
  }

  /// Closes now rather than at the end of the scope.
  package consuming func close() {}
}
