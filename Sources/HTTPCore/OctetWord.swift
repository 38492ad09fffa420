// Eight octets at a time. The scan of a head spends most of its time asking "is there anything but visible ASCII
// here?", which a 64-bit word answers for eight octets with a few operations and no branch (the tricks are in "Hacker's
// Delight", chapter 6).

enum OctetWord {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var highs: UInt64 { 0x8080_8080_8080_8080 }

  /// Setting bit 5 of every octet folds ASCII letters to lower case.
  static var foldingBits: UInt64 { 0x2020_2020_2020_2020 }

  /// The eight octets from `index`, the first one lowest. The bounds are checked; what the name calls unsafe is the
  /// choice of a type, and any bits make a `UInt64`. Put together from eight elements it is not always one load.
  @inline(__always)
  static func load(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
    UInt64(littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  /// The octets of `index..<end`, eight at most, the first one lowest and zeros above the last.
  @inline(__always)
  static func load(_ bytes: Span<UInt8>, at index: Int, before end: Int) -> UInt64 {
    let count = end &- index
    if count >= 8 { return load(bytes, at: index) }
    if index &+ 8 <= bytes.count { return load(bytes, at: index) & below(count) }
    return loadLast(bytes, index..<end)
  }

  /// The same for fewer than eight octets, not far from the end of all there are.
  private static func loadLast(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var word: UInt64 = 0
    for index in range.reversed() { word = word &<< 8 | UInt64(bytes[index]) }
    return word
  }

  /// All bits of the first `count` octets, fewer than eight.
  @inline(__always)
  static func below(_ count: Int) -> UInt64 { (1 &<< UInt64(count &* 8)) &- 1 }

  /// The high bit of each octet that is not in 0x20...0x7E. Exact up to the first such octet, which is all that is
  /// asked.
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

  @inline(__always)
  static func isASCII(_ word: UInt64) -> Bool { word & highs == 0 }

  /// The high bit of each octet that equals `byte`, and of no other. All octets of the word must be ASCII, so that no
  /// difference borrows from the next.
  @inline(__always)
  static func equals(_ word: UInt64, _ byte: UInt8) -> UInt64 { (highs &- (word ^ (ones &* UInt64(byte)))) & highs }

  /// The same for a word that may have octets beyond ASCII.
  @inline(__always)
  static func equalsAmongAny(_ word: UInt64, _ byte: UInt8) -> UInt64 { equals(word & ~highs, byte) & ~word }

  /// The same as `equals` for octets that differ from `byte` in nothing but the bits ignored, which `byte` does not
  /// have.
  @inline(__always)
  static func equals(_ word: UInt64, _ byte: UInt8, ignoring bits: UInt8) -> UInt64 { equals(word & ~(ones &* UInt64(bits)), byte) }

  /// The high bit of each octet that is no letter, digit, hyphen or dot. All octets of the word must be ASCII.
  @inline(__always)
  static func notHostName(_ word: UInt64) -> UInt64 {
    let folded = word | foldingBits
    let isLetter = within(folded, 0x61, 0x7A)
    let isDigit = within(word, 0x30, 0x39)
    let isDotOrHyphen = within(word, 0x2D, 0x2E)
    return ~(isLetter | isDigit | isDotOrHyphen) & highs
  }

  /// The high bit of each octet that is no digit. All octets of the word must be ASCII.
  @inline(__always)
  static func notDigits(_ word: UInt64) -> UInt64 { ~within(word, 0x30, 0x39) & highs }

  /// The high bit of each octet that is in `first...last`; all must be ASCII.
  @inline(__always)
  private static func within(_ word: UInt64, _ first: UInt64, _ last: UInt64) -> UInt64 {
    (word &+ ones &* (0x80 &- first)) & ~(word &+ ones &* (0x7F &- last))
  }

  /// Which octet the lowest of these high bits belongs to.
  @inline(__always)
  static func firstIndex(_ highBits: UInt64) -> Int { highBits.trailingZeroBitCount &>> 3 }
}
