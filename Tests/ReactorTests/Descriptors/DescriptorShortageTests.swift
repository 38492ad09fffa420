import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Reactor

@Suite(.timeLimit(.minutes(1))) struct DescriptorShortageTests {
  private static let hour: Milliseconds = 3_600_000

  /// Tries until it succeeds, on a reactor of its own; as many attempts as `failures` says find no descriptor. Answers how many there were.
  ///
  /// No descriptor is really used up: libdispatch, on which the runner's tasks run, ends the process when it finds none for itself.
  private static func attempts(
    failures: Int, patience: Milliseconds, look: Milliseconds, firstFailure: @escaping @Sendable () -> Void = {}
  ) async throws -> Int {
    let reactor = try Reactor(name: "short")
    reactor.start()
    defer { reactor.stop() }
    let count = Mutex(0)
    try await Task(executorPreference: reactor) {
      try await DescriptorShortage.retrying(on: reactor, patience: patience, look: look, { $0 == .tooManyOpenFiles }) { () throws(Errno) in
        let number = count.withLock { count in
          count += 1
          return count
        }
        if number == 1 { firstFailure() }
        if number <= failures { throw .tooManyOpenFiles }
      }
    }.value
    return count.withLock { $0 }
  }

  @Test func `a close wakes who found no descriptor`() async {
    // In a process of its own, where nobody else closes any.
    await #expect(processExitsWith: .success) {
      let attempts = try await Self.attempts(failures: 1, patience: Self.hour, look: Self.hour) {
        // After the wait has begun: a work item of the same reactor's next turn.
        Reactor.current?.execute { OwnedDescriptor(dup(0)).close() }
      }
      #expect(attempts == 2)
    }
  }

  @Test func `a close out of sight is found by looking again`() async throws {
    #expect(try await Self.attempts(failures: 3, patience: Self.hour, look: 1) == 4)
  }

  @Test func `what stays short fails when patience ends`() async {
    await #expect(throws: Errno.tooManyOpenFiles) { try await Self.attempts(failures: .max, patience: 20, look: 1) }
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
