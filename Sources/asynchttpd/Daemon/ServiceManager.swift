// The service manager's side of the process: what systemd handed over at start, and what it is told afterwards.
//
// The protocols are a few environment variables and one datagram socket, so they are spoken here rather than through
// libsystemd: sd_notify(3) for state, sd_watchdog_enabled(3) for the watchdog, sd_listen_fds(3) for sockets that were
// bound before the process began, and JOURNAL_STREAM of systemd.exec(5) to see whether standard error is the journal.
// Without a service manager every variable is absent, and every call here does nothing.

import Glibc
import Reactor

/// What the service manager handed to this process, and the way to tell it how the process is doing.
struct ServiceManager: Sendable {
  /// A socket that was bound and is listening already, named by `FileDescriptorName=` of its unit (systemd.socket(5)).
  ///
  /// Several sockets of one unit share a name. The taker of a descriptor closes it.
  struct InheritedSocket: Sendable, Equatable {
    let name: String
    let descriptor: Int32
    /// Why it cannot be listened on, as a clause; nil where it can.
    var problem: String?
    /// Whether the log has a warning about it.
    var isReported = false
  }

  /// One assignment of a notification; several travel in one datagram and take effect together (sd_notify(3)).
  enum Notification: Sendable, Equatable {
    /// Start-up, or a reload that was announced, has finished.
    case ready
    /// A reload begins; the time is that of CLOCK_MONOTONIC, by which the manager tells this reload from an earlier
    /// one.
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

    /// A datagram of assignments is split at its line feeds, so a value must hold none; a terminal that prints it wants
    /// no escapes either.
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

  /// The manager drops a datagram over one page (4,096 bytes); this leaves room for the other assignments beside a
  /// status line.
  static let longestStatus = 3_072

  /// The sockets handed over, in the order of their unit's `Listen…=` lines.
  let inheritedSockets: [InheritedSocket]

  /// Why nothing is handed over, or not as it is said: a sentence; nil where nothing is wrong.
  let handoverProblem: String?

  /// How long the manager waits for a sign of life before it restarts the process, or nil where it does not watch.
  /// Ping twice as often.
  let watchdogInterval: Duration?

  /// Whether standard error is connected to the journal, so that a line may begin with its priority, `<6>`
  /// (sd-daemon(3)).
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
    // First of all: the channel is a descriptor of this process's own.
    (inheritedSockets, handoverProblem) = ServiceManager.inheritedSockets(environment, processID)
    channel = environment["NOTIFY_SOCKET"].flatMap(NotificationChannel.init(path:))
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

  /// Sends the assignments in one datagram, without waiting. A manager that does not listen is no reason to stop
  /// serving: nothing is thrown.
  func notify(_ notifications: Notification...) {
    channel?.send(notifications.map(\.assignments).joined(separator: "\n"))
  }

  // MARK: - Reading the environment

  private static func watchdogInterval(_ environment: [String: String], _ processID: pid_t) -> Duration? {
    guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0 else { return nil }
    if let watched = environment["WATCHDOG_PID"], pid_t(watched) != processID { return nil }
    return .microseconds(microseconds)
  }

  /// JOURNAL_STREAM is `device:inode` of the stream; a descriptor that was redirected since does not match
  /// (systemd.exec(5)).
  private static func isJournal(_ stream: String?, _ descriptor: Int32) -> Bool {
    guard let stream, let status = try? Syscalls.status(descriptor) else { return false }
    return stream == "\(status.device):\(status.inode)"
  }
}
