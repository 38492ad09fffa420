// A short ASCII name, case folded and packed into four words, so that "is this field line Content-Length?" costs four
// word compares and no string. Folding sets bit 5 of each octet. That is exact for names of letters, digits and hyphens
// as long as the other side has no control octets, which the scan of a line has already refused: the only other octets
// that fold to a digit or a hyphen are controls.

struct PackedName: Equatable, Sendable {
  /// The longest name that packs. Longer ones are unknown by definition.
  static var capacity: Int { 32 }

  private(set) var count = 0
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0
  private var fourth: UInt64 = 0

  @inline(__always)
  init() {}

  init(_ name: String) {
    precondition(name.utf8.count <= Self.capacity)
    for byte in name.utf8 { append(byte) }
  }

  /// Packs a whole range; one beyond the capacity equals no name.
  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    if range.count > Self.capacity {
      count = range.count
    } else {
      for index in range { append(bytes[index]) }
    }
  }

  /// Packs what stands before the first colon from `start`, eight octets at a time. Nil if there is none near enough,
  /// or if the bytes end too soon to load whole words; the caller has a slow path.
  @inline(__always)
  init?(_ bytes: Span<UInt8>, beforeColonFrom start: Int) {
    var index = start
    while count < Self.capacity {
      guard index &+ 8 <= bytes.count else { return nil }
      let word = OctetWord.load(bytes, at: index)
      let colons = OctetWord.matches(word, Octet.colon)
      if colons != 0 {
        let length = OctetWord.firstIndex(colons)
        let mask = (1 &<< UInt64(length &* 8)) &- 1 as UInt64
        set((word | OctetWord.foldingBits) & mask)
        count &+= length
        return
      }
      set(word | OctetWord.foldingBits)
      count &+= 8
      index &+= 8
    }
    return nil
  }

  private mutating func append(_ byte: UInt8) {
    let folded = UInt64(byte | 0x20) &<< UInt64((count & 7) &* 8)
    switch count / 8 {
    case 0: first |= folded
    case 1: second |= folded
    case 2: third |= folded
    default: fourth |= folded
    }
    count += 1
  }

  /// Sets the word that `count` stands at.
  @inline(__always)
  private mutating func set(_ word: UInt64) {
    switch count &>> 3 {
    case 0: first = word
    case 1: second = word
    case 2: third = word
    default: fourth = word
    }
  }

  @inline(__always)
  static func == (left: PackedName, right: PackedName) -> Bool {
    left.count == right.count
      && ((left.first ^ right.first) | (left.second ^ right.second) | (left.third ^ right.third) | (left.fourth ^ right.fourth)) == 0
  }

  /// Spreads the names over a table of `1 << bits` slots.
  @inline(__always)
  func slot(bits: UInt64) -> Int {
    let mixed = (first &+ second &* 3 &+ third &* 5 &+ fourth &* 7 &+ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed &>> (64 - bits))
  }
}
