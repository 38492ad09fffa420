// The syntax of `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2), as the Host field and the absolute form carry
// it. Of names that the grammar allows, those that no client means and two recipients may read differently are refused:
// one with an empty label, which the DNS does not have (RFC 1034 §3.1); one with a comma, which is how repeated lines
// come out of a recipient that joins them (RFC 9110 §5.3); and one that escapes ASCII, whether it is decoded or not
// makes two hosts of it.

enum Authority {
  /// Checks one authority without userinfo. Returns where it is malformed, or nil when it is not.
  static func firstFault(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    let end = range.upperBound
    if index < end, bytes[index] == Octet.openBracket {
      index += 1
      let start = index
      while index < end, bytes[index] != Octet.closeBracket { index += 1 }
      guard index < end, isIPv6(bytes, start..<index) else { return start }
      index += 1
    } else {
      index = endOfPlainName(bytes, range)
      while index < end {
        let byte = bytes[index]
        if byte == Octet.dot, index == range.lowerBound || bytes[index - 1] == Octet.dot { return index }
        if byte == Octet.percent {
          guard index + 2 < end, let high = Octet.hexValue(bytes[index + 1]), Octet.hexValue(bytes[index + 2]) != nil, high >= 8 else {
            return index
          }
          index += 3
        } else if ByteClass.registeredName.contains(byte), byte != Octet.comma {
          index += 1
        } else {
          break
        }
      }
      // A port without a host names nothing (RFC 9110 §4.2.1); a wholly empty value is for the caller to judge.
      if index == range.lowerBound, index < end { return index }
    }
    guard index < end else { return nil }
    guard bytes[index] == Octet.colon else { return index }
    return portFault(bytes, index + 1..<end)
  }

  /// Passes over letters, digits, hyphens and dots, which are all that most names and addresses have; over nothing if a
  /// label is empty.
  @inline(__always)
  private static func endOfPlainName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    var index = range.lowerBound
    // As if a dot stood before the name: then a label that is empty has a dot before it and one after.
    var previousDot: UInt64 = 0x80
    while index < range.upperBound {
      let word = OctetWord.load(bytes, at: index, before: range.upperBound)
      // An octet beyond ASCII is for the caller to find.
      guard OctetWord.isASCII(word) else { break }
      let dots = OctetWord.equals(word, Octet.dot)
      if dots & (dots &<< 8 | previousDot) != 0 { return range.lowerBound }
      previousDot = dots &>> 56
      let others = OctetWord.notHostName(word)
      if others != 0 { return min(index &+ OctetWord.firstIndex(others), range.upperBound) }
      index &+= 8
    }
    return min(index, range.upperBound)
  }

  /// `port = *DIGIT`: it may be empty, and must fit the 16 bits that a port has.
  @inline(__always)
  private static func portFault(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    if range.count <= 5 {
      let word = OctetWord.load(bytes, at: range.lowerBound, before: range.upperBound)
      // Four digits always fit. Five, the first one highest, compare as the numbers do: with "65535".
      let fits = range.count < 5 || word.byteSwapped &>> 24 <= 0x36_3535_3335
      if fits, OctetWord.isASCII(word), OctetWord.notDigits(word) & OctetWord.below(range.count) == 0 { return nil }
    }
    return unusualPortFault(bytes, range)
  }

  private static func unusualPortFault(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var port: UInt32 = 0
    for index in range {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return index }
      port = port &* 10 &+ UInt32(digit)
      guard port <= 65535 else { return index }
    }
    return nil
  }

  /// `IPv6address` of RFC 3986 §3.2.2: eight groups, one run of them as `::`, the last two perhaps as an IPv4 address.
  /// The `IPvFuture` form is refused: no version of it exists, so no server can be meant by one.
  private static func isIPv6(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    let end = range.upperBound
    var groups = 0
    var hasGap = false
    if index + 1 < end, bytes[index] == Octet.colon {
      guard bytes[index + 1] == Octet.colon else { return false }
      hasGap = true
      index += 2
    }
    while index < end {
      let start = index
      while index < end, Octet.hexValue(bytes[index]) != nil { index += 1 }
      if index < end, bytes[index] == Octet.dot {
        groups += 2
        guard isIPv4(bytes, start..<end) else { return false }
        break
      }
      guard index > start, index - start <= 4 else { return false }
      groups += 1
      guard groups <= 8 else { return false }
      guard index < end else { break }
      guard bytes[index] == Octet.colon, index + 1 < end else { return false }
      index += 1
      if bytes[index] == Octet.colon {
        guard !hasGap else { return false }
        hasGap = true
        index += 1
      }
    }
    return hasGap ? groups <= 7 : groups == 8
  }

  /// Four decimal octets without leading zeros.
  private static func isIPv4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    for part in 0..<4 {
      if part > 0 {
        guard index < range.upperBound, bytes[index] == Octet.dot else { return false }
        index += 1
      }
      let start = index
      var value = 0
      while index < range.upperBound, Octet.isDigit(bytes[index]), index - start < 3 {
        value = value * 10 + Int(bytes[index] - 0x30)
        index += 1
      }
      guard index > start, value <= 255, index - start == 1 || bytes[start] != 0x30 else { return false }
    }
    return index == range.upperBound
  }
}

/// The authority that was found well-formed last, octet for octet: a server is asked for one host again and again, by
/// clients and proxies alike.
struct CheckedAuthority: Sendable {
  /// 0 as long as there is none.
  private var count = 0
  private var octets = Octets(repeating: 0)

  private typealias Octets = InlineArray<4, UInt64>
  /// Longer ones are checked each time.
  private static let capacity = 32

  @inline(__always)
  func matches(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count == count, count > 0 else { return false }
    var index = range.lowerBound
    for word in octets.indices where index < range.upperBound {
      guard OctetWord.load(bytes, at: index, before: range.upperBound) == octets[word] else { return false }
      index &+= 8
    }
    return true
  }

  mutating func remember(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count <= Self.capacity else { return }
    count = range.count
    var index = range.lowerBound
    for word in octets.indices where index < range.upperBound {
      octets[word] = OctetWord.load(bytes, at: index, before: range.upperBound)
      index += 8
    }
  }
}
