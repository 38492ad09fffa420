// Fetches take descriptors as clients do, and near the limit they wait for one another rather than fail for want of one.

import Reactor
import Synchronization
import UpstreamClient

/// The room that the fetches of the process have. Far from the limit there is always enough.
final class ProxyDescriptors: Sendable {
  private struct State {
    var running = 0
    /// The first to come first. Never waited in while nothing runs.
    var queue: [UnsafeContinuation<Void, Never>] = []
  }

  static let shared = ProxyDescriptors()

  /// The socket, the recording's file, and three while it is published. As many as are kept free for a new client by default, so that one
  /// fetch at a time always has them.
  private static let perFetch = 5

  /// What is short now is free a moment later, so whoever finds no descriptor tries again for two seconds.
  static let attempts = 400
  static let pause: Milliseconds = 5

  /// Fetches, again where there was no descriptor for the connection: nothing has been sent then.
  static func retrying(
    on reactor: Reactor, _ fetch: () async throws(UpstreamError) -> UpstreamExchange
  ) async throws(UpstreamError) -> UpstreamExchange {
    var attempt = 1
    while true {
      do throws(UpstreamError) {
        return try await fetch()
      } catch {
        guard case .tooManyDescriptors = error, attempt < attempts else { throw error }
        attempt += 1
        try? await reactor.sleep(milliseconds: pause)
      }
    }
  }

  private let state = Mutex(State())

  /// Waits until there is room for one more fetch; `leave` gives it back.
  func enter() async {
    await withUnsafeContinuation { continuation in
      let hasRoom = state.withLock { state in
        guard Self.hasRoom(state) else {
          state.queue.append(continuation)
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
  private static func hasRoom(_ state: borrowing State) -> Bool {
    guard state.running > 0, let open = ProcessDescriptors.openCount(), let limit = ProcessDescriptors.softLimit else { return true }
    return limit - open >= perFetch * (state.running + 1)
  }

  private func admit() {
    while let next = state.withLock({ state -> UnsafeContinuation<Void, Never>? in
      guard !state.queue.isEmpty, Self.hasRoom(state) else { return nil }
      state.running += 1
      return state.queue.removeFirst()
    }) {
      next.resume()
    }
  }
}
