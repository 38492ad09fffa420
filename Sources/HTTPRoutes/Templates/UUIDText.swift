// 128 random bits as text.

enum UUIDText {
  private static let digits = Array("0123456789abcdef".utf8)

  /// A UUID of version 4 (RFC 9562 §5.4).
  static func text(_ bits: (UInt64, UInt64)) -> String {
    var octets: [UInt8] = []
    append(bits, to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  static func append(_ bits: (UInt64, UInt64), to octets: inout [UInt8]) {
    let high = bits.0 & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = bits.1 & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    append(high >> 32, 8, to: &octets)
    for part in [high >> 16, high, low >> 48] {
      octets.append(UInt8(ascii: "-"))
      append(part, 4, to: &octets)
    }
    octets.append(UInt8(ascii: "-"))
    append(low, 12, to: &octets)
  }

  /// 32 hexadecimal digits.
  static func hex(_ bits: (UInt64, UInt64)) -> String {
    var octets: [UInt8] = []
    append(bits.0, 16, to: &octets)
    append(bits.1, 16, to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  private static func append(_ value: UInt64, _ count: Int, to octets: inout [UInt8]) {
    for position in (0..<count).reversed() { octets.append(digits[Int(value >> UInt64(position * 4) & 15)]) }
  }
}
