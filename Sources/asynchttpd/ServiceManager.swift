// The service manager's side of the process: what systemd handed over at start, and what it is told afterwards.
//
// The protocols are a few environment variables and one datagram socket, so they are spoken here rather than through
// libsystemd: sd_notify(3) for state, sd_watchdog_enabled(3) for the watchdog, sd_listen_fds(3) for sockets that were
// bound before the process began, and JOURNAL_STREAM of systemd.exec(5) to see whether standard error is the journal.
// Without a service manager every variable is absent, and every call here does nothing.

import Glibc

/// What the service manager handed to this process, and the way to tell it how the process is doing.
struct ServiceManager: Sendable {
  /// A socket that was bound and is listening already, named by `FileDescriptorName=` of its unit (systemd.socket(5)).
  ///
  /// Several sockets of one unit share a name. Whoever takes the descriptor closes it.
  struct InheritedSocket: Sendable, Equatable {
    let name: String
    let descriptor: Int32
  }

  /// One assignment of a notification; several travel in one datagram and take effect together (sd_notify(3)).
  enum Notification: Sendable, Equatable {
    /// Start-up, or a reload that was announced, has finished.
    case ready
    /// A reload begins; the time is that of CLOCK_MONOTONIC, by which the manager tells this reload from an earlier one.
    case reloading(monotonicMicroseconds: UInt64)
    /// Draining begins.
    case stopping
    /// One line for `systemctl status`. Line breaks and other control characters become spaces.
    case status(String)
    /// Sign of life, due within every `watchdogInterval`.
    case watchdog
    /// The process to supervise, where that is not the one that was started.
    case mainProcess(pid_t)

    /// A reload that begins now.
    static func reloadingNow() -> Notification {
      var now = timespec()
      // CLOCK_MONOTONIC exists on every Linux, and `now` is ours: clock_gettime(2) has no way to fail here.
      _ = clock_gettime(CLOCK_MONOTONIC, &now)
      return .reloading(monotonicMicroseconds: UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1_000)
    }

    var assignments: String {
      switch self {
      case .ready: "READY=1"
      case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
      case .stopping: "STOPPING=1"
      case .status(let text): "STATUS=\(Notification.oneLine(text))"
      case .watchdog: "WATCHDOG=1"
      case .mainProcess(let id): "MAINPID=\(id)"
      }
    }

    /// A datagram of assignments is split at its line feeds, so a value must hold none; a terminal that prints it wants no escapes either.
    private static func oneLine(_ text: String) -> String {
      var line = String.UnicodeScalarView()
      var count = 0
      for scalar in text.unicodeScalars {
        count += scalar.utf8.count
        if count > longestStatus { break }
        line.append(scalar.properties.generalCategory == .control ? " " : scalar)
      }
      return String(line)
    }
  }

  /// The manager drops a datagram over one page (4,096 bytes); this leaves room for the other assignments beside a status line.
  static let longestStatus = 3_072

  /// First descriptor number of an inherited socket, SD_LISTEN_FDS_START of sd_listen_fds(3).
  static let firstInheritedDescriptor: Int32 = 3

  /// More sockets than any unit lists; a larger LISTEN_FDS is a mistake and is ignored whole.
  static let mostInheritedSockets = 1_024

  /// The sockets handed over, in the order of their unit's `Listen…=` lines.
  let inheritedSockets: [InheritedSocket]

  /// How long the manager waits for a sign of life before it restarts the process, or nil where it does not watch.
  /// Ping twice as often.
  let watchdogInterval: Duration?

  /// Whether standard error is connected to the journal, so that a line may begin with its priority, `<6>` (sd-daemon(3)).
  let logsToJournal: Bool

  /// Whether anyone is listening to notifications.
  var isPresent: Bool { channel != nil }

  private let channel: NotificationChannel?

