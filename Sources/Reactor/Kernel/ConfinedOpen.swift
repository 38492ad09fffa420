// Opening a path that must not lead out of a directory. The kernel does the confining, with openat2(2). Where that call
// is missing (before Linux 5.6) or a sandbox refuses it (containers answer ENOSYS or EPERM to calls they do not know),
// the path is walked one component at a time and no link is followed: stricter, and never laxer.

import CLinux
import Glibc
package import SystemPackage

extension Syscalls {
  /// openat2(2) answers EAGAIN when a rename elsewhere made it doubt where it was; renames come to an end.
  private static let confinedAttempts = 16

  /// Opens `relative`, `.` for the directory itself. With `followingLinks`, links that stay below `directory` are
  /// followed where the kernel confines.
  ///
  /// Throws EXDEV and ELOOP for what leads out; ENOENT, ENOTDIR, EACCES, ENAMETOOLONG, EMFILE as openat2(2) has them.
  package static func open(
    _ relative: UnsafePointer<CChar>, confinedTo directory: Int32, flags: Int32, mode: UInt32 = 0, followingLinks: Bool = true
  ) throws(Errno) -> OwnedDescriptor {
    let resolution = PathResolution.beneath | (followingLinks ? PathResolution.noMagicLinks : PathResolution.noSymbolicLinks)
    for _ in 0..<confinedAttempts {
      do throws(Errno) {
        return try open(relative, beneath: directory, flags: flags, mode: mode, resolve: resolution)
      } catch .resourceTemporarilyUnavailable {
        continue
      } catch .noFunction {
        return try walk(relative, from: directory, flags: flags, mode: mode)
      } catch .notPermitted {
        return try walk(relative, from: directory, flags: flags, mode: mode)
      }
    }
    throw .resourceTemporarilyUnavailable
  }

  private static func walk(
    _ relative: UnsafePointer<CChar>, from directory: Int32, flags: Int32, mode: UInt32
  ) throws(Errno) -> OwnedDescriptor {
    let (slash, dot) = (CChar(UInt8(ascii: "/")), CChar(UInt8(ascii: ".")))
    let path = UnsafeBufferPointer(start: relative, count: strlen(relative))
    // A name is octets, UTF-8 or not; each gets its own NUL.
    let components = path.split(separator: slash).map { Array($0) + [0] }
    guard !components.contains([dot, dot, 0]) else { throw .improperLink }
    var place = try open(".", at: directory, flags: OpenFlags.pathOnly | OpenFlags.directory)
    for component in components.dropLast() {
      place = try open(component, at: place.rawValue, flags: OpenFlags.pathOnly | OpenFlags.directory | OpenFlags.noFollow)
    }
    let mustBeDirectory = path.last == slash ? OpenFlags.directory : 0
    return try open(components.last ?? [dot, 0], at: place.rawValue, flags: flags | mustBeDirectory | OpenFlags.noFollow, mode: mode)
  }
}
