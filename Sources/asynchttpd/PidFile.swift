// The file that says which process the daemon is, for `asynchttpd reload` and for scripts.

import Glibc
import SystemPackage

struct PidFile: Sendable {
  let path: String

  /// Where `asynchttpd reload` looks when it is told nothing: what the systemd unit's RuntimeDirectory makes of `usualName`.
  static let usualPath = "/run/asynchttpd/asynchttpd.pid"
  static let usualName = "asynchttpd.pid"

  /// Writes the id of this process beside the path and renames it there, so that nobody reads half of it.
  func write() throws(Errno) {
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    // It is for others to read, whatever the umask.
    _ = fchmod(descriptor, 0o644)
    let line = Array("\(getpid())\n".utf8)
    let written = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    let failure = errno
    close(descriptor)
    guard written == line.count, rename(temporary, path) == 0 else {
      let code = written == line.count ? errno : failure
      unlink(temporary)
      throw Errno(rawValue: code)
    }
  }

  /// The process that the file names; nil where it names none.
  func read() -> pid_t? {
    guard let contents = readFile(path, limit: 64) else { return nil }
    let text = String(decoding: contents, as: UTF8.self).prefix { $0 != "\n" && $0 != " " }
    return pid_t(text).flatMap { $0 > 0 ? $0 : nil }
  }

  /// Removes the file if it still names this process.
  func remove() {
    if read() == getpid() { unlink(path) }
  }
}
