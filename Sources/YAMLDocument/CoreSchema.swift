// The core schema of YAML 1.2.2, section 10.3.2: what a plain scalar without a tag means. `no`, `on`, `yes` and `1:30`
// are strings.

/// The core schema's patterns.
enum CoreSchema {
  static func kind(ofPlain text: String) -> YAMLScalar.Kind {
    guard let first = text.utf8.first else { return .null }
    switch first {
    case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "~"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"),
      UInt8(ascii: "F"):
      switch text {
      case "null", "Null", "NULL", "~": return .null
      case "true", "True", "TRUE", "false", "False", "FALSE": return .bool
      default: return .string
      }
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return number(text)
    default:
      return .string
    }
  }

  private static func number(_ text: String) -> YAMLScalar.Kind {
    if text.hasPrefix("0o"), text.utf8.count > 2 {
      return text.utf8.dropFirst(2).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) } ? .int : .string
    }
    if text.hasPrefix("0x"), text.utf8.count > 2 { return text.utf8.dropFirst(2).allSatisfy(isHexDigit) ? .int : .string }

    var rest = text.utf8[...]
    let signed = rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-")
    if signed { rest.removeFirst() }
    if rest.first == UInt8(ascii: ".") {
      switch String(Substring(rest)) {
      case ".inf", ".Inf", ".INF": return .float
      case ".nan", ".NaN", ".NAN": return signed ? .string : .float
      default: break
      }
    }

    let whole = skipDigits(&rest)
    if rest.isEmpty { return whole > 0 ? .int : .string }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      if skipDigits(&rest) == 0 && whole == 0 { return .string }
    } else if whole == 0 {
      return .string
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      if skipDigits(&rest) == 0 { return .string }
    }
    return rest.isEmpty ? .float : .string
  }

  private static func skipDigits(_ rest: inout Substring.UTF8View) -> Int {
    var count = 0
    while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      rest.removeFirst()
      count += 1
    }
    return count
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
    default: false
    }
  }
}
