// What the acceptor and the workers tell each other: whether there is room, and when there is some again.

import Synchronization

/// Written at the moments the gate turns, when a connection begins or ends, and when the acceptor waits; read once per
/// answer.
final class AdmissionSignals: Sendable {
  private let shut = Atomic<Bool>(false)
  private let promised = Atomic<Bool>(false)
  private let connections = Atomic<Int>(0)
  private let isAwaited = Atomic<Bool>(false)
  private let wake = Mutex<(@Sendable () -> Void)?>(nil)

  /// Whether there is no room for a further connection. Answers then end their connection.
  var isShut: Bool { shut.load(ordering: .relaxed) }

  /// Whether connections are left in their queue just now, because there is no room or because what there is has been
  /// promised to others.
  var isCrowded: Bool { isShut || promised.load(ordering: .relaxed) }

  /// The gate has turned.
  func set(_ phase: AdmissionGate.Phase) {
    shut.store(phase == .shut, ordering: .relaxed)
    promised.store(phase == .promised, ordering: .relaxed)
  }

  /// Connections accepted and not ended yet.
  var connectionCount: Int { connections.load(ordering: .relaxed) }

  func connectionBegan() { connections.add(1, ordering: .relaxed) }

  func connectionEnded() {
    connections.subtract(1, ordering: .relaxed)
    roomWasGivenBack()
  }

  func roomWasGivenBack() {
    guard isAwaited.load(ordering: .relaxed) else { return }
    isAwaited.store(false, ordering: .relaxed)
    let action = wake.withLock { $0.take() }
    action?()
  }

  /// Calls `action` once, from the thread on which the next connection ends or the next reservation does.
  func onNextRoom(_ action: @escaping @Sendable () -> Void) {
    wake.withLock { $0 = action }
    isAwaited.store(true, ordering: .relaxed)
  }
}
