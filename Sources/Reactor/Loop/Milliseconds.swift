// Time as timers count it.

/// Whole milliseconds: a span, or a moment on a reactor's clock (CLOCK_MONOTONIC).
package typealias Milliseconds = UInt64

extension Duration {
  /// Rounded up, so that nothing is due too early; none for a duration of no time or less, and ten years at most.
  package var inMilliseconds: Milliseconds {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 315_360_000 else { return 315_360_000_000 }
    return UInt64(seconds) * 1000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
