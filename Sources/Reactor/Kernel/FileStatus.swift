// What stat(2) says of a file, as far as anybody here asks.

import CLinux
import Glibc

/// A file's kind, size and times (inode(7)).
package struct FileStatus: Equatable, Sendable {
  package enum Kind: Sendable { case regular, directory, symbolicLink, fifo, socket, other }

  package let kind: Kind
  /// Bytes.
  package let size: Int64
  /// Whole seconds since 1970: what Last-Modified says.
  package let modificationSeconds: Int64
  /// Nanoseconds since 1970 of the last change of content, and of content or attributes. Together with the inode they
  /// tell two states of a file apart even within one second and at equal size.
  package let modificationNanoseconds: Int64
  package let changeNanoseconds: Int64
  package let device: UInt64
  package let inode: UInt64

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .symbolicLink
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      default: .other
      }
    size = Int64(status.st_size)
    modificationSeconds = Int64(status.st_mtim.tv_sec)
    modificationNanoseconds = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    changeNanoseconds = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
