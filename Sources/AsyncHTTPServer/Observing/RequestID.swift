// The id of a request, by which the logs of a proxy, this server and an upstream are brought together.

/// The id of a request: that of a trusted proxy's X-Request-ID, or one made here.
package struct RequestID: Equatable, Sendable, CustomStringConvertible {
  private enum Storage: Equatable, Sendable {
    case made(prefix: UInt64, number: UInt64)
    case given([UInt8])
  }

  private let storage: Storage

  /// The longest id that is taken over.
  package static let maxLength = 128

  /// 32 hexadecimal digits: those of a prefix and those of a number.
  init(prefix: UInt64, number: UInt64) { storage = .made(prefix: prefix, number: number) }

  /// An id that a proxy has given; nil unless it is 1 to 128 of the characters that stand for themselves in a log line,
  /// a URI and a shell: letters, digits and `._:/+=-`.
  package init?(_ octets: Span<UInt8>) {
    guard (1...Self.maxLength).contains(octets.count) else { return nil }
    for index in octets.indices where !Self.isAllowed(octets[index]) { return nil }
    storage = .given(octets.indices.map { octets[$0] })
  }

  private static func isAllowed(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Appends the characters of the id.
  package func append(to output: inout [UInt8]) {
    switch storage {
    case .given(let octets): output.append(contentsOf: octets)
    case .made(let prefix, let number):
      let digits = (
        Self.digits(of: prefix >> 32).bigEndian, Self.digits(of: prefix & 0xFFFF_FFFF).bigEndian,
        Self.digits(of: number >> 32).bigEndian, Self.digits(of: number & 0xFFFF_FFFF).bigEndian
      )
      withUnsafeBytes(of: digits) { output.append(contentsOf: $0) }
    }
  }

  /// The eight hexadecimal digits of 32 bits, the first in the highest octet. All at once, since each request has 32 of
  /// them in its answer and in the log.
  private static func digits(of value: UInt64) -> UInt64 {
    var nibbles = (value << 16 | value) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles << 8 | nibbles) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles << 4 | nibbles) & 0x0F0F_0F0F_0F0F_0F0F
    // 1 in each octet from 10 on: those are letters, 39 further on than the digits.
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
  }

  package var description: String {
    var octets: [UInt8] = []
    append(to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }
}

/// Makes the ids of one worker: a random prefix, so that no other worker or process makes the same, and a count.
struct RequestIDs {
  private let prefix = UInt64.random(in: .min ... .max)
  private var count: UInt64 = 0

  mutating func next() -> RequestID {
    count &+= 1
    return RequestID(prefix: prefix, number: count)
  }
}
