// The daemon from outside: everything in this suite starts the built program and talks to it as its users do, with
// curl, nginx, signals and systemd. One test at a time, since they share the machine's two cores with real servers;
// on a thread of its own, since they wait by blocking, which the threads of Swift's own pool must not.

import Dispatch
import Testing

@Suite(.serialized, .onItsOwnThread) enum BlackBox {}

struct OwnThreadTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) { try await function() }
  }
}

extension Trait where Self == OwnThreadTrait {
  /// Runs the test where it may block.
  static var onItsOwnThread: Self { OwnThreadTrait() }
}

private final class BlockingExecutor: TaskExecutor {
  static let shared = BlockingExecutor()
  private let queue = DispatchQueue(label: "black box", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
