// Reads a query (RFC 9535 §2.1 to §2.5), character by character. Filters are read in JSONPathFilterParser.

struct JSONPathParser {
  /// Integers are exact in every JSON parser within these bounds (RFC 9535 §2.1, I-JSON).
  private static let maxInteger = (1 << 53) - 1

  let scalars: [Unicode.Scalar]
  let engine: JSONPathEngine?
  var position = 0
  /// How many filters, parentheses and functions are open.
  var nesting = 0
  private let isTooLong: Bool

  init(_ text: String, engine: JSONPathEngine?) {
    scalars = Array(text.unicodeScalars.prefix(JSONPath.maxLength + 1))
    isTooLong = scalars.count > JSONPath.maxLength
    self.engine = engine
  }

  mutating func parse() throws(JSONPathError) -> JSONPathQuery {
    if isTooLong { throw JSONPathError(column: scalars.count, message: "a query has at most \(JSONPath.maxLength) characters") }
    guard current == "$" else { throw expected("\"$\"") }
    position += 1
    let query = try segments(of: JSONPathQuery(isRelative: false, segments: []))
    if position < scalars.count { throw expected("a segment, which begins with \".\" or \"[\"") }
    return query
  }

  // MARK: Segments

  /// Reads segments for as long as they come. White space is read only if one follows it.
  mutating func segments(of start: JSONPathQuery) throws(JSONPathError) -> JSONPathQuery {
    var query = start
    while true {
      let end = position
      skipSpace()
      if current == "[" {
        query.segments.append(JSONPathSegment(isDescendant: false, selectors: try bracketed(&query)))
      } else if current == "." {
        query.segments.append(try dotted(&query))
      } else {
        position = end
        return query
      }
    }
  }

  private mutating func dotted(_ query: inout JSONPathQuery) throws(JSONPathError) -> JSONPathSegment {
    position += 1
    let isDescendant = take(".")
    if isDescendant, current == "[" { return JSONPathSegment(isDescendant: true, selectors: try bracketed(&query)) }
    if take("*") { return JSONPathSegment(isDescendant: isDescendant, selectors: [.wildcard]) }
    guard let first = current, Self.beginsName(first) else {
      throw expected(isDescendant ? "a name, \"*\" or \"[\" after \"..\"" : "a name or \"*\" after \".\"")
    }
    let start = position
    while let scalar = current, Self.beginsName(scalar) || Self.isDigit(scalar) { position += 1 }
    return JSONPathSegment(isDescendant: isDescendant, selectors: [.name(text(from: start))])
  }

  private static func beginsName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x80 || scalar == "_" || ("A"..."Z").contains(scalar) || ("a"..."z").contains(scalar)
  }

  static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private mutating func bracketed(_ query: inout JSONPathQuery) throws(JSONPathError) -> [JSONPathSelector] {
    position += 1
    var selectors: [JSONPathSelector] = []
    repeat {
      if skipSpace() { query.hasSpaceInBrackets = true }
      selectors.append(try selector())
      if skipSpace() { query.hasSpaceInBrackets = true }
    } while take(",")
    guard take("]") else { throw expected("\",\" or \"]\"") }
    return selectors
  }

  private mutating func selector() throws(JSONPathError) -> JSONPathSelector {
    switch current {
    case "'", "\"": return .name(try string())
    case "*":
      position += 1
      return .wildcard
    case "?":
      position += 1
      return .filter(try nested { parser throws(JSONPathError) in try parser.test() })
    case ":", "-", .some("0"..."9"): return try indexOrSlice()
    default: throw expected("a name in quotes, an index, a slice, \"*\" or \"?\"")
    }
  }

  private mutating func indexOrSlice() throws(JSONPathError) -> JSONPathSelector {
    let start = try optionalInteger()
    let afterStart = position
    skipSpace()
    guard take(":") else {
      position = afterStart
      guard let start else { throw expected("\":\"") }
      return .index(start)
    }
    skipSpace()
    let end = try optionalInteger()
    let afterEnd = position
    skipSpace()
    guard take(":") else {
      position = afterEnd
      return .slice(start: start, end: end, step: 1)
    }
    let afterColon = position
    skipSpace()
    let step = try optionalInteger()
    if step == nil { position = afterColon }
    return .slice(start: start, end: end, step: step ?? 1)
  }

  private mutating func optionalInteger() throws(JSONPathError) -> Int? {
    guard let scalar = current, scalar == "-" || Self.isDigit(scalar) else { return nil }
    return try integer()
  }

  private mutating func integer() throws(JSONPathError) -> Int {
    let start = position
    let isNegative = take("-")
    let first = position
    var value = 0
    while let scalar = current, Self.isDigit(scalar) {
      value = value * 10 + Int(scalar.value - 0x30)
      position += 1
      if value > Self.maxInteger { throw JSONPathError(column: start + 1, message: "an integer is within ±(2^53 - 1)") }
    }
    if position == first { throw expected("a digit") }
    if scalars[first] == "0", position > first + 1 || isNegative {
      throw JSONPathError(column: start + 1, message: "an integer has no leading zero, and zero has no sign")
    }
    return isNegative ? -value : value
  }

  // MARK: Strings

  /// A name or a literal in either kind of quotes (RFC 9535 §2.3.1.1).
  mutating func string() throws(JSONPathError) -> String {
    let start = position
    let quote = scalars[start]
    position += 1
    var result = String.UnicodeScalarView()
    while let scalar = current {
      position += 1
      switch scalar {
      case quote: return String(result)
      case "\\": result.append(try escape(quote))
      case "\0"..<" ": throw JSONPathError(column: position, message: "a control character in a string has to be escaped")
      default: result.append(scalar)
      }
    }
    throw JSONPathError(column: start + 1, message: "this string has no closing quote")
  }

  private mutating func escape(_ quote: Unicode.Scalar) throws(JSONPathError) -> Unicode.Scalar {
    let start = position
    position += 1
    switch start < scalars.count ? scalars[start] : nil {
    case quote: return quote
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{08}"
    case "f": return "\u{0C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": return try codePoint(start)
    default: throw JSONPathError(column: start, message: "unknown escape in a string")
    }
  }

  private mutating func codePoint(_ start: Int) throws(JSONPathError) -> Unicode.Scalar {
    let unit = try codeUnit(start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if unit < 0xDC00, take("\\"), take("u") {
      let low = try codeUnit(start)
      if 0xDC00...0xDFFF ~= low, let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) { return scalar }
    }
    throw JSONPathError(column: start, message: "half a surrogate pair in a string")
  }

  private mutating func codeUnit(_ start: Int) throws(JSONPathError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let scalar = current, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw JSONPathError(column: start, message: "expected four hexadecimal digits after \\u")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  // MARK: Characters

  var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    position += 1
    return true
  }

  /// Whether there was any.
  @discardableResult
  mutating func skipSpace() -> Bool {
    let start = position
    while let scalar = current, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { position += 1 }
    return position > start
  }

  func text(from start: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<position])
    return String(view)
  }

  func expected(_ what: String) -> JSONPathError {
    JSONPathError(column: position + 1, message: "expected \(what)\(position < scalars.count ? "" : ", found the end")")
  }

  /// Reads something within a filter, parentheses or a function.
  mutating func nested<Result>(_ read: (inout Self) throws(JSONPathError) -> Result) throws(JSONPathError) -> Result {
    nesting += 1
    guard nesting <= JSONPath.maxNesting else {
      throw JSONPathError(
        column: position + 1, message: "filters, parentheses and functions are nested at most \(JSONPath.maxNesting) deep")
    }
    let result = try read(&self)
    nesting -= 1
    return result
  }
}
