import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Reactor

@Suite(.timeLimit(.minutes(1))) struct DescriptorShortageTests {
  private static let hour: Milliseconds = 3_600_000

  /// Opens a file until it can, on a reactor of its own, with `full` telling that no descriptor is left. How often it tried.
  private static func attempts(
    patience: Milliseconds, look: Milliseconds, firstFailure: @escaping @Sendable () -> Void
  ) async throws -> Int {
    let reactor = try Reactor(name: "short")
    reactor.start()
    var limit = rlimit(rlim_cur: 64, rlim_max: 64)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    while dup(0) >= 0 {}
    let count = Mutex(0)
    try await Task(executorPreference: reactor) {
      try await DescriptorShortage.retrying(on: reactor, patience: patience, look: look, { $0 == .tooManyOpenFiles }) { () throws(Errno) in
        let number = count.withLock { count in
          count += 1
          return count
        }
        do throws(Errno) {
          try Syscalls.open("/dev/null", flags: O_RDONLY).close()
        } catch {
          if number == 1 { firstFailure() }
          throw error
        }
      }
    }.value
    return count.withLock { $0 }
  }

  @Test func `a close wakes who found no descriptor`() async {
    await #expect(processExitsWith: .success) {
      let attempts = try await Self.attempts(patience: Self.hour, look: Self.hour) {
        // After the wait has begun: a work item of the same reactor's next turn.
        Reactor.current?.execute { OwnedDescriptor(63).close() }
      }
      #expect(attempts == 2)
    }
  }

  @Test func `a close out of sight is found by looking again`() async {
    await #expect(processExitsWith: .success) {
      let attempts = try await Self.attempts(patience: Self.hour, look: 1) { _ = Glibc.close(63) }
      #expect(attempts == 2)
    }
  }

  @Test func `what stays short fails when patience ends`() async {
    await #expect(processExitsWith: .success) {
      await #expect(throws: Errno.tooManyOpenFiles) { try await Self.attempts(patience: 20, look: 1) {} }
    }
  }

  @Test func `another failure is thrown at once`() async throws {
    let reactor = try Reactor(name: "other")
    reactor.start()
    defer { reactor.stop() }
    await #expect(throws: Errno.permissionDenied) {
      try await Task(executorPreference: reactor) {
        try await DescriptorShortage.retrying(on: reactor, patience: Self.hour, { $0 == .tooManyOpenFiles }) { () throws(Errno) in
          throw .permissionDenied
        }
      }.value
    }
  }
}
