// I-Regexp (RFC 9485): the small language of patterns that JSONPath has, checked and written for PCRE2.

enum IRegexp {
  /// In octets; a longer pattern matches nothing.
  static let maxLength = 1_024
  private static let maxNesting = 64

  /// The pattern in the syntax of PCRE2; nil if it is no I-Regexp.
  ///
  /// `.` is any character but a line feed or carriage return (RFC 9485 §5.4). `^` and `$` are the ends of the text, as
  /// in the published tests of RFC 9535.
  static func translated(_ pattern: String) -> String? {
    guard pattern.utf8.count <= maxLength else { return nil }
    var translator = Translator(rest: pattern.unicodeScalars[...])
    return translator.translate() ? String(translator.result) : nil
  }

  private struct Translator {
    var rest: Substring.UnicodeScalarView
    var result = String.UnicodeScalarView()

    mutating func translate() -> Bool {
      var open = 0
      /// Whether a quantifier may follow.
      var isAtom = false
      while let scalar = rest.popFirst() {
        switch scalar {
        case "(":
          open += 1
          guard open <= IRegexp.maxNesting else { return false }
          append("(?:")
          isAtom = false
        case ")":
          guard open > 0 else { return false }
          open -= 1
          append(")")
          isAtom = true
        case "|":
          append("|")
          isAtom = false
        case "*", "+", "?":
          guard isAtom else { return false }
          result.append(scalar)
          isAtom = false
        case "{":
          guard isAtom, quantity() else { return false }
          isAtom = false
        default:
          guard atom(scalar) else { return false }
          isAtom = true
        }
      }
      return open == 0
    }

    private mutating func atom(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar {
      case ".": append("[^\\n\\r]")
      case "[": return classExpression()
      case "\\": return escape()
      case "]", "}": return false
      case "^": append("\\A")
      case "$": append("\\z")
      default: result.append(scalar)
      }
      return true
    }

    /// `{2}`, `{2,}` or `{2,3}`, from behind the brace.
    private mutating func quantity() -> Bool {
      append("{")
      guard digits() else { return false }
      if rest.first == "," {
        rest.removeFirst()
        append(",")
        if rest.first != "}", !digits() { return false }
      }
      append("}")
      return rest.popFirst() == "}"
    }

    private mutating func digits() -> Bool {
      var count = 0
      while let scalar = rest.first, ("0"..."9").contains(scalar) {
        rest.removeFirst()
        result.append(scalar)
        count += 1
      }
      return count > 0
    }

    /// A single character or a category, from behind the backslash.
    private mutating func escape() -> Bool {
      guard let scalar = rest.popFirst() else { return false }
      switch scalar {
      case "p", "P": return category(scalar)
      default: return single(scalar)
      }
    }

    private mutating func single(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar {
      case "("..."+", "-", ".", "?", "["..."^", "n", "r", "t", "{"..."}":
        append("\\")
        result.append(scalar)
        return true
      default: return false
      }
    }

    private mutating func category(_ kind: Unicode.Scalar) -> Bool {
      guard rest.popFirst() == "{", let major = rest.popFirst() else { return false }
      guard let minors = IRegexp.categories[major] else { return false }
      var name = String(major)
      if let minor = rest.first, minors.contains(minor) {
        rest.removeFirst()
        name.unicodeScalars.append(minor)
      }
      guard rest.popFirst() == "}" else { return false }
      append("\\")
      result.append(kind)
      append("{\(name)}")
      return true
    }

    /// From behind the opening bracket.
    private mutating func classExpression() -> Bool {
      append("[")
      if rest.first == "^" {
        rest.removeFirst()
        append("^")
      }
      var isEmpty = true
      while let scalar = rest.popFirst() {
        switch scalar {
        case "]":
          append("]")
          return !isEmpty
        case "-":
          // Itself, at the beginning or the end.
          guard isEmpty || rest.first == "]" else { return false }
          append("\\-")
        case "\\" where rest.first == "p" || rest.first == "P":
          guard escape() else { return false }
        default:
          guard character(scalar) else { return false }
          if rest.first == "-", rest.dropFirst().first != "]" {
            rest.removeFirst()
            append("-")
            guard let last = rest.popFirst(), last != "]", last != "-", character(last) else { return false }
          }
        }
        isEmpty = false
      }
      return false
    }

    /// One character of a class.
    private mutating func character(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar {
      case "[": return false
      case "\\": return rest.popFirst().map { single($0) } ?? false
      case "^", "&", "~", "#":
        append("\\")
        result.append(scalar)
      default: result.append(scalar)
      }
      return true
    }

    private mutating func append(_ text: String) { result.append(contentsOf: text.unicodeScalars) }
  }

  /// Unicode's general categories, by their first letter.
  private static let categories: [Unicode.Scalar: String.UnicodeScalarView] = [
    "L": "lmotu".unicodeScalars, "M": "cen".unicodeScalars, "N": "dlo".unicodeScalars, "P": "cdefios".unicodeScalars,
    "Z": "lps".unicodeScalars, "S": "ckmo".unicodeScalars, "C": "cfno".unicodeScalars,
  ]
}
