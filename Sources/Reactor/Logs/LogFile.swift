// A log's file, opened so that nothing waits for its reader.

import CLinux
import Glibc
package import SystemPackage

package enum LogFile {
  /// Opens a path for appending, and creates a file if need be (mode 0640, less the umask). The descriptor does not
  /// block: a FIFO without a reader, a pipe or a terminal that takes nothing answer EAGAIN. The caller owns it.
  ///
  /// Throws the errno of open(2); ENXIO for a socket, and for a FIFO without a reader that this user may not read
  /// either.
  package static func open(_ path: String) throws(Errno) -> OwnedDescriptor {
    let flags = O_APPEND | O_CREAT | O_NOCTTY | clinux_o_nonblock
    if let status = try? Syscalls.status(path), status.kind == .fifo {
      // With an end of its own to read from, a FIFO opens and holds lines while its reader is away (fifo(7)).
      if let descriptor = try? Syscalls.open(path, flags: O_RDWR | flags & ~O_CREAT) { return descriptor }
    }
    return try Syscalls.open(path, flags: O_WRONLY | flags, mode: 0o640)
  }
}
