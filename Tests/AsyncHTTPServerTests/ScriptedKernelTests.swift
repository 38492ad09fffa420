// The scripted kernel: every system call the server makes fails once, at every place, with every errno its manual page lists. No crash,
// no silence, no descriptor left, and the next request is served.

#if DEBUG
import Glibc
import Reactor
import Synchronization
import SystemPackage
import Testing

@Suite struct ScriptedKernelTests {
  @Test func `a failure where the server begins and ends is survived`() async {
    await #expect(processExitsWith: .success) {
      try await Self.failEach(
        [
          .socket, .bind, .connect, .unlinkat, .listen, .getsockname, .getsockopt, .fcntl, .epoll_create1, .eventfd, .openat, .fstat,
          .fstatat, .flock, .close, .setsockopt, .shutdown,
        ], of: 4)
    }
  }

  @Test func `a failure to accept or to watch is survived`() async {
    await #expect(processExitsWith: .success) { try await Self.failEach([.accept4, .epoll_ctl, .epoll_wait], of: 40) }
  }

  @Test func `a failure to count what is open, and who waits, is survived`() async {
    await #expect(processExitsWith: .success) { try await Self.failEach([.stat, .getrlimit, .poll], of: 40) }
  }

  @Test func `a failure to read is survived`() async {
    await #expect(processExitsWith: .success) { try await Self.failEach([.recv, .read], of: 40) }
  }

  @Test func `a failure to write is survived`() async {
    await #expect(processExitsWith: .success) { try await Self.failEach([.send, .sendfile, .write], of: 40) }
  }

  @Test func `the server makes no call that the table lacks`() async {
    await #expect(processExitsWith: .success) {
      let (scenario, remove) = try Self.scenario()
      defer { remove() }
      let counts = try await Self.cleanRun(scenario)
      for (call, count) in counts where count > 0 { #expect(KernelErrors.table[call] != nil, "\(call)") }
      for call in KernelErrors.table.keys { #expect(counts[call, default: 0] > 0, "\(call) is never made") }
    }
  }

  /// epoll_wait(2) fails with these for a defect of the loop alone, and a loop that cannot wait serves nobody: the process ends, to be
  /// started again.
  @Test func `a loop that cannot wait ends the process`() async {
    await #expect(processExitsWith: .failure) {
      let (scenario, _) = try Self.scenario()
      _ = await FaultInjection.with({ call, _ in call == .epoll_wait ? .badFileDescriptor : nil }) { await scenario.run() }
    }
  }

  // MARK: The script

  private static func scenario() throws -> (ScriptedKernelScenario, remove: () -> Void) {
    var template = Array("/tmp/scripted-kernel-XXXXXX".utf8CString)
    let directory = FilePath(String(cString: try #require(mkdtemp(&template))))
    let scenario = ScriptedKernelScenario(
      file: directory.appending("file"), log: directory.appending("log"), path: directory.appending("socket"))
    let stream = try #require(fopen(scenario.file.string, "w"))
    _ = fputs(String(repeating: "f", count: ScriptedKernelScenario.fileSize), stream)
    fclose(stream)
    return (
      scenario,
      {
        unlink(scenario.file.string)
        unlink(scenario.log.string)
        unlink(scenario.path.string)
        rmdir(directory.string)
      }
    )
  }

  /// Counts the calls of a run in which nothing fails. A run before it makes what a process makes once.
  private static func cleanRun(_ scenario: ScriptedKernelScenario) async throws -> [SyscallName: Int] {
    #expect(await scenario.run() == nil)
    let counts = Mutex<[SyscallName: Int]>([:])
    let complaint = await FaultInjection.with({ call, ordinal in
      counts.withLock { $0[call] = ordinal }
      return nil
    }) { await scenario.run() }
    #expect(complaint == nil)
    return counts.withLock { $0 }
  }

  /// Fails each of `calls` once per run, at the first `places` places, with each errno of its page.
  private static func failEach(_ calls: [SyscallName], of places: Int) async throws {
    let (scenario, remove) = try scenario()
    defer { remove() }
    let counts = try await cleanRun(scenario)
    var findings: [String] = []
    var runs = 0
    for call in calls {
      for error in try #require(KernelErrors.table[call]).errors {
        let ordinals = KernelErrors.ordinals(of: call, error, atMost: min(places, counts[call, default: 0]))
        for ordinal in 1...max(1, ordinals) {
          let what = "\(call) \(ordinal) of \(counts[call, default: 0]) failing with \(error)"
          let before = ProcessDescriptors.openCount() ?? 0
          let complaint = await FaultInjection.with({ $0 == call && $1 == ordinal ? error : nil }) {
            await hangs(what) { await scenario.run() }
          }
          if let complaint { findings.append("\(what): \(complaint)") }
          if let left = await descriptorsLeft(over: before) { findings.append("\(what): \(left) descriptors left") }
          runs += 1
        }
      }
    }
    #expect(findings == [], "of \(runs) runs: \(findings.prefix(20).joined(separator: "; "))")
    #expect(runs > 0)
  }

  private static func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// Ends the process with a word when `body` does not return: what hangs cannot be cancelled.
  private static func hangs<R: Sendable>(_ what: String, _ body: () async -> R) async -> R {
    let watchdog = Task.detached {
      try await Task.sleep(for: .seconds(60))
      say("\(what): hangs")
      exit(EXIT_FAILURE)
    }
    defer { watchdog.cancel() }
    return await body()
  }

  /// The threads let go of theirs a moment after `serve` returns. The deadline is for what never comes.
  private static func descriptorsLeft(over before: Int) async -> Int? {
    let deadline = ContinuousClock.now + .seconds(5)
    while let open = ProcessDescriptors.openCount(), open > before {
      guard ContinuousClock.now < deadline else { return open - before }
      await Task.yield()
    }
    return nil
  }
}
#endif
