// What the acceptor and the workers tell each other: whether there is room, and when there is some again.

import Synchronization

/// Written at the moments the gate turns and when a connection begins or ends; read once per answer.
final class AcceptGate: Sendable {
  private let shut = Atomic<Bool>(false)
  private let connections = Atomic<Int>(0)
  private let wake = Mutex<(@Sendable () -> Void)?>(nil)

  /// Whether there is no room for a further connection. Answers then end their connection.
  var isShut: Bool { shut.load(ordering: .relaxed) }

  func setShut(_ isShut: Bool) { shut.store(isShut, ordering: .relaxed) }

  /// Connections accepted and not ended yet.
  var connectionCount: Int { connections.load(ordering: .relaxed) }

  func connectionBegan() { connections.add(1, ordering: .relaxed) }

  func connectionEnded() {
    connections.subtract(1, ordering: .relaxed)
    guard isShut else { return }
    let action = wake.withLock { $0.take() }
    action?()
  }

  /// Calls `action` once, from the thread on which the next connection ends.
  func onNextEnd(_ action: @escaping @Sendable () -> Void) { wake.withLock { $0 = action } }
}
