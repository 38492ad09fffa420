// What one item of a pattern may cost: a few of them read more of the subject than CRegex sees. The pattern is read
// roughly; where it is misread, its items count for more than they cost.

/// The weight of a pattern's items.
struct PatternCost: Equatable {
  /// What each item counts, 1 for most patterns.
  let weight: UInt32
  /// Whether the pattern refers to what a group matched.
  let hasReferences: Bool
  /// In octets.
  let maxSubjectLength: Int

  /// Characters of one class beyond ASCII are tried one after another, for each character of the subject; this is how
  /// many octets of both may be multiplied with each other.
  private static let maxClassProduct = 1 << 21

  init(of pattern: String) {
    var reader = Reader(rest: pattern.utf8[...])
    reader.read()
    let lookbehind = reader.hasLookbehind ? pattern.utf8.count / 64 : 0
    weight = UInt32(1 + reader.largestNumber / 16 + lookbehind + reader.longestClass / 64)
    hasReferences = reader.hasReferences
    maxSubjectLength = min(RegularExpression.maxSubjectLength, Self.maxClassProduct / max(reader.longestClass, 1))
  }

  private struct Reader {
    var rest: Substring.UTF8View
    /// Of those behind an opening brace, at most 65,535 as in PCRE2.
    var largestNumber = 0
    /// In octets beyond ASCII, an escape as 4.
    var longestClass = 0
    var hasReferences = false
    var hasLookbehind = false

    mutating func read() {
      while let octet = rest.popFirst() {
        switch octet {
        case UInt8(ascii: "\\"): readEscape()
        case UInt8(ascii: "["): readClass()
        case UInt8(ascii: "{"): readNumbers()
        case UInt8(ascii: "("):
          if rest.starts(with: "?<=".utf8) || rest.starts(with: "?<!".utf8) || rest.starts(with: "*".utf8) { hasLookbehind = true }
          if rest.starts(with: "?P=".utf8) { hasReferences = true }
        default: break
        }
      }
    }

    private mutating func readEscape() {
      switch rest.popFirst() {
      case .some(UInt8(ascii: "1")...UInt8(ascii: "9")), UInt8(ascii: "g"), UInt8(ascii: "k"): hasReferences = true
      default: break
      }
    }

    private mutating func readClass() {
      var size = 0
      var isFirst = true
      while let octet = rest.popFirst() {
        if octet == UInt8(ascii: "]"), !isFirst { break }
        if octet == UInt8(ascii: "\\") {
          size += 4
          _ = rest.popFirst()
        } else if octet >= 0x80 {
          size += 1
        }
        isFirst = isFirst && octet == UInt8(ascii: "^")
      }
      longestClass = max(longestClass, size)
    }

    private mutating func readNumbers() {
      var number = 0
      while let octet = rest.first, octet != UInt8(ascii: "}") {
        rest.removeFirst()
        number = octet &- 0x30 < 10 ? min(number * 10 + Int(octet - 0x30), 65_535) : 0
        largestNumber = max(largestNumber, number)
      }
    }
  }
}
