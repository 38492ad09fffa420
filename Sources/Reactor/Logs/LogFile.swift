// A log's file, opened so that nothing waits for its reader.

import CLinux
import Glibc
package import SystemPackage

package enum LogFile {
  /// Opens a path for appending, and creates a file if need be. The descriptor does not block: a FIFO without a reader,
  /// a pipe or a terminal that takes nothing answer EAGAIN. The caller owns it.
  ///
  /// Throws the errno of open(2), and that of fchmod(2); ENXIO for a socket, and for a FIFO without a reader that this
  /// user may not read either.
  ///
  /// - Parameter mode: that of a file which is created, whatever the umask; nil: 0640, less the umask.
  package static func open(_ path: String, mode: FilePermissions? = nil) throws(Errno) -> OwnedDescriptor {
    let flags = O_APPEND | O_CREAT | O_NOCTTY | clinux_o_nonblock
    if let status = try? Syscalls.status(path), status.kind == .fifo {
      // With an end of its own to read from, a FIFO opens and holds lines while its reader is away (fifo(7)).
      if let descriptor = try? Syscalls.open(path, flags: O_RDWR | flags & ~O_CREAT) { return descriptor }
    }
    if let mode, let created = try create(path, flags: O_WRONLY | flags, mode: mode) { return created }
    return try Syscalls.open(path, flags: O_WRONLY | flags, mode: 0o640)
  }

  /// Nil where there is something by that name.
  private static func create(_ path: String, flags: Int32, mode: FilePermissions) throws(Errno) -> OwnedDescriptor? {
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try Syscalls.open(path, flags: flags | O_EXCL, mode: UInt32(mode.rawValue))
    } catch .fileExists {
      return nil
    }
    // The umask has taken its bits away.
    try Syscalls.changeMode(descriptor.rawValue, UInt32(mode.rawValue))
    return descriptor
  }
}
