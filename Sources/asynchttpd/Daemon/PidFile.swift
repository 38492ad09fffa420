// The file that says which process the daemon is, for `asynchttpd reload` and for scripts.

import Glibc
import HTTPRoutes
import Reactor
import Synchronization
import SystemPackage

final class PidFile: Sendable {
  let path: String
  /// The file as this process wrote it; nil before.
  private let written = Mutex<FileStatus?>(nil)

  /// Where `asynchttpd reload` looks when it is told nothing: what the systemd unit's RuntimeDirectory makes of
  /// `usualName`.
  static let usualPath = "/run/asynchttpd/asynchttpd.pid"
  static let usualName = "asynchttpd.pid"

  /// Why the file is not written.
  struct Unusable: Error, Equatable {
    let reason: String
  }

  init(path: String) { self.path = path }

  /// Writes the id of this process beside the path and renames it there, so that no reader sees half of it. What is no
  /// pid file stays as it is.
  func write() throws(Unusable) {
    if let reason = obstacle() { throw Unusable(reason: reason) }
    do throws(Errno) {
      let temporary = "\(path).\(getpid())"
      // A process of this id may have died here; a link that someone put here is not followed.
      try? Syscalls.unlink(temporary)
      let file = try Syscalls.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
      // It is for others to read, whatever the umask.
      try? Syscalls.changeMode(file.rawValue, 0o644)
      do throws(Errno) {
        try Self.write("\(getpid())\n", file.rawValue)
        let status = try Syscalls.status(file.rawValue)
        try Syscalls.rename(temporary, to: path)
        written.withLock { $0 = status }
      } catch {
        try? Syscalls.unlink(temporary)
        throw error
      }
    } catch {
      throw Unusable(reason: "\(error)\(Confinement.hint(path, error.rawValue))")
    }
  }

  private static func write(_ text: String, _ descriptor: Int32) throws(Errno) {
    let failure = Array(text.utf8).withUnsafeBytes { bytes -> Errno? in
      do throws(Errno) {
        try Syscalls.writeAll(descriptor, at: 0, bytes)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// What stands at the path and must stay there: something else than a file with a process id in it, or the file of an
  /// asynchttpd that runs.
  private func obstacle() -> String? {
    guard let status = try? Syscalls.status(path, followLinks: false) else { return nil }
    guard status.kind == .regular else { return "it is there, and is not a regular file" }
    guard status.size > 0 else { return nil }
    guard let other = read() else { return "it is there, and is not a pid file" }
    guard other != getpid(), Syscalls.processExists(other), Self.name(of: other) == Self.name(of: getpid()) else { return nil }
    return "it belongs to process \(other), which runs"
  }

  /// The first 15 bytes of a process's name (proc_pid_comm(5)).
  private static func name(of processID: pid_t) -> [UInt8]? { readFile("/proc/\(processID)/comm", limit: 64) }

  /// The process that the file names; nil where it names none.
  func read() -> pid_t? {
    guard let contents = readFile(path, limit: 64) else { return nil }
    let text = String(decoding: contents, as: UTF8.self).prefix { $0 != "\n" && $0 != " " }
    return pid_t(text).flatMap { $0 > 0 ? $0 : nil }
  }

  /// Removes the file if it is still the one that this process wrote.
  func remove() {
    guard let own = written.withLock({ $0 }), let status = try? Syscalls.status(path, followLinks: false) else { return }
    if status.device == own.device, status.inode == own.inode { try? Syscalls.unlink(path) }
  }
}
