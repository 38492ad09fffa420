// Answers by chance: each request draws one, independently of all others.

import Synchronization

/// The random numbers that a route draws its answers by.
final class WeightedChoice: ResettableState {
  /// For each answer, the sum of the weights up to and with its own.
  private let sums: [UInt64]
  private let seed: UInt64?
  private let numbers: Mutex<SplitMix64>

  /// - Parameters:
  ///   - weights: at least one, each at least 1.
  ///   - seed: has the choices repeat from the start; nil for unpredictable ones.
  init(weights: [Int], seed: UInt64? = nil) {
    var sum: UInt64 = 0
    sums = weights.map { weight in
      sum += UInt64(weight)
      return sum
    }
    self.seed = seed
    numbers = Mutex(SplitMix64(seed ?? UInt64.random(in: 0 ... .max)))
  }

  /// Draws an answer, counted from 0.
  func draw() -> Int {
    guard let total = sums.last, total > 0 else { return 0 }
    let number = numbers.withLock { UInt64.random(in: 0..<total, using: &$0) }
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func reset() { numbers.withLock { $0 = SplitMix64(seed ?? UInt64.random(in: 0 ... .max)) } }
}

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): one addition and a
/// mix for each number, good enough to choose by and not for secrets.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
