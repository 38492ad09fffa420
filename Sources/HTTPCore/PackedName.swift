// A short ASCII name, case folded and packed into four words, so that "is this field line Content-Length?" costs four word compares and
// no string. Folding sets bit 5 of each octet. That is exact for names of letters, digits and hyphens as long as the other side has no
// control octets, which the scan of a line has already refused: the only other octets that fold to a digit or a hyphen are controls.

struct PackedName: Equatable, Sendable {
  /// The longest name that packs. Longer ones are unknown by definition.
  static var capacity: Int { 32 }

  private(set) var count = 0
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0
  private var last: UInt64 = 0

  @inline(__always)
  init() {}

  init(_ name: String) {
    precondition(name.utf8.count <= Self.capacity)
    for byte in name.utf8 { append(byte) }
  }

  @inline(__always)
  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    for index in range { append(bytes[index]) }
  }

  /// Beyond `capacity` octets are lost from the front; `count` still tells such a name from every packed one.
  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if count & 7 == 0 {
      first = second
      second = third
      third = last
      last = 0
    }
    last = last &<< 8 | UInt64(byte | 0x20)
    count &+= 1
  }

  @inline(__always)
  static func == (left: PackedName, right: PackedName) -> Bool {
    left.count == right.count
      && ((left.first ^ right.first) | (left.second ^ right.second) | (left.third ^ right.third) | (left.last ^ right.last)) == 0
  }

  /// Spreads the names over a table of `1 << bits` slots.
  @inline(__always)
  func slot(bits: UInt64) -> Int {
    let mixed = (last &+ third &* 3 &+ second &* 5 &+ first &* 7 &+ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed &>> (64 - bits))
  }
}