  /// Takes what the environment says, for the process with the given id.
  ///
  /// - Parameters:
  ///   - environment: the variables; those meant for another process (LISTEN_PID, WATCHDOG_PID) are ignored.
  ///   - processID: the id of this process.
  ///   - standardError: the descriptor whose identity JOURNAL_STREAM is compared with.
  init(environment: [String: String], processID: pid_t = getpid(), standardError: Int32 = STDERR_FILENO) {
    channel = environment["NOTIFY_SOCKET"].flatMap(NotificationChannel.init(path:))
    inheritedSockets = ServiceManager.inheritedSockets(environment, processID)
    watchdogInterval = ServiceManager.watchdogInterval(environment, processID)
    logsToJournal = ServiceManager.isJournal(environment["JOURNAL_STREAM"], standardError)
  }

  /// Takes what this process's environment says and removes it from there, so that no child believes it was meant.
  ///
  /// Call once, before the first thread: setenv(3) and its kin are not safe beside readers.
  static func fromEnvironment() -> ServiceManager {
    let names = [
      "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "JOURNAL_STREAM",
    ]
    var environment: [String: String] = [:]
    for name in names {
      guard let value = getenv(name) else { continue }
      environment[name] = String(cString: value)
      unsetenv(name)
    }
    return ServiceManager(environment: environment)
  }

  /// Sends the assignments in one datagram. A manager that does not listen is no reason to stop serving: nothing is thrown.
  func notify(_ notifications: Notification...) {
    channel?.send(notifications.map(\.assignments).joined(separator: "\n"))
  }

  // MARK: - Reading the environment

  private static func inheritedSockets(_ environment: [String: String], _ processID: pid_t) -> [InheritedSocket] {
    guard environment["LISTEN_PID"].flatMap({ pid_t($0) }) == processID,
      let count = environment["LISTEN_FDS"].flatMap({ Int($0) }), (1...mostInheritedSockets).contains(count)
    else { return [] }
    let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
    return (0..<count).map { index in
      let descriptor = firstInheritedDescriptor + Int32(index)
      // A child must not hold the listener open. A descriptor that is not there fails when it is adopted, with a message of its own.
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      return InheritedSocket(name: index < names.count && !names[index].isEmpty ? String(names[index]) : "unknown", descriptor: descriptor)
    }
  }

  private static func watchdogInterval(_ environment: [String: String], _ processID: pid_t) -> Duration? {
    guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0 else { return nil }
    if let watched = environment["WATCHDOG_PID"], pid_t(watched) != processID { return nil }
    return .microseconds(microseconds)
  }

  /// JOURNAL_STREAM is `device:inode` of the stream; a descriptor that was redirected since does not match (systemd.exec(5)).
  private static func isJournal(_ stream: String?, _ descriptor: Int32) -> Bool {
    var status = stat()
    guard let stream, fstat(descriptor, &status) == 0 else { return false }
    return stream == "\(status.st_dev):\(status.st_ino)"
  }
}

/// The datagram socket to the manager, open as long as the process: a notification must not need a descriptor when there is none left.
private final class NotificationChannel: Sendable {
  private let descriptor: Int32

  /// A manager reads its socket at once. Should it hang, a notification waits this long and is dropped.
  private static let patienceSeconds = 1

  /// Connects to NOTIFY_SOCKET: a path, or an abstract address that begins with `@` (unix(7)).
  init?(path: String) {
    var bytes = Array(path.utf8)
    guard bytes.count > 1, bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@") else { return nil }
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }

    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // The length is exact: in an abstract address every byte counts, a trailing NUL too.
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count)

    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var patience = timeval(tv_sec: NotificationChannel.patienceSeconds, tv_usec: 0)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    guard connected == 0 else { return nil }
  }

  deinit {
    if descriptor >= 0 { _ = close(descriptor) }
  }

  func send(_ message: String) {
    var message = message
    message.withUTF8 { bytes in
      var sent: Int
      repeat {
        sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      } while sent < 0 && errno == EINTR
    }
  }
}
