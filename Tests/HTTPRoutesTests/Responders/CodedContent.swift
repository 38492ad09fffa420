// Coded content that stands for very much, made by hand: Foundation has no compressor on this platform.

/// So many zero bytes, by zlib (RFC 1950, RFC 1951), which the coding `deflate` is: one byte for every 158.
func zlibBomb(_ count: Int) -> [UInt8] {
  var bytes: [UInt8] = [0x78, 0x01]
  var bits: UInt32 = 0
  var bitCount: UInt32 = 0
  func add(_ value: UInt32, _ width: UInt32) {
    bits |= value << bitCount
    bitCount += width
    while bitCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
      bitCount -= 8
    }
  }
  // The last block, with fixed codes; codes are sent from their highest bit on.
  add(0b011, 3)
  let zero: (UInt32, UInt32) = (0b0000_1100, 8)
  add(zero.0, zero.1)
  var left = count - 1
  while left >= 258 {
    // Length 258 (285: 11000101), distance 1 (0: 00000).
    add(0b1010_0011, 8)
    add(0, 5)
    left -= 258
  }
  for _ in 0..<left { add(zero.0, zero.1) }
  add(0, 7)
  add(0, (8 - bitCount) % 8)
  // Adler-32 of zeros.
  let sum = UInt32(count % 65_521) << 16 | 1
  return bytes + [UInt8(truncatingIfNeeded: sum >> 24), UInt8(truncatingIfNeeded: sum >> 16), 0, 1]
}
