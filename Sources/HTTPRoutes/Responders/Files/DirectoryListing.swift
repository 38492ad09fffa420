// What a directory without an index shows, if its route lists. Reading one may block and take long, so it is done on a
// background thread (ListingReads); what its names look like is ListingText's business.

import Glibc
import HTTPCore
import Reactor
import SystemPackage

/// The listing of one directory in one form, still to be read.
struct DirectoryListing: Sendable {
  struct Entry: Equatable {
    /// Octets, UTF-8 or not.
    let name: [UInt8]
    let isDirectory: Bool
    /// Bytes; zero for a directory.
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64
  }

  /// 4,096 names: each costs a system call or two, and some hundred bytes of the answer. A larger directory is shown in
  /// part, and the answer says so.
  static let maxEntries = 4096
  /// 65,536 names more are counted, for some ten milliseconds, and no more than that.
  private static let maxCounted = 65_536

  struct Entries: Equatable {
    var shown: [Entry] = []
    /// Names beyond those; whether they could be served was not looked at.
    var unseen = 0

    /// `4096 of 10000`; nil where all are shown.
    var truncation: String? {
      if unseen == 0 { return nil }
      return "\(shown.count) of \(unseen > maxCounted ? "more than " : "")\(shown.count + min(unseen, maxCounted))"
    }
  }

  /// What was read, rendered but for the heading of a page.
  struct Contents: Sendable {
    var body: [UInt8]
    let truncation: String?
    /// Of the directory, before and after its names were read; nil when a later change might not show in it.
    let status: FileStatus?
    /// Names that were looked at.
    let nameCount: Int
  }

  let service: FileService
  /// Ends in a slash.
  let path: PathBuffer
  let showsHidden: Bool
  let isJSON: Bool

  // MARK: Reading

  /// Reads and renders. Blocks for as long as the disk takes.
  func contents() -> Result<Contents, Errno> {
    do throws(Errno) {
      let clock = FileContent.clock()
      let directory = try service.open(path, flags: Containment.readFlags | OpenFlags.directory)
      let status = try Syscalls.status(directory.rawValue)
      let entries = try entries(of: directory)
      let isSettled = try Syscalls.status(directory.rawValue) == status && FileContent.isSettled(status, at: clock)
      return .success(
        Contents(
          body: isJSON ? ListingText.json(entries) : ListingText.rows(entries), truncation: entries.truncation,
          status: isSettled ? status : nil, nameCount: entries.shown.count + entries.unseen))
    } catch {
      return .failure(error)
    }
  }

  /// The files and directories that the route would serve: directories first, then by name.
  private func entries(of directory: borrowing OwnedDescriptor) throws(Errno) -> Entries {
    let descriptor = directory.rawValue
    var path = path
    let length = path.count
    var entries = Entries()
    try Syscalls.forEachName(in: descriptor) { name in
      let isHidden = name[0] == CChar(UInt8(ascii: "."))
      if isHidden, !showsHidden || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return true }
      guard entries.shown.count < Self.maxEntries else {
        entries.unseen += 1
        return entries.unseen <= Self.maxCounted
      }
      let octets = UnsafeRawBufferPointer(start: name, count: strlen(name))
      defer { path.truncate(to: length) }
      guard let status = status(name, octets, in: descriptor, &path) else { return true }
      let isDirectory = status.kind == .directory
      entries.shown.append(
        Entry(name: Array(octets), isDirectory: isDirectory, size: isDirectory ? 0 : status.size, modified: status.modificationSeconds))
      return true
    }
    entries.shown.sort {
      $0.isDirectory == $1.isDirectory ? $0.name.lexicographicallyPrecedes($1.name) : $0.isDirectory
    }
    return entries
  }

  /// Nil for what is neither file nor directory, or may not be served.
  private func status(
    _ name: UnsafePointer<CChar>, _ octets: UnsafeRawBufferPointer, in directory: Int32, _ path: inout PathBuffer
  ) -> FileStatus? {
    guard var status = try? Syscalls.status(name, at: directory, followLinks: false) else { return nil }
    if status.kind == .symbolicLink {
      path.append(octets)
      guard let target = try? service.open(path, flags: OpenFlags.pathOnly), let followed = try? Syscalls.status(target.rawValue)
      else { return nil }
      status = followed
    }
    return status.kind == .regular || status.kind == .directory ? status : nil
  }
}
