// What a systemd unit hides from the service that it confines. To the service a hidden file is one that is not there,
// or not permitted; to the operator who looks in a shell nothing is wrong with it.

import Glibc

/// Where a unit's confinement is the likely reason that a file cannot be used (systemd.exec(5)).
package enum Confinement {
  /// A clause to put behind the reason; empty where the process is not a service, or the path is not one that units
  /// hide.
  package static func hint(_ path: String, _ error: Int32) -> String {
    guard [ENOENT, EACCES, EPERM, EROFS].contains(error), isService else { return "" }
    let place = absolute(path)
    func isBelow(_ directory: String) -> Bool { place == directory || place.hasPrefix(directory + "/") }
    if error == EROFS { return "; the unit's ProtectSystem= may be why (ReadWritePaths= opens a directory)" }
    if ["/home", "/root", "/run/user"].contains(where: isBelow) {
      return "; the unit's ProtectHome= may be why (BindReadOnlyPaths= shows a directory to the service)"
    }
    if ["/tmp", "/var/tmp"].contains(where: isBelow) { return "; the unit's PrivateTmp= may be why: the service has a /tmp of its own" }
    return ""
  }

  /// Whether systemd started this very process, and not the shell in which it was typed.
  package static var isService: Bool {
    guard getenv("INVOCATION_ID") != nil else { return false }
    guard let main = getenv("SYSTEMD_EXEC_PID").flatMap({ pid_t(String(cString: $0)) }) else { return true }
    return main == getpid()
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = Syscalls.currentDirectory() else { return path }
    return "\(directory)/\(path)"
  }
}
