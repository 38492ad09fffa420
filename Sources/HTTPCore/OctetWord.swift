// Eight octets at a time. The scan of a head spends most of its time asking "is there anything but visible ASCII here?", which a 64-bit word
// answers for eight octets with a few operations and no branch (the tricks are in "Hacker's Delight", chapter 6).

enum OctetWord {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var highs: UInt64 { 0x8080_8080_8080_8080 }

  /// Setting bit 5 of every octet folds ASCII letters to lower case.
  static var foldingBits: UInt64 { 0x2020_2020_2020_2020 }

  /// The eight octets from `index`, the first one lowest. One bounds check; the compiler makes it one load.
  @inline(__always)
  static func load(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
    let part = bytes.extracting(index..<index &+ 8)
    let low = UInt64(part[0]) | UInt64(part[1]) &<< 8 | UInt64(part[2]) &<< 16 | UInt64(part[3]) &<< 24
    let high = UInt64(part[4]) | UInt64(part[5]) &<< 8 | UInt64(part[6]) &<< 16 | UInt64(part[7]) &<< 24
    return low | high &<< 32
  }

  /// The high bit of each octet that is not in 0x20...0x7E. Exact up to the first such octet, which is all that is asked.
  @inline(__always)
  static func invisible(_ word: UInt64) -> UInt64 {
    let below = (word &- ones &* 0x20) & ~word
    let delete = word ^ (ones &* 0x7F)
    return (below | word | ((delete &- ones) & ~delete)) & highs
  }

  /// The high bit of the first octet that equals `byte`, and perhaps of later ones.
  @inline(__always)
  static func matches(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & highs
  }

  /// Which octet the lowest of these high bits belongs to.
  @inline(__always)
  static func firstIndex(_ highBits: UInt64) -> Int { highBits.trailingZeroBitCount &>> 3 }
}
