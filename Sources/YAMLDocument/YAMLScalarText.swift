// A scalar as the writer spells it: plain where that cannot be misread, else in double quotes with escapes; a text of
// several lines as a literal block, so that it reads as it is.
//
// The rule for plain text is narrower than the grammar. What YAML 1.1 took for something else (`no`, `1:30`) is quoted
// as well, because other programs read YAML by that.

/// The spelling of scalars.
enum YAMLScalarText {
  /// The scalar on one line.
  ///
  /// - Parameter isFlow: whether it stands between brackets.
  static func line(_ scalar: YAMLScalar, isFlow: Bool) -> String {
    switch scalar.kind {
    case .null: return scalar.text.isEmpty ? "null" : scalar.text
    case .bool, .int: return scalar.text
    // `!!float 1` is a whole number by itself.
    case .float: return CoreSchema.kind(ofPlain: scalar.text) == .float ? scalar.text : "!!float \(scalar.text)"
    case .string: return isPlain(scalar.text, isFlow: isFlow) ? scalar.text : quoted(scalar.text)
    }
  }

  // MARK: Literal blocks

  /// Whether the scalar is written as a literal block.
  static func isBlock(_ scalar: YAMLScalar) -> Bool {
    guard scalar.kind == .string, scalar.text.utf8.contains(UInt8(ascii: "\n")) else { return false }
    let text = scalar.text
    // The reader takes the indentation from the first line, so that one neither is empty nor begins with a space.
    guard let first = text.unicodeScalars.first, first != "\n", first != " ", first != "\t" else { return false }
    // One line break at the end at most, which the indicator says.
    if text.hasSuffix("\n\n") { return false }
    return text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || isShown($0) } && !hasBlankLine(text)
  }

  /// Whether a line has nothing but spaces or tabs: what of them belongs to the text is hard to see.
  private static func hasBlankLine(_ text: String) -> Bool {
    text.split(separator: "\n", omittingEmptySubsequences: true).contains { $0.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
  }

  /// A scalar for which `isBlock` holds, its lines indented, without the last line break.
  static func block(_ scalar: YAMLScalar, indent: Int) -> String {
    let margin = String(repeating: " ", count: max(2, indent))
    let endsLine = scalar.text.hasSuffix("\n")
    let lines = scalar.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(endsLine ? 1 : 0)
    return (endsLine ? "|" : "|-") + lines.map { $0.isEmpty ? "\n" : "\n\(margin)\($0)" }.joined()
  }

  // MARK: Plain

  /// Words that readers of YAML 1.1 take for truth values, and keys with a meaning of their own.
  private static let reserved: Set<String> = ["y", "n", "yes", "no", "on", "off", "=", "<<"]

  /// Whether the text can stand without quotes, as a key too.
  private static func isPlain(_ text: String, isFlow: Bool) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last, mayBegin(first), last != ":", last != " " else {
      return false
    }
    if text.hasPrefix("---") || text.hasPrefix("...") || reserved.contains(text.lowercased()) { return false }
    guard CoreSchema.kind(ofPlain: text) == .string, !isOldNumber(text) else { return false }
    var before: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      switch scalar {
      case " ": if before == ":" { return false }
      case "#": if before == " " { return false }
      case ",", "[", "]", "{", "}": if isFlow { return false }
      // Between brackets a colon ends a key in more places.
      case ":": if isFlow, text.utf8.count > 1, !isAddress(text) { return false }
      default: if !isShown(scalar) { return false }
      }
      before = scalar
    }
    return true
  }

  /// Whether colons stand between letters, digits, periods, hyphens and slashes alone, as in `127.0.0.1:8080`.
  private static func isAddress(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || ".-/_:*".unicodeScalars.contains($0))
    }
      && !text.hasSuffix(":")
  }

  /// Characters that begin no other construct.
  private static func mayBegin(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "$", "(", "+", "^", "~", "<": true
    default: scalar.value > 0x9F && isShown(scalar)
    }
  }

  /// Digits with colons or underscores between them, and perhaps a fraction: numbers of YAML 1.1.
  private static func isOldNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == UInt8(ascii: "+") || (0x30...0x39).contains(first) else { return false }
    let parts = text.dropFirst(first == UInt8(ascii: "+") ? 1 : 0).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    func isMade(_ part: Substring, of others: String) -> Bool {
      part.utf8.allSatisfy { (0x30...0x39).contains($0) || others.utf8.contains($0) }
    }
    return isMade(parts[0], of: ":_") && (parts.count == 1 || isMade(parts[1], of: "_"))
  }

  /// Whether a character stands for itself, on one line, wherever it is printed.
  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E: true
    case 0x00...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: false
    default: true
    }
  }

  // MARK: Quotes

  /// The text in double quotes (YAML 1.2.2 section 7.3.1): what does not show is an escape.
  static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\0": output += "\\0"
      default:
        if isShown(scalar) { output.unicodeScalars.append(scalar) } else { output += escape(scalar) }
      }
    }
    return output + "\""
  }

  /// `\xNN` or `\uNNNN`: what does not show is in the Basic Multilingual Plane.
  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let width = scalar.value <= 0xFF ? 2 : 4
    return (width == 2 ? "\\x" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
  }
}
