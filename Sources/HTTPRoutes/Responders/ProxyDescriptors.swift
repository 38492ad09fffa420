// Fetches take descriptors as clients do, and near the limit they wait for one another rather than fail for want of one.

import Reactor
import Synchronization
import UpstreamClient

/// The room that the fetches of the process have. Far from the limit there is always enough.
final class ProxyDescriptors: Sendable {
  private struct Waiter {
    /// That of the server that the request came through: its limit may change while the fetch waits.
    let budget: DescriptorBudget
    let continuation: UnsafeContinuation<Void, Never>
  }

  private struct State {
    var running = 0
    /// The first to come first. Never waited in while nothing runs.
    var queue: [Waiter] = []
  }

  static let shared = ProxyDescriptors()

  /// The socket, the recording's file, and three while it is published. As many as are kept free for a new client by default, so that one
  /// fetch at a time always has them.
  private static let perFetch = 5

  private let state = Mutex(State())

  /// Waits until there is room for one more fetch; `leave` gives it back.
  func enter(_ budget: DescriptorBudget) async {
    await withUnsafeContinuation { continuation in
      let hasRoom = state.withLock { state in
        guard Self.hasRoom(state, budget) else {
          state.queue.append(Waiter(budget: budget, continuation: continuation))
          return false
        }
        state.running += 1
        return true
      }
      if hasRoom { continuation.resume() } else { DescriptorWatch.onNextClose { self.admit() } }
    }
  }

  func leave() {
    state.withLock { $0.running -= 1 }
    admit()
  }

  /// Those that run may not have opened theirs yet, so theirs are kept free for them.
  private static func hasRoom(_ state: borrowing State, _ budget: DescriptorBudget) -> Bool {
    state.running == 0 || budget.room(assuming: perFetch, reservations: state.running) == .enough
  }

  private func admit() {
    while let next = state.withLock({ state -> Waiter? in
      guard let first = state.queue.first, Self.hasRoom(state, first.budget) else { return nil }
      state.running += 1
      return state.queue.removeFirst()
    }) {
      next.continuation.resume()
    }
  }
}

extension UpstreamClient {
  /// Fetches, again where there was no descriptor for the connection: nothing has been sent then.
  func fetchWaiting(_ request: UpstreamRequest, on reactor: Reactor) async throws(UpstreamError) -> UpstreamExchange {
    try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(UpstreamError) in try await fetch(request) }
  }
}

extension UpstreamError {
  fileprivate var isShortage: Bool { if case .tooManyDescriptors = self { true } else { false } }
}
