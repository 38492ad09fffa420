// Random numbers that a test knows.

import HTTPRoutes
import Synchronization

/// The numbers of a seed, by SplitMix64 (Steele, Lea and Flood 2014).
final class MixedNumbers: NumberSource {
  private let state: Mutex<UInt64>

  init(seed: UInt64) { state = Mutex(seed) }

  func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      return value ^ value >> 31
    }
  }
}

/// Numbers of a list, again and again.
final class ListedNumbers: NumberSource {
  private let numbers: [UInt64]
  private let position = Mutex(0)

  init(_ numbers: [UInt64]) { self.numbers = numbers }

  /// Numbers whose fractions are these.
  convenience init(fractions: [Double]) { self.init(fractions.map { UInt64($0 * 0x1p53) << 11 }) }

  func next() -> UInt64 {
    position.withLock { position in
      defer { position = (position + 1) % numbers.count }
      return numbers[position]
    }
  }
}
