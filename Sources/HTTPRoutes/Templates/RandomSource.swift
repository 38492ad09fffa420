// Random numbers for templates: the system's, or those of a seed, which begin anew with each table.

import Synchronization

/// Where the random numbers of a table's templates come from. Shared by all threads.
package final class RandomSource: Sendable {
  private let seed: UInt64?
  private let seeded: Mutex<Xoshiro>

  /// - Parameter seed: nil for the system's numbers.
  package init(seed: UInt64? = nil) {
    self.seed = seed
    seeded = Mutex(Xoshiro(seed: seed ?? 0))
  }

  /// Has the numbers of a seed begin anew.
  package func reset() { seeded.withLock { $0 = Xoshiro(seed: seed ?? 0) } }

  /// 128 bits that no client can guess, unless there is a seed.
  func unguessable() -> (UInt64, UInt64) {
    if seed != nil { return seeded.withLock { ($0.next(), $0.next()) } }
    var system = SystemRandomNumberGenerator()
    return (system.next(), system.next())
  }

  /// A generator for one answer, or the next number of the seed.
  fileprivate func generator() -> Xoshiro? {
    if seed != nil { return nil }
    let (high, low) = unguessable()
    return Xoshiro(seed: high ^ low)
  }

  /// A number: the next of the seed, or one of the system.
  package func next() -> UInt64 {
    if seed != nil { return seeded.withLock { $0.next() } }
    var system = SystemRandomNumberGenerator()
    return system.next()
  }
}

/// The random numbers of one answer. Without a seed the system is asked once for all of them.
struct RandomNumbers {
  private let source: RandomSource
  private var own: Xoshiro?
  private var isBegun = false

  init(_ source: RandomSource) { self.source = source }

  mutating func next() -> UInt64 {
    if !isBegun {
      own = source.generator()
      isBegun = true
    }
    if own != nil { return own!.next() }
    return source.next()
  }

  func unguessable() -> (UInt64, UInt64) { source.unguessable() }

  /// A number from 0 up to `bound`, each equally likely; 0 stands for 2^64.
  mutating func below(_ bound: UInt64) -> UInt64 {
    if bound == 0 { return next() }
    // Numbers of the last, incomplete run are drawn again (Lemire 2019).
    let threshold = (0 &- bound) % bound
    while true {
      let (high, low) = next().multipliedFullWidth(by: bound)
      if low >= threshold { return high }
    }
  }

  mutating func integer(in range: ClosedRange<Int>) -> Int {
    let width = UInt64(bitPattern: Int64(range.upperBound)) &- UInt64(bitPattern: Int64(range.lowerBound)) &+ 1
    return Int(truncatingIfNeeded: Int64(bitPattern: UInt64(bitPattern: Int64(range.lowerBound)) &+ below(width)))
  }

  /// One of several items.
  ///
  /// - Precondition: there is one.
  mutating func element<Element>(of items: [Element]) -> Element { items[Int(below(UInt64(items.count)))] }
}

/// xoshiro256** by Blackman and Vigna (2018), its state drawn by SplitMix64.
struct Xoshiro: Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(seed: UInt64) {
    var mix = seed
    func draw() -> UInt64 {
      mix &+= 0x9E37_79B9_7F4A_7C15
      var value = mix
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      return value ^ value >> 31
    }
    state = (draw(), draw(), draw(), draw())
  }

  mutating func next() -> UInt64 {
    let result = Self.rotated(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = Self.rotated(state.3, 45)
    return result
  }

  private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}
