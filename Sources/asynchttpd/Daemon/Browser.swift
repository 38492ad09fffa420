// `--open`: the desktop's browser shows what is served.

import Glibc
import Logging
import Reactor
import Synchronization

extension Daemon {
  /// Asks the desktop to show the first address that a browser can reach. On the control thread.
  func openBrowser() {
    guard let url = state.withLock({ ServedURL.first(of: $0.listeners.flatMap(\.addresses)) }) else {
      return logger.warning("--open: a browser reaches none of the addresses")
    }
    guard let program = Browser.program(path: options.environment["PATH"] ?? "") else {
      return logger.notice("--open: there is no \(Browser.name) here; open \(url) yourself")
    }
    // xdg-open may wait for the browser that it starts.
    let isStarted = BackgroundThread.start("browser") { [logger] in
      if let reason = Browser.run(program, url) { logger.warning("--open: \(Browser.name): \(reason)") }
    }
    if !isStarted { logger.warning("--open: no thread can be had; open \(url) yourself") }
  }
}

/// Addresses as a browser takes them.
enum ServedURL {
  /// The URL of an address that is listened on; nil for a socket in the file system. Where every interface is meant it is
  /// this machine's.
  static func url(of address: SocketAddress) -> String? {
    guard let port = address.port else { return nil }
    let host =
      switch address.host {
      case "0.0.0.0", "::": "localhost"
      case let host: host.contains(":") ? "[\(host)]" : host
      }
    return "http://\(host)\(port == 80 ? "" : ":\(port)")/"
  }

  static func first(of addresses: [SocketAddress]) -> String? { addresses.lazy.compactMap { url(of: $0) }.first }
}

enum Browser {
  /// The program that opens a URL as the desktop would, xdg-open(1).
  static let name = "xdg-open"

  /// Where it is, looked for in a PATH; nil where there is none.
  static func program(path: String) -> String? {
    path.split(separator: ":").lazy.map { "\($0)/\(name)" }.first { (try? Syscalls.checkAccess($0, X_OK)) != nil }
  }

  /// Runs the program to its end, which may be that of the browser. Answers why it did not do what it was asked to.
  static func run(_ program: String, _ url: String) -> String? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in STDIN_FILENO...STDERR_FILENO {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that Ctrl-C ends this process and not the browser; signals as a shell would leave them.
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var argv: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(url), nil]
    defer { argv.forEach { free($0) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program, &actions, &attributes, &argv, environ)
    if failure != 0 { return String(cString: strerror(failure)) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    return status == 0 ? nil : "it failed"
  }
}
