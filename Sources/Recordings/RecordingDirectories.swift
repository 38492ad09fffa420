// The directories of a store: made for a recording, removed when the last one in them is gone.

import Glibc
import Reactor
import SystemPackage

enum RecordingDirectories {
  /// A directory, and those above it. Blocks.
  static func makePath(_ path: String) throws(Errno) {
    do throws(Errno) {
      try Syscalls.makeDirectory(path)
    } catch {
      if error == .fileExists { return }
      guard error == .noSuchFileOrDirectory, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else {
        throw error
      }
      try makePath(String(path[..<slash]))
      do throws(Errno) { try Syscalls.makeDirectory(path) } catch { if error != .fileExists { throw error } }
    }
  }

  /// The directory of a recording, made where it is missing, one step at a time so that no link leads out of the store.
  /// Blocks. ENOENT where one is removed meanwhile: it was empty.
  ///
  /// - Parameter byteCount: what the new directories take of the disk is added to this.
  static func make(_ names: [String], _ root: borrowing OwnedDescriptor, _ byteCount: inout Int64) throws(Errno) -> OwnedDescriptor {
    let whole = names.isEmpty ? "." : names.joined(separator: "/")
    do throws(Errno) {
      return try Syscalls.openDirectory(whole, beneath: root.rawValue)
    } catch {
      if error != .noSuchFileOrDirectory { throw error }
    }
    var path = "."
    for name in names {
      let parent = try Syscalls.openDirectory(path, beneath: root.rawValue)
      do throws(Errno) {
        try Syscalls.makeDirectory(name, at: parent.rawValue)
        byteCount += try Syscalls.use(of: name, at: parent.rawValue).byteCount
      } catch {
        if error != .fileExists { throw error }
      }
      path = path == "." ? name : "\(path)/\(name)"
    }
    return try Syscalls.openDirectory(path, beneath: root.rawValue)
  }

  /// Removes the directory of this file, and those above it, as far as they are empty; never the store itself. Answers
  /// the bytes that are free now.
  @discardableResult
  static func removeEmpty(above file: String, _ root: borrowing OwnedDescriptor) -> Int64 {
    var path = file[...]
    var freed: Int64 = 0
    while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      path = path[..<slash]
      let use = (try? Syscalls.use(of: String(path), at: root.rawValue))?.byteCount ?? 0
      guard (try? Syscalls.removeDirectory(String(path), at: root.rawValue)) != nil else { break }
      freed += use
    }
    return freed
  }
}
