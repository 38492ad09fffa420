// Octets within octets.

import Glibc

extension [UInt8] {
  /// Where `needle` stands next, from a position on; nil for an empty one.
  func firstIndex(of needle: [UInt8], from start: Int = 0) -> Int? {
    guard !needle.isEmpty, start >= 0 else { return nil }
    return withUnsafeBytes { octets in
      needle.withUnsafeBytes { needle in
        guard let base = octets.baseAddress, let sought = needle.baseAddress else { return nil }
        var position = start
        while position <= octets.count - needle.count {
          guard let first = memchr(base + position, Int32(needle[0]), octets.count - needle.count - position + 1) else { return nil }
          if memcmp(first, sought, needle.count) == 0 { return UnsafeRawPointer(first) - base }
          position = UnsafeRawPointer(first) - base + 1
        }
        return nil
      }
    }
  }

  /// The octets with each occurrence of `needle` replaced.
  func replacingAll(_ needle: [UInt8], with replacement: [UInt8]) -> [UInt8] {
    guard var next = firstIndex(of: needle) else { return self }
    var result: [UInt8] = []
    var position = 0
    while true {
      result += self[position..<next]
      result += replacement
      position = next + needle.count
      guard let following = firstIndex(of: needle, from: position) else { return result + self[position...] }
      next = following
    }
  }

  /// The octets with the letters of ASCII in lower case.
  var lowercasedASCII: [UInt8] { map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
}
