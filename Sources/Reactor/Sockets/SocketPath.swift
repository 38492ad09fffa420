// The path of a listener in the Unix domain: taken only from a listener that is gone, and removed only while it is
// still ours.

import CLinux
import Glibc
import SystemPackage

/// A path that a socket of this process was bound to.
struct SocketPath: Sendable {
  private let path: String
  private let device: UInt64
  private let inode: UInt64

  /// How often, and how far apart, a start looks whether another one beside it is done with the same directory.
  private static let lockAttempts = 20
  private static let lockPause: UInt32 = 5_000

  /// Binds and listens. A socket without a listener stands in the way of bind(2), and is replaced.
  ///
  /// Throws EADDRINUSE where a process answers on the path, EEXIST where it is something else than a socket, EACCES,
  /// ENOENT (bind(2)).
  static func listen(_ socket: Int32, _ address: SocketAddress, _ path: String, backlog: Int32) throws(Errno) -> SocketPath {
    // Between bind(2) and listen(2) a socket looks like one that is left over: two that start at once take turns. Where
    // the directory cannot be locked, there is a moment in which they do not.
    let lock = Self.lock(directoryOf: path)
    defer { lock?.close() }
    do throws(Errno) {
      try Syscalls.bind(socket, address)
    } catch {
      guard error == .addressInUse, try isStale(address, path) else { throw error }
      try Syscalls.unlink(path)
      try Syscalls.bind(socket, address)
    }
    try Syscalls.listen(socket, backlog: backlog)
    let status = try Syscalls.status(path, followLinks: false)
    return SocketPath(path: path, device: status.device, inode: status.inode)
  }

  /// Removes the path, unless something else is there by now.
  func remove() {
    guard let status = try? Syscalls.status(path, followLinks: false), status.device == device, status.inode == inode else { return }
    try? Syscalls.unlink(path)
  }

  /// Whether a path is a socket without a listener. EEXIST for anything that is not a socket: connect(2) refuses it
  /// like one, and it is not ours.
  private static func isStale(_ address: SocketAddress, _ path: String) throws(Errno) -> Bool {
    guard try Syscalls.status(path, followLinks: false).kind == .socket else { throw .fileExists }
    let probe = try Syscalls.socket(family: AF_UNIX)
    do throws(Errno) {
      try Syscalls.connect(probe.rawValue, address)
      return false
    } catch {
      return error == .connectionRefused
    }
  }

  private static func lock(directoryOf path: String) -> DirectoryLock? {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard let descriptor = try? Syscalls.openDirectory(directory) else { return nil }
    for _ in 0..<lockAttempts {
      if let isLocked = try? Syscalls.lock(descriptor.rawValue, waiting: false), isLocked { return DirectoryLock(descriptor) }
      usleep(lockPause)
    }
    return nil
  }

  /// flock(2) of a directory, until it is closed.
  private final class DirectoryLock {
    private var descriptor: OwnedDescriptor?

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = consume descriptor }

    func close() { descriptor = nil }
  }
}
