// A pause of a turn. `Task.yield()` is none: the loop runs what has yielded again before it looks at its descriptors.

extension Reactor {
  /// Suspends until the loop has looked at its descriptors and timers. Work that comes in many pieces holds up nobody
  /// with one piece a turn. On the reactor's thread.
  package nonisolated(nonsending) func nextTurn() async {
    await withUnsafeContinuation { continuation in
      // No turn ends any more.
      if hasEnded { return continuation.resume() }
      atEndOfTurn(TurnWait(continuation))
    }
  }
}

private final class TurnWait: TurnEndTarget {
  private let continuation: UnsafeContinuation<Void, Never>

  init(_ continuation: UnsafeContinuation<Void, Never>) { self.continuation = continuation }

  func turnEnded(on reactor: Reactor) { continuation.resume() }
}
