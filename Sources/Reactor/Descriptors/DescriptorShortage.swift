// What is short now is free a moment later: code that finds no descriptor waits for one to close, and tries again.

/// How long to wait for a descriptor.
package enum DescriptorShortage {
  /// Milliseconds: two seconds, longer than connections take to close that were told to, shorter than a client's
  /// patience.
  package static let patience: Milliseconds = 2_000
  /// Milliseconds until it is tried again without a close: one may have come before the wait, or out of sight, inside a
  /// library or in another process where the whole system is short.
  package static let look: Milliseconds = 50

  /// Tries until there is a descriptor, for as long as `patience`; then throws what the last attempt threw. On the
  /// reactor's thread.
  ///
  /// - Parameters:
  ///   - isShortage: whether an attempt failed for want of a descriptor; any other failure is thrown at once.
  package nonisolated(nonsending) static func retrying<R, E: Error>(
    on reactor: Reactor, patience: Milliseconds = patience, look: Milliseconds = look, _ isShortage: (E) -> Bool,
    _ attempt: nonisolated(nonsending) () async throws(E) -> R
  ) async throws(E) -> R {
    let deadline = reactor.now + patience
    while true {
      do throws(E) {
        return try await attempt()
      } catch {
        guard isShortage(error), reactor.now < deadline, !Task.isCancelled else { throw error }
      }
      let wait = CloseWait(reactor: reactor)
      await withUnsafeContinuation { wait.begin($0, atMost: look) }
    }
  }
}

/// One wait for a close. Confined to its reactor's thread, hence `@unchecked Sendable`.
private final class CloseWait: TimerTarget, @unchecked Sendable {
  private let reactor: Reactor
  private var continuation: UnsafeContinuation<Void, Never>?
  private var timer = TimerID.none

  init(reactor: Reactor) { self.reactor = reactor }

  func begin(_ continuation: UnsafeContinuation<Void, Never>, atMost look: Milliseconds) {
    precondition(reactor.isCurrent, "a wait belongs to its reactor's thread")
    self.continuation = continuation
    timer = reactor.setTimer(after: look, self)
    // The next close may come when this reactor has long ended, and must not keep its descriptors open.
    DescriptorWatch.onNextClose { [weak self] in
      self?.reactor.execute { [weak self] in self?.end() }
    }
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) { end() }

  private func end() {
    reactor.cancelTimer(timer)
    continuation?.resume()
    continuation = nil
  }
}
