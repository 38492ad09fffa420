// Opening a file below a directory and nowhere else. The kernel does the confining (openat2(2)); what it cannot express is asked of it in two
// steps.

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

  /// Opens `relative`, empty for the directory itself.
  ///
  /// Throws ENOENT and ENOTDIR for what is not there; EXDEV and ELOOP for what the policy refuses; EACCES; EMFILE and ENFILE.
  func open(_ relative: String, flags: Int32 = Self.readFlags) throws(Errno) -> OwnedDescriptor {
    if symlinks == .follow { return try Syscalls.open(relative.isEmpty ? root : join(root, relative), flags: flags) }
    // Opened anew each time: the directory may be another one by now, and 10,000 routes would hold 10,000 descriptors.
    let directory = try Syscalls.open(root, flags: OpenFlags.pathOnly | OpenFlags.directory)
    do throws(Errno) {
      return try Syscalls.open(
        relative.isEmpty ? "." : relative, confinedTo: directory.rawValue, flags: flags, followingLinks: symlinks == .withinRoot)
    } catch {
      guard symlinks == .withinRoot, error == .improperLink || error == .tooManySymbolicLinkLevels || error == .notDirectory,
        let resolved = resolvedPath(relative)
      else { throw error }
      return try Syscalls.open(resolved, confinedTo: directory.rawValue, flags: flags, followingLinks: false)
    }
  }

  /// The path without links below the root, for one whose links are absolute, or leave the root on the way and come back. The answer may be
  /// stale at once; it is only a suggestion, which is then opened without following links. Nil if it is not below the root.
  private func resolvedPath(_ relative: String) -> String? {
    guard let top = Self.realPath(root), let place = Self.realPath(join(root, relative)) else { return nil }
    if place == top { return "." }
    let prefix = top == "/" ? "/" : top + "/"
    guard place.hasPrefix(prefix) else { return nil }
    return String(place.dropFirst(prefix.count))
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private func join(_ directory: String, _ relative: String) -> String {
    directory.hasSuffix("/") ? directory + relative : "\(directory)/\(relative)"
  }
}
