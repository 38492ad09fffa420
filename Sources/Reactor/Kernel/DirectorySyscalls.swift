// The system calls for files in a directory of their own: never out of it, whatever links lie in it.

import CLinux
import Glibc
package import SystemPackage

extension Syscalls {
  /// Opens a path below `directory` and nowhere else; see `open(_:confinedTo:)`.
  package static func openBeneath(_ directory: Int32, _ path: String, flags: Int32, mode: UInt32 = 0) throws(Errno) -> OwnedDescriptor {
    try open(path, confinedTo: directory, flags: flags, mode: mode)
  }

  /// A directory below `directory`, for the calls that take one.
  package static func openDirectory(_ path: String, beneath directory: Int32) throws(Errno) -> OwnedDescriptor {
    try openBeneath(directory, path, flags: O_RDONLY | clinux_o_directory)
  }

  /// The directory at `path`.
  package static func openDirectory(_ path: String) throws(Errno) -> OwnedDescriptor {
    try open(path, flags: O_RDONLY | clinux_o_directory)
  }

  /// mkdirat(2). EEXIST, ENOSPC, EROFS, EACCES.
  package static func makeDirectory(_ name: String, at directory: Int32 = AT_FDCWD, mode: UInt32 = 0o755) throws(Errno) {
    _ = try call(.mkdirat) { mkdirat(directory, name, mode) }
  }

  /// unlinkat(2) with AT_REMOVEDIR, of an empty directory. ENOTEMPTY, EEXIST, ENOENT, EBUSY.
  package static func removeDirectory(_ path: String, at directory: Int32 = AT_FDCWD) throws(Errno) {
    _ = try call(.unlinkat) { unlinkat(directory, path, AT_REMOVEDIR) }
  }

  /// What a file or directory takes of its disk, and when it was last used.
  package struct FileUse: Sendable {
    package let kind: FileStatus.Kind
    /// Bytes of the blocks it has; at least its length, for file systems that keep small files elsewhere.
    package let byteCount: Int64
    /// The later of the last read and the last change that the file system noted, in nanoseconds since 1970.
    package let lastUse: Int64
  }

  /// fstatat(2), for accounts; links are not followed. ENOENT, ENOTDIR, EACCES.
  package static func use(of path: String, at directory: Int32 = AT_FDCWD) throws(Errno) -> FileUse {
    var status = stat()
    _ = try call(.fstatat) { fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) }
    let known = FileStatus(status)
    let read = Int64(status.st_atim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_atim.tv_nsec)
    let blocks = Int64(status.st_blocks) * 512
    return FileUse(
      kind: known.kind, byteCount: known.kind == .directory ? blocks : max(known.size, blocks),
      lastUse: max(read, known.modificationNanoseconds))
  }

  /// flock(2) for the holder alone, until the descriptor closes. Without `waiting`, false when another holder has it.
  package static func lock(_ descriptor: Int32, waiting: Bool) throws(Errno) -> Bool {
    do throws(Errno) {
      _ = try call(.flock) { flock(descriptor, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) }
      return true
    } catch {
      if error == .resourceTemporarilyUnavailable, !waiting { return false }
      throw error
    }
  }

  /// The names in a directory without `.` and `..`, in no order, and whether each is a directory (links are not).
  package static func entries(of directory: borrowing OwnedDescriptor) throws(Errno) -> [(name: String, isDirectory: Bool)] {
    var entries: [(String, Bool)] = []
    try forEachEntry(in: directory.rawValue) { name, isDirectory in
      let name = String(cString: name)
      if name != ".", name != ".." { entries.append((name, isDirectory)) }
      return true
    }
    return entries
  }

  /// Hands the names in a directory to `body` in no order, `.` and `..` too, until it answers false. A name is octets
  /// that end in NUL.
  package static func forEachName(in directory: Int32, _ body: (UnsafePointer<CChar>) -> Bool) throws(Errno) {
    try forEachEntry(in: directory) { name, _ in body(name) }
  }

  /// readdir(3) until `body` answers false.
  private static func forEachEntry(
    in directory: Int32, _ body: (_ name: UnsafePointer<CChar>, _ isDirectory: Bool) -> Bool
  ) throws(Errno) {
    // fdopendir(3) takes the descriptor over, and its place in the directory is shared with copies of it: so it gets
    // its own.
    let descriptor = try open(".", at: directory, flags: O_RDONLY | clinux_o_directory).release()
    guard let stream = fdopendir(descriptor) else {
      let code = Errno(rawValue: errno)
      close(descriptor)
      throw code
    }
    defer {
      closedir(stream)
      DescriptorWatch.descriptorClosed()
    }
    while let entry = readdir(stream) {
      let isDirectory = entry.pointee.d_type == UInt8(DT_DIR)
      let goesOn = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) { body($0, isDirectory) }
      }
      guard goesOn else { return }
    }
  }

  /// realpath(3): the path without links and dots, octets without the NUL. ENOENT, ENOTDIR, EACCES, ELOOP.
  package static func realPath(_ path: UnsafePointer<CChar>) throws(Errno) -> [CChar] {
    var resolved: UnsafeMutablePointer<CChar>?
    _ = try call(.realpath) {
      resolved = realpath(path, nil)
      return resolved == nil ? -1 : 0
    }
    guard let resolved else { return [] }
    defer { free(resolved) }
    return Array(UnsafeBufferPointer(start: resolved, count: strlen(resolved)))
  }

  /// getcwd(3): the directory that relative paths begin at; nil where it is gone or cannot be read.
  package static func currentDirectory() -> String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// write(2) until all of `bytes` is taken, by a descriptor that blocks: one that does not, and takes nothing now,
  /// gets no more. EPIPE, ENOSPC, EIO.
  package static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var rest = bytes
    while !rest.isEmpty, let count = try write(descriptor, rest), count > 0 {
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// pwrite(2) until all of `bytes` stands at `offset`. ENOSPC, EDQUOT, EFBIG, EIO.
  package static func writeAll(_ descriptor: Int32, at offset: Int64, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      written += try call(.pwrite) { pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(written)) }
    }
  }

  /// What is left to read of a descriptor that blocks, read(2): of at most `limit` bytes; EFBIG beyond. For what has no
  /// size of its own, a FIFO or a file of proc(5), too.
  package static func readToEnd(_ descriptor: Int32, limit: Int) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)
    defer { buffer.deallocate() }
    while let count = try read(descriptor, into: buffer), count > 0 {
      bytes.append(contentsOf: buffer[..<count])
      if bytes.count > limit { throw .fileTooLarge }
    }
    return bytes
  }

  /// The whole of a file of at most `limit` bytes; EFBIG beyond.
  package static func readAll(_ descriptor: Int32, limit: Int) throws(Errno) -> [UInt8] {
    let size = try status(descriptor).size
    guard size <= Int64(limit) else { throw .fileTooLarge }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size), alignment: 1)
    defer { buffer.deallocate() }
    var count = 0
    while count < buffer.count {
      let got = try read(descriptor, at: Int64(count), into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      if got == 0 { break }
      count += got
    }
    return Array(buffer[..<count])
  }
}
