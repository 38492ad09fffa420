// Fetches take descriptors as clients do, and near the limit they wait for one another rather than fail for want of
// one.

import Reactor
import Synchronization
import UpstreamClient

/// The room that the fetches of the process have. Far from the limit there is always enough.
final class ProxyDescriptors: Sendable {
  static let shared = ProxyDescriptors()

  /// The socket, the recording's file, and three while it is published. As many as are kept free for a new client by
  /// default, so that one fetch at a time always has them.
  private static let perFetch = 5

  /// A wish is the budget of the server that the request came through: its limit may change while the fetch waits.
  private let line = WaitingLine<DescriptorBudget> { running, budget in
    // Those that run may not have opened theirs yet, so theirs are kept free for them.
    running == 0 || budget.room(assuming: perFetch, reservations: running) == .enough
  }
  private let isWatching = Atomic<Bool>(false)

  /// Waits until there is room for one more fetch; `leave` gives it back. False, without room, when the task is
  /// cancelled.
  func enter(_ budget: DescriptorBudget) async -> Bool {
    await line.enter(budget) { self.watch() }
  }

  func leave() { line.leave() }

  /// While fetches wait, every close is a reason to look.
  private func watch() {
    guard line.isWaitedFor, isWatching.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
      return
    }
    DescriptorWatch.onNextClose {
      self.isWatching.store(false, ordering: .releasing)
      self.line.admit()
      self.watch()
    }
  }

  /// Whether there are so many descriptors left that connections may be kept in case of a further request: half of
  /// them.
  static func isAmple(_ budget: DescriptorBudget) -> Bool { budget.room(assuming: budget.limit / 2, reservations: 0) == .enough }
}

extension UpstreamClient {
  /// Fetches, again where there was no descriptor for the connection: nothing has been sent then.
  func fetchWaiting(
    _ request: UpstreamRequest, on reactor: Reactor, interim: (@Sendable (UpstreamHead) -> Void)? = nil
  ) async throws(UpstreamError) -> UpstreamExchange {
    try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(UpstreamError) in
      try await fetch(request, interim: interim)
    }
  }
}

extension UpstreamError {
  fileprivate var isShortage: Bool { if case .tooManyDescriptors = self { true } else { false } }
}
