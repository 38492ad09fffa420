// Reads the text of a path pattern, segment by segment, and says where and how it goes wrong.

/// The parser behind `PathPattern.init(parsing:)`.
struct PatternReader {
  private let bytes: [UInt8]
  private var segments: [PathPattern.Segment] = []
  private var names: [String] = []

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  mutating func read() throws(PathPatternError) -> (segments: [PathPattern.Segment], hasRest: Bool) {
    guard bytes.first == UInt8(ascii: "/") else {
      throw error(at: 0, "a path pattern begins with \"/\": \(PatternSpelling.beginning(bytes))")
    }
    guard bytes.count <= PathPattern.maxLength else {
      throw error(
        at: 0, "a path pattern has at most \(PathPattern.maxLength) bytes, this one has \(bytes.count): shorten it, or end it in /**")
    }
    if let at = bytes.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
      // `{id?}` and `#{id}` are no query and no fragment.
      let start = (bytes[..<at].lastIndex(of: UInt8(ascii: "/")) ?? 0) + 1
      let end = bytes[at...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
      if let meant = PatternSpelling.meant(by: String(decoding: bytes[start..<end], as: UTF8.self), isLast: end == bytes.count) {
        throw error(at: start, meant)
      }
      let (name, mark, escape) = bytes[at] == UInt8(ascii: "?") ? ("query", "?", "%3F") : ("fragment", "#", "%23")
      throw error(at: at, "a path pattern has no \(name): end it before the \"\(mark)\", or write \(escape) for the character itself")
    }

    var start = 1
    while true {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
      let isLast = end == bytes.count
      if bytes[start..<end].elementsEqual("**".utf8) {
        guard isLast else {
          throw error(
            at: start, "\"**\" stands for the rest of the path and must be the last segment: end the pattern here, or write {name}")
        }
        return (segments, true)
      }
      if start == end, !isLast {
        throw error(at: start, "empty segment: write a single \"/\"")
      }
      segments.append(try segment(start..<end))
      if isLast { return (segments, false) }
      start = end + 1
    }
  }

  /// One segment that is not `**`.
  private mutating func segment(_ range: Range<Int>) throws(PathPatternError) -> PathPattern.Segment {
    if let first = bytes[range].first, PatternSpelling.mayBegin(with: first),
      let meant = PatternSpelling.meant(by: String(decoding: bytes[range], as: UTF8.self), isLast: range.upperBound == bytes.count)
    {
      throw error(at: range.lowerBound, meant)
    }
    guard let brace = bytes[range].firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) else {
      return .literal(try literal(range))
    }
    let wayOut = "write %7B and %7D for braces in a path"
    guard bytes[brace] == UInt8(ascii: "{") else {
      throw error(at: brace, "\"}\" without a \"{\" before it: a parameter is written {name}; \(wayOut)")
    }
    guard let close = bytes[brace..<range.upperBound].firstIndex(of: UInt8(ascii: "}")) else {
      throw error(at: brace, "\"{\" without a \"}\" in the same segment: a parameter is written {name}; \(wayOut)")
    }
    guard brace == range.lowerBound, close == range.upperBound - 1 else {
      let at = brace == range.lowerBound ? close + 1 : brace
      throw error(at: at, "a parameter is a whole segment: give {name} a segment of its own, between slashes; \(wayOut)")
    }
    return .parameter(try name(brace + 1..<close))
  }

  private mutating func name(_ range: Range<Int>) throws(PathPatternError) -> String {
    guard !range.isEmpty else {
      throw error(at: range.lowerBound - 1, "a parameter needs a name: write {id}, say")
    }
    let firstIsLetter = Self.isLetter(bytes[range.lowerBound])
    if let at = firstIsLetter ? bytes[range].firstIndex(where: { !Self.isNameByte($0) }) : range.lowerBound {
      let rest = bytes[range].elementsEqual("**".utf8) ? ", or write ** without braces for the rest" : ""
      throw error(at: at, "a parameter name is letters, digits, \"_\" and \"-\", and begins with a letter or \"_\": rename it\(rest)")
    }
    let name = String(decoding: bytes[range], as: UTF8.self)
    guard !names.contains(name) else {
      throw error(at: range.lowerBound, "the parameter {\(name)} appears twice: give the second one another name")
    }
    guard names.count < PathPattern.maxParameterCount else {
      throw error(
        at: range.lowerBound - 1,
        "a path pattern has at most \(PathPattern.maxParameterCount) parameters: let /** take the segments from here on")
    }
    names.append(name)
    return name
  }

  /// A literal segment, percent-decoded as request paths are.
  private func literal(_ range: Range<Int>) throws(PathPatternError) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(range.count)
    var at = range.lowerBound
    while at < range.upperBound {
      switch bytes[at] {
      case UInt8(ascii: "*"):
        throw error(
          at: at, "\"*\" is no wildcard: write {id} for one segment, ** as the last segment for the rest, or %2A for the character itself")
      case UInt8(ascii: "\\"):
        throw error(at: at, "a path pattern is not a regular expression: write {id} for one segment, or %5C for the character itself")
      case UInt8(ascii: "%"):
        guard at + 2 < range.upperBound, let high = Self.hexValue(bytes[at + 1]), let low = Self.hexValue(bytes[at + 2]) else {
          throw error(at: at, "\"%\" is followed by two hexadecimal digits: write %25 for the character itself")
        }
        let byte = high << 4 | low
        if byte == UInt8(ascii: "/") {
          throw error(at: at, "a literal has no encoded slash: write \"/\", or let {name} or a last segment ** take it")
        }
        if byte == 0 { throw error(at: at, "a path with a NUL byte is refused before routing: remove the %00") }
        decoded.append(byte)
        at += 3
      case 0:
        throw error(at: at, "a path with a NUL byte is refused before routing: remove it")
      case let byte:
        decoded.append(byte)
        at += 1
      }
    }
    if decoded.elementsEqual(".".utf8) || decoded.elementsEqual("..".utf8) {
      throw error(at: range.lowerBound, "dot segments are resolved before routing, so this never matches: write the path without them")
    }
    return decoded
  }

  private func error(at byteOffset: Int, _ message: String) -> PathPatternError {
    // A continuation byte is no character of its own.
    PathPatternError(offset: bytes[..<byteOffset].count { $0 & 0xC0 != 0x80 }, message: message)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lowered = byte | 0x20
    return (lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "-")
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
