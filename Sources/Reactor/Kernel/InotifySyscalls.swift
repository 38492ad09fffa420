// inotify(7): directories tell of what becomes of the names in them.

import CLinux
import Glibc
package import SystemPackage

/// The events of a directory that are reported, the bits of inotify(7).
package struct DirectoryEvents: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A file that was open for writing was closed.
  package static let written = DirectoryEvents(rawValue: 0x008)
  /// Permissions or times of a file changed.
  package static let attributes = DirectoryEvents(rawValue: 0x004)
  /// A name came, went, or came to mean another file.
  package static let names = DirectoryEvents(rawValue: 0x040 | 0x080 | 0x100 | 0x200)
  /// The directory itself was moved or removed.
  package static let itself = DirectoryEvents(rawValue: 0x400 | 0x800)
  /// The file system is gone, unasked.
  package static let unmounted = DirectoryEvents(rawValue: 0x2000)
  /// The kernel had more to tell than its queue holds, unasked.
  package static let overflow = DirectoryEvents(rawValue: 0x4000)
  /// The watch is over, unasked.
  package static let ended = DirectoryEvents(rawValue: 0x8000)

  /// Fails for what is not a directory; adds to what a directory is watched for already.
  static let onlyDirectories = DirectoryEvents(rawValue: 0x0100_0000)
  static let added = DirectoryEvents(rawValue: 0x2000_0000)
}

/// One event of inotify(7).
package struct DirectoryEvent {
  /// Which directory, as `watchDirectory` numbered it; -1 for an overflow.
  package let watch: Int32
  package let events: DirectoryEvents
  /// Empty where it is about the directory itself.
  package let name: String
}

extension Syscalls {
  /// inotify_init1(2), non-blocking and closed on exec. EMFILE also at /proc/sys/fs/inotify/max_user_instances.
  package static func inotify() throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(try call(.inotify_init1) { clinux_inotify() })
  }

  /// inotify_add_watch(2) of a directory. The same directory has the same number by whatever path. ENOSPC at
  /// /proc/sys/fs/inotify/max_user_watches, ENOENT, ENOTDIR, EACCES.
  package static func watchDirectory(_ inotify: Int32, _ path: String, _ events: DirectoryEvents) throws(Errno) -> Int32 {
    let mask = events.union(.onlyDirectories).union(.added).rawValue
    return try call(.inotify_add_watch) { clinux_inotify_add(inotify, path, mask) }
  }

  /// inotify_rm_watch(2). EINVAL where the watch is over.
  package static func unwatchDirectory(_ inotify: Int32, _ watch: Int32) throws(Errno) {
    _ = try call(.inotify_rm_watch) { clinux_inotify_remove(inotify, watch) }
  }

  /// The events that a read(2) of an inotify descriptor gave: struct inotify_event has a watch, a mask, a cookie and the
  /// length of the name, 32 bits each, and the name padded by NUL.
  package static func directoryEvents(in bytes: UnsafeRawBufferPointer) -> [DirectoryEvent] {
    var events: [DirectoryEvent] = []
    var offset = 0
    while offset + 16 <= bytes.count {
      let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
      let end = min(bytes.count, offset + 16 + length)
      events.append(
        DirectoryEvent(
          watch: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self),
          events: DirectoryEvents(rawValue: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)),
          name: String(decoding: bytes[offset + 16..<end].prefix { $0 != 0 }, as: UTF8.self)))
      offset = end
    }
    return events
  }

  /// readlinkat(2): what a symbolic link says. EINVAL for what is none; a longer text than PATH_MAX is cut.
  package static func linkTarget(_ path: String) throws(Errno) -> String {
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(PATH_MAX))
    defer { buffer.deallocate() }
    let count = try call(.readlinkat) { readlinkat(AT_FDCWD, path, buffer, Int(PATH_MAX)) }
    return String(decoding: UnsafeRawBufferPointer(start: buffer, count: count), as: UTF8.self)
  }
}
