// Where the random numbers of deliveries come from: those of templates, or a source that a test decides on.

/// A source of random numbers, shared by all threads.
package protocol NumberSource: Sendable {
  /// 64 random bits.
  func next() -> UInt64
}

extension NumberSource {
  /// A number from 0 up to, but not, 1, in steps of 2^-53.
  func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension RandomSource: NumberSource {}
