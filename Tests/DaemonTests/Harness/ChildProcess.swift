// A process that the tests start: its output collected, its exit awaited, its accounts read from /proc. It does not outlive the test.

import Foundation

/// posix_spawn_file_actions_addclosefrom_np of glibc 2.34, which the headers show to GNU C only.
private let closeFrom: @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32 = {
  guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return { _, _ in ENOSYS } }
  return unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
}()

final class ChildProcess: Sendable {
  enum Exit: Equatable {
    case code(Int32)
    case signal(Int32)
  }

  let id: pid_t
  private let record = Record()

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - arguments: the program first; found through PATH.
  ///   - environment: added to that of the tests, less what a service manager may have put there.
  ///   - descriptors: what the child holds as its descriptors 3 and up, and nothing beyond.
  ///   - openFiles: `ulimit -n`, soft and hard.
  ///   - exportsProcessID: the variable that shall hold the id of the program, for LISTEN_PID.
  ///   - limits: what the shell that starts the program does before, such as `ulimit -f 1;`.
  ///   - redirections: of that shell, such as `2>file`.
  ///   - columns: has the program run on a terminal of this width, whose output is the standard output.
  init(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil, descriptors: [Int32] = [], openFiles: Int? = nil,
    exportingProcessIDAs exportsProcessID: String? = nil, limits: String = "", redirections: String = "", columns: Int? = nil
  ) throws {
    var arguments = arguments
    let terminal = try columns.map { try PseudoTerminal(columns: $0) }
    if !limits.isEmpty || !redirections.isEmpty {
      arguments = ["bash", "-c", "\(limits) exec \"$@\" \(redirections)", "bash"] + arguments
    }
    if let name = exportsProcessID { arguments = ["bash", "-c", "export \(name)=$$; exec \"$@\"", "bash"] + arguments }
    if let openFiles { arguments = ["bash", "-c", "ulimit -n \(openFiles); exec \"$@\"", "bash"] + arguments }
    if let directory { arguments = ["bash", "-c", "cd \"$0\" && exec \"$@\"", directory] + arguments }

    var variables = ProcessInfo.processInfo.environment
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "JOURNAL_STREAM"] {
      variables[name] = nil
    }
    variables.merge(environment) { $1 }

