// The two spellings of RFC 8259 that this module has to produce or recognise: the inside of a string, and a number.

import HTTPCore

enum JSONSpelling {
  /// What is escaped in a JSON string beyond quotes, backslashes and control characters.
  enum Care {
    case nothing
    /// What is unsafe to show: somebody may look at the JSON on a terminal.
    case showing
    /// What begins an element or a reference: the JSON is sent as a document of elements.
    case markup
  }

  /// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, all else as
  /// UTF-8.
  static func appendEscaped(_ text: String, care: Care = .nothing, to bytes: inout [UInt8]) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
      case "\\": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
      case "\n": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case "\r": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case "\t": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case "\0"..<" ": appendEscape(scalar, to: &bytes)
      case "<", ">", "&", "'": if care == .markup { appendEscape(scalar, to: &bytes) } else { bytes.append(UInt8(scalar.value)) }
      default: if care == .showing, scalar.isUnsafeToShow { appendEscape(scalar, to: &bytes) } else { bytes += UTF8.encode(scalar)! }
      }
    }
  }

  /// Four digits: all that is escaped lies in the first plane.
  private static func appendEscape(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    bytes += "\\u".utf8
    for shift in [12, 8, 4, 0] { bytes.append(hexDigit(UInt8(truncatingIfNeeded: scalar.value >> shift) & 15)) }
  }

  /// Whether `text` follows the grammar of RFC 8259 section 6: no leading zeros or plus, digits on both sides of the
  /// point.
  static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = skipDigits(&rest)
    guard whole > 0, whole == 1 || !startsWithZero else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard skipDigits(&rest) > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard skipDigits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }

  private static func skipDigits(_ rest: inout Substring.UTF8View) -> Int {
    var count = 0
    while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      rest.removeFirst()
      count += 1
    }
    return count
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
