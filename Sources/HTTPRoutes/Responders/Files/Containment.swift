// Opening a file below a directory and nowhere else. The kernel does the confining (openat2(2)); what it cannot express
// is asked of it in two steps.

import Glibc
import Reactor
import SystemPackage

/// How paths below one directory are opened.
struct Containment: Sendable {
  /// Without a slash at its end, unless it is `/`.
  let root: String
  let symlinks: StaticFilesOptions.SymlinkPolicy

  /// O_NONBLOCK: a FIFO without a writer would block the thread. O_NOCTTY: a terminal must not become the daemon's own.
  static let readFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY

  /// Opens `relative`, octets that are UTF-8 or not; empty for the directory itself.
  ///
  /// Throws ENOENT and ENOTDIR for what is not there; EXDEV and ELOOP for what the policy refuses; EACCES; EMFILE and
  /// ENFILE.
  func open(_ relative: UnsafePointer<CChar>, flags: Int32 = Self.readFlags) throws(Errno) -> OwnedDescriptor {
    if symlinks == .follow { return try Syscalls.open(joined(relative), flags: flags) }
    // Opened anew each time: the directory may be another one by now, and 10,000 routes would hold 10,000 descriptors.
    let directory = try Syscalls.open(root, flags: OpenFlags.pathOnly | OpenFlags.directory)
    do throws(Errno) {
      let followsLinks = symlinks == .withinRoot
      if relative.pointee == 0 {
        return try Syscalls.open(".", confinedTo: directory.rawValue, flags: flags, followingLinks: followsLinks)
      }
      return try Syscalls.open(relative, confinedTo: directory.rawValue, flags: flags, followingLinks: followsLinks)
    } catch {
      guard symlinks == .withinRoot, error == .improperLink || error == .tooManySymbolicLinkLevels || error == .notDirectory,
        let resolved = resolvedPath(relative)
      else { throw error }
      return try Syscalls.open(resolved, confinedTo: directory.rawValue, flags: flags, followingLinks: false)
    }
  }

  /// The path without links below the root, for one whose links are absolute, or leave the root on the way and come
  /// back. The answer may be stale at once; it is only a suggestion, which is then opened without following links. Nil
  /// if it is not below the root.
  private func resolvedPath(_ relative: UnsafePointer<CChar>) -> [CChar]? {
    guard var prefix = try? Syscalls.realPath(root), let place = try? Syscalls.realPath(joined(relative)) else { return nil }
    if place == prefix { return Array(".".utf8CString) }
    if prefix != Self.slash { prefix += Self.slash }
    guard place.starts(with: prefix) else { return nil }
    return place.dropFirst(prefix.count) + [0]
  }

  private static let slash = [CChar(UInt8(ascii: "/"))]

  /// The root, and `relative` below it.
  private func joined(_ relative: UnsafePointer<CChar>) -> [CChar] {
    if relative.pointee == 0 { return Array(root.utf8CString) }
    let directory = root.hasSuffix("/") ? root : root + "/"
    return directory.utf8CString.dropLast() + UnsafeBufferPointer(start: relative, count: strlen(relative)) + [0]
  }
}
