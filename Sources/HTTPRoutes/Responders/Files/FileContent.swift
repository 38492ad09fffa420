// Reading a small file whole, and knowing that what was read is one state of it and not half of two.

import Reactor
import SystemPackage

enum FileContent {
  /// The bytes at `offset`, fewer where the file ends before. EIO, EISDIR.
  static func read(_ descriptor: Int32, at offset: Int64 = 0, count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    let failure = bytes.withUnsafeMutableBytes { buffer -> Errno? in
      while filled < count {
        do throws(Errno) {
          let target = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
          let got = try Syscalls.read(descriptor, at: offset + Int64(filled), into: target)
          if got == 0 { return nil }
          filled += got
        } catch {
          return error
        }
      }
      return nil
    }
    if let failure { throw failure }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// How often a file that changes while it is read is read again before it is sent from disk instead.
  private static let maxAttempts = 4

  /// The whole of a file of at most `limit` bytes, and its status at that time; no bytes for a file that is larger, or
  /// does not keep still.
  static func readWhole(_ descriptor: Int32, limit: Int64) throws(Errno) -> (status: FileStatus, bytes: [UInt8]?) {
    var status = try Syscalls.status(descriptor)
    for _ in 0..<maxAttempts where status.kind == .regular && status.size <= limit {
      let bytes = try read(descriptor, count: Int(status.size))
      let after = try Syscalls.status(descriptor)
      if after == status, Int64(bytes.count) == status.size { return (status, bytes) }
      status = after
    }
    return (status, nil)
  }

  /// Nanoseconds since 1970 by the clock that stamps files.
  static func clock() -> Int64 { FileClock.now() }

  /// Whether a change after `clock` is sure to show in the file's times. Times have the grain of the kernel's tick, at
  /// most 10 ms, so a file that has just changed may change again without a trace. Some file systems keep whole seconds
  /// or two; their times show it.
  static func isSettled(_ status: FileStatus, at clock: Int64) -> Bool {
    let hasWholeSeconds = status.changeNanoseconds % 1_000_000_000 == 0
    return clock - status.changeNanoseconds > (hasWholeSeconds ? 2_000_000_000 : 20_000_000)
  }
}
