// The files that a configuration names: their paths as text, and what the file system says of them (whether a root can
// be entered, whether a body can be read). Nothing here changes the file system.

import Glibc
import Reactor
import SystemPackage

enum ConfiguredFiles {
  /// What comes before the last slash: `config` for `config/a.yaml`, `""` for `a.yaml`, `/` for `/a.yaml`.
  static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `path` as seen from `directory`. Keeps `..`, which a symbolic link may give another meaning than the text has.
  static func join(_ directory: String, _ path: String) -> String {
    var relative = path[...]
    while relative.hasPrefix("./") { relative = relative.dropFirst(2).drop { $0 == "/" } }
    if relative.isEmpty || relative == "." { return directory.isEmpty ? "." : directory }
    if directory.isEmpty || relative.hasPrefix("/") { return String(relative) }
    return directory.hasSuffix("/") ? directory + relative : "\(directory)/\(relative)"
  }

  /// A path as seen from any directory; as it is where the current one is gone.
  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = Syscalls.currentDirectory() else { return path }
    return join(directory, path)
  }

  enum Kind: Equatable {
    case file, directory, other
  }

  /// What a path leads to, and whether it may be read (and a directory searched); the reason as text if not.
  static func examine(_ path: String) -> Result<Kind, Refusal> {
    do throws(Errno) {
      let kind: Kind =
        switch try Syscalls.status(path).kind {
        case .regular: .file
        case .directory: .directory
        default: .other
        }
      try Syscalls.checkAccess(path, kind == .directory ? R_OK | X_OK : R_OK)
      return .success(kind)
    } catch {
      return .failure(Refusal(reason(error, path)))
    }
  }

  /// Which file this is, whatever its name: device and inode.
  static func identity(_ path: String) -> [UInt64]? {
    (try? Syscalls.status(path)).map { [$0.device, $0.inode] }
  }

  /// What the file system says of a file; nil where it cannot be asked, and for a file of another size.
  static func status(of path: String, ifOfSize size: Int? = nil) -> FileStatus? {
    guard let status = try? Syscalls.status(path), size.map({ status.size == Int64($0) }) ?? true else { return nil }
    return status
  }

  /// When a file was last modified, in seconds since 1970.
  static func modificationSeconds(of path: String) -> Int64? { (try? Syscalls.status(path))?.modificationSeconds }

  /// The contents of a file of at most `limit` bytes.
  static func read(_ path: String, limit: Int) -> Result<[UInt8], Refusal> {
    do throws(Errno) {
      // A FIFO without a writer would block the open.
      let file = try Syscalls.open(path, flags: O_RDONLY | O_NONBLOCK)
      switch try Syscalls.status(file.rawValue).kind {
      case .directory: return .failure(Refusal("it is a directory"))
      // /dev/zero has no end. A FIFO has one: a shell's <(…) is one.
      case .other: return .failure(Refusal("it is a device"))
      default: break
      }
      try Syscalls.setBlocking(file.rawValue)
      return .success(try Syscalls.readToEnd(file.rawValue, limit: limit))
    } catch {
      return .failure(Refusal(error == .fileTooLarge ? "it is larger than \(limit >> 20) MiB" : reason(error, path)))
    }
  }

  /// The names in a directory, sorted by their bytes.
  static func names(in directory: String) -> [String]? {
    guard let opened = try? Syscalls.openDirectory(directory.isEmpty ? "." : directory), let entries = try? Syscalls.entries(of: opened)
    else { return nil }
    return entries.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func reason(_ error: Errno, _ path: String) -> String {
    let hint = Confinement.hint(path, error.rawValue)
    return switch error {
    case .noSuchFileOrDirectory: "it does not exist" + hint
    case .permissionDenied, .notPermitted: "permission denied" + hint
    case .notDirectory: "a part of its path is not a directory"
    case .tooManySymbolicLinkLevels: "too many symbolic links"
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "too many open files"
    case .fileNameTooLong: "the name is too long"
    default: "\(error)"
    }
  }
}
