// The file that a collection is kept in across restarts. It is always whole: another is written beside it and takes its
// name.

import CLinux
import Glibc
import Reactor
package import SystemPackage

/// A file that holds a collection.
package struct CollectionFile: Hashable, Sendable {
  package let path: String
  private let directory: String

  /// - Parameters:
  ///   - directory: where `path` lies; it is made with the file.
  package init(path: String, directory: String) {
    self.path = path
    self.directory = directory
  }

  /// Replaces the content, which is on the disk when this returns. Blocks. Throws ENOSPC, EROFS, EACCES and their kin;
  /// the file is then what it was.
  package func write(_ octets: [UInt8]) throws(Errno) {
    // 64 bits: two writers do not meet, and O_EXCL would tell.
    let temporary = "\(directory.isEmpty ? "." : directory)/.asynchttpd-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    let file = try make(temporary)
    do throws(Errno) {
      try octets.span.bytes.withUnsafeBytes { (buffer) throws(Errno) in try Syscalls.writeAll(file.rawValue, at: 0, buffer) }
      try Syscalls.sync(file.rawValue)
      try Syscalls.rename(temporary, to: path)
    } catch {
      try? Syscalls.unlink(temporary)
      throw error
    }
  }

  private func make(_ temporary: String) throws(Errno) -> OwnedDescriptor {
    let flags = O_WRONLY | O_CREAT | O_EXCL
    do throws(Errno) {
      return try Syscalls.open(temporary, flags: flags, mode: 0o644)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw error }
      try makeDirectory()
      return try Syscalls.open(temporary, flags: flags, mode: 0o644)
    }
  }

  /// The directory, and those above it.
  private func makeDirectory() throws(Errno) {
    var path = directory.hasPrefix("/") ? "/" : ""
    for name in directory.split(separator: "/") {
      path += name
      do throws(Errno) {
        try Syscalls.makeDirectory(path)
      } catch {
        if error != .fileExists { throw error }
      }
      path += "/"
    }
  }
}