    let standardOutput = try ChildProcess.pipe()
    let standardError = try ChildProcess.pipe()
    defer {
      close(standardOutput.write)
      close(standardError.write)
    }
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    // Out of the way of the numbers they are put on.
    let inherited = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 200) }
    defer { inherited.forEach { close($0) } }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let streams =
      (terminal.map { [$0.descriptor, $0.descriptor, $0.descriptor] } ?? [null, standardOutput.write, standardError.write]) + inherited
    for (number, descriptor) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number)) }
    _ = closeFrom(&actions, Int32(streams.count))

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    let envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var child: pid_t = 0
    let failure = posix_spawnp(&child, arguments[0], &actions, &attributes, argv, envp)
    guard failure == 0 else {
      close(standardOutput.read)
      close(standardError.read)
      throw HarnessError("\(arguments[0]): \(String(cString: strerror(failure)))")
    }
    id = child
    if let terminal {
      close(standardOutput.read)
      record.collect(terminal.duplicateMaster(), as: STDOUT_FILENO)
    } else {
      record.collect(standardOutput.read, as: STDOUT_FILENO)
    }
    record.collect(standardError.read, as: STDERR_FILENO)
    record.awaitExit(of: child)
  }

  deinit {
    if !hasExited { kill(id, SIGKILL) }
  }

  var standardOutput: String { record.text(STDOUT_FILENO) }
  var standardError: String { record.text(STDERR_FILENO) }

  var hasExited: Bool { record.hasExited }

  func signal(_ number: Int32) { kill(id, number) }

  /// Waits for the end of the process and of its output.
  ///
  /// - Throws: when it runs on past the deadline; it is killed then.
  @discardableResult
  func waitForExit(within seconds: TimeInterval = patience) throws -> Exit {
    let ended = record.waitForExit(until: Date(timeIntervalSinceNow: seconds))
    guard let ended else {
      signal(SIGKILL)
      throw HarnessError("process \(id) runs on after \(seconds) s\n\(standardError)")
    }
    return ended
  }

  /// Waits until the standard error, or output, contains the text.
  func waitForOutput(_ wanted: String, on stream: Int32 = STDERR_FILENO, within seconds: TimeInterval = patience) -> Bool {
    record.waitForOutput(wanted, on: stream, until: Date(timeIntervalSinceNow: seconds))
  }

  // MARK: - The process's accounts, proc(5)

  /// Whether the process has blocked a signal, so that it waits to be read.
  func blocks(_ number: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigBlk:") }),
      let mask = UInt64(line.dropFirst("SigBlk:".count).trimmingCharacters(in: .whitespaces), radix: 16)
    else { return false }
    return mask & 1 << (UInt64(number) - 1) != 0
  }

  /// What a descriptor of the process is, such as `/dev/null` or `socket:[1234]`; nil where it holds none of that number.
  func target(of descriptor: Int32) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/fd/\(descriptor)")
  }

  /// Descriptors that the process holds.
  var openDescriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count) ?? 0 }

  /// User and system time of the whole process, in seconds.
  var processorSeconds: Double {
    // After the command, which is in brackets and may hold spaces: utime and stime are fields 14 and 15 of the line.
    guard let line = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8), let end = line.lastIndex(of: ")") else { return 0 }
    let fields = line[end...].split(separator: " ")
    return ((Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Memory that is the process's now: the second field of statm, in pages.
  var residentBytes: Int {
    let fields = (try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Foundation.pipe(&ends) == 0 else { throw HarnessError("pipe: \(String(cString: strerror(errno)))") }
    // A child started meanwhile closes what it is not given, so there is no race to lose here.
    ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}

/// What the threads that watch a child write down; they hold it, not the child's handle, so that a handle let go ends the child.
private final class Record: @unchecked Sendable {  // the lock protects everything
  private let condition = NSCondition()
  private var exit: ChildProcess.Exit?
  private var output: [Int32: [UInt8]] = [:]
  private var openStreams = 2

  var hasExited: Bool { condition.withLock { exit != nil } }

  func text(_ stream: Int32) -> String { condition.withLock { String(decoding: output[stream] ?? [], as: UTF8.self) } }

  func waitForExit(until deadline: Date) -> ChildProcess.Exit? {
    condition.withLock {
      while exit == nil || openStreams > 0 {
        if !condition.wait(until: deadline) { break }
      }
      return exit
    }
  }

  func waitForOutput(_ wanted: String, on stream: Int32, until deadline: Date) -> Bool {
    condition.withLock {
      while !String(decoding: output[stream] ?? [], as: UTF8.self).contains(wanted) {
        if openStreams == 0 || !condition.wait(until: deadline) { return false }
      }
      return true
    }
  }

  func collect(_ descriptor: Int32, as stream: Int32) {
    Thread { [self] in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        condition.withLock {
          output[stream, default: []].append(contentsOf: buffer[..<count])
          condition.broadcast()
        }
      }
      close(descriptor)
      condition.withLock {
        openStreams -= 1
        condition.broadcast()
      }
    }.start()
  }

  func awaitExit(of id: pid_t) {
    Thread { [self] in
      var status: Int32 = 0
      while waitpid(id, &status, 0) < 0 && errno == EINTR {}
      let signal = status & 0x7f
      condition.withLock {
        exit = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        condition.broadcast()
      }
    }.start()
  }
}

/// Runs a program to its end.
func run(_ arguments: [String], environment: [String: String] = [:], within seconds: TimeInterval = patience) throws -> (
  exit: ChildProcess.Exit, output: String, error: String
) {
  let process = try ChildProcess(arguments, environment: environment)
  let exit = try process.waitForExit(within: seconds)
  return (exit, process.standardOutput, process.standardError)
}
