// One input of libFuzzer, and the places where it is cut.

/// What a fuzz target reads: octets, and a last one that says how they arrive and under which limits, so that a corpus file reads as what it is.
package struct FuzzInput {
  package let bytes: [UInt8]
  private let seed: UInt8

  package init(_ data: UnsafePointer<UInt8>, _ count: Int) {
    bytes = Array(UnsafeBufferPointer(start: data, count: max(0, count - 1)))
    seed = count > 0 ? data[count - 1] : 0
  }

  /// Whether the target shall set bounds so low that short inputs reach them.
  package var wantsLowLimits: Bool { seed & 0x80 != 0 }

  /// How many of `bytes` a client sends that leaves early, and how it leaves; nil for one that stays. Five in eight stay.
  package var leaving: (count: Int, way: Leaving)? {
    guard let way = Leaving(rawValue: seed >> 3 & 7) else { return nil }
    let mixed = bytes.reduce(UInt64(seed)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return (Int(mixed % UInt64(bytes.count + 1)), way)
  }

  package enum Leaving: UInt8 {
    /// Stops sending, and reads on.
    case halfClose = 5
    /// Closes, having read nothing.
    case close
    /// The same with a reset.
    case reset
  }

  /// Where the pieces of `bytes` end, rising, the last one at their end, as a generator has it.
  package var cuts: Cuts { cuts(of: bytes.count) }

  /// The same of the first `count`.
  package func cuts(of count: Int) -> Cuts { Cuts(count: count, seed: seed) }
}

package struct Cuts: Sequence, IteratorProtocol {
  private let count: Int
  private let longest: UInt64
  private var state: UInt64
  private var position = 0
  private var isFinished = false

  init(count: Int, seed: UInt8) {
    self.count = count
    state = UInt64(seed)
    // The low bits say how long pieces may be: 1, 2, 4 … 128 octets.
    longest = 1 << (UInt64(seed) & 7)
  }

  package mutating func next() -> Int? {
    if isFinished { return nil }
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    position = Swift.min(count, position + 1 + Int(mixed % longest))
    isFinished = position == count
    return position
  }
}
