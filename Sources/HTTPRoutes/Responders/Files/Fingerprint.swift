// A fast 64-bit digest of bytes: which slot of a cache, and whether a file's content is what it was. It guards against
// accident, not against files that are made to collide: an attacker who can write the files has easier ways.

struct Fingerprint {
  private(set) var value: UInt64

  init(seed: UInt64 = 0) { value = seed ^ 0x9E37_79B9_7F4A_7C15 }

  /// What another has come to, to be added to.
  init(continuing value: UInt64) { self.value = value }

  /// Multiplies to twice the width and folds the halves: every bit of the input reaches every bit of the result.
  @inline(__always)
  mutating func add(_ word: UInt64) {
    let product = (value ^ word ^ 0x2545_F491_4F6C_DD1D).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    value = product.high ^ product.low ^ word
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset + 8 <= bytes.count {
      add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var last = UInt64(truncatingIfNeeded: bytes.count) << 56
    var shift: UInt64 = 0
    while offset < bytes.count {
      last |= UInt64(bytes[offset]) << shift
      shift += 8
      offset += 1
    }
    add(last)
  }
}
