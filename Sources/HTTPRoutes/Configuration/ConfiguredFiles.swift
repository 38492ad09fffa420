// The files that a configuration names: their paths as text, and what the file system says of them (whether a root can be
// entered, whether a body can be read). Nothing here changes the file system.

import Glibc

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

  enum Kind: Equatable {
    case file, directory, other
  }

  /// What a path leads to, and whether it may be read (and a directory searched); the reason as text if not.
  static func examine(_ path: String) -> Result<Kind, Refusal> {
    var status = stat()
    guard stat(path, &status) == 0 else { return .failure(Refusal(reason(errno, path))) }
    let kind: Kind
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .directory
    default: kind = .other
    }
    guard access(path, kind == .directory ? R_OK | X_OK : R_OK) == 0 else { return .failure(Refusal(reason(errno, path))) }
    return .success(kind)
  }

  /// Which file this is, whatever its name: device and inode.
  static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  /// When a file was last modified, in seconds since 1970.
  static func modificationSeconds(of path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
  }

  /// The contents of a file of at most `limit` bytes.
  static func read(_ path: String, limit: Int) -> Result<[UInt8], Refusal> {
    // A FIFO without a writer would block the open.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return .failure(Refusal(reason(errno, path))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .failure(Refusal(reason(errno, path))) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .failure(Refusal("it is a directory"))
    // /dev/zero has no end. A FIFO has one: a shell's <(…) is one.
    case S_IFCHR, S_IFBLK: return .failure(Refusal("it is a device"))
    default: break
    }
    _ = fcntl(descriptor, F_SETFL, 0)

    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, max(0, Int(status.st_size))) + 1)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return .failure(Refusal(reason(errno, path))) }
      if count == 0 { return .success(bytes) }
      bytes += buffer[..<count]
      if bytes.count > limit { return .failure(Refusal("it is larger than \(limit >> 20) MiB")) }
    }
  }

  /// The names in a directory, sorted by their bytes.
  static func names(in directory: String) -> [String]? {
    guard let stream = opendir(directory.isEmpty ? "." : directory) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func reason(_ error: Int32, _ path: String) -> String {
    let hint = Confinement.hint(path, error)
    return switch error {
    case ENOENT: "it does not exist" + hint
    case EACCES, EPERM: "permission denied" + hint
    case ENOTDIR: "a part of its path is not a directory"
    case ELOOP: "too many symbolic links"
    case EMFILE, ENFILE: "too many open files"
    case ENAMETOOLONG: "the name is too long"
    default: String(cString: strerror(error))
    }
  }
}
