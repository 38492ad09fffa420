// The request line: `method SP request-target SP HTTP-version`, exactly one space each (RFC 9112 §3). The line has been
// scanned: its octets are 0x20 to 0x7E, and from 0x80 up only behind a question mark.

enum RequestLine {
  /// Splits the line and reads method and version. The version comes before the target, so that a client of another
  /// major version is answered for that and not for its target.
  static func read(
    _ bytes: Span<UInt8>, _ line: Range<Int>, into head: inout RequestHead
  ) throws(HeadError) -> (target: Range<Int>, version: HTTPVersion) {
    let end = line.upperBound
    let methodEnd = try readMethod(bytes, line, into: &head)
    let targetStart = methodEnd &+ 1
    // Nearly every request line ends like this.
    let versionStart = end &- 8
    if versionStart > targetStart, bytes[versionStart &- 1] == Octet.space, OctetWord.load(bytes, at: versionStart) == http11 {
      return (targetStart..<versionStart &- 1, .http11)
    }
    // The version is the last word of the line; a target with a space in it fails as a target.
    var targetEnd = end
    while targetEnd > targetStart, bytes[targetEnd - 1] != Octet.space { targetEnd &-= 1 }
    guard targetEnd > targetStart else { throw .missingVersion(at: end) }
    let version = try readVersion(bytes, targetEnd..<end)
    return (targetStart..<targetEnd - 1, version)
  }

  /// `HTTP/1.1`, the first octet lowest.
  private static var http11: UInt64 { 0x312E_312F_5054_5448 }

  /// Reads a token that a space ends, and returns where that is.
  @inline(__always)
  private static func readMethod(_ bytes: Span<UInt8>, _ line: Range<Int>, into head: inout RequestHead) throws(HeadError) -> Int {
    let start = line.lowerBound
    if line.count >= 8 {
      // What is a known method up to its space needs no second look.
      let word = OctetWord.load(bytes, at: start)
      let spaces = OctetWord.matches(word, Octet.space)
      if spaces != 0 {
        let length = OctetWord.firstIndex(spaces)
        head.knownMethod = KnownMethod(word: word.byteSwapped >> UInt64(64 &- length &* 8))
        if head.knownMethod != .other {
          head.methodExtent = RequestHead.Extent(start, start &+ length)
          return start &+ length
        }
      }
    }
    return try readToken(bytes, line, into: &head)
  }

  private static func readToken(_ bytes: Span<UInt8>, _ line: Range<Int>, into head: inout RequestHead) throws(HeadError) -> Int {
    let end = line.upperBound
    var index = line.lowerBound
    var word: UInt64 = 0
    while index < end, ByteClass.token.contains(bytes[index]) {
      word = word &<< 8 | UInt64(bytes[index])
      index &+= 1
    }
    let length = index - line.lowerBound
    guard length <= HeadLimits.method else { throw .invalidMethod(at: line.lowerBound + HeadLimits.method) }
    guard index < end else { throw .missingVersion(at: end) }
    guard bytes[index] == Octet.space, length > 0 else { throw .invalidMethod(at: index) }
    head.methodExtent = RequestHead.Extent(line.lowerBound, index)
    head.knownMethod = length <= 8 ? KnownMethod(word: word) : .other
    return index
  }

  /// `HTTP-version = "HTTP/" DIGIT "." DIGIT`, case-sensitive (RFC 9112 §2.3).
  private static func readVersion(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HeadError) -> HTTPVersion {
    let start = range.lowerBound
    guard
      range.count == 8, bytes[start] == 0x48, bytes[start + 1] == 0x54, bytes[start + 2] == 0x54, bytes[start + 3] == 0x50,
      bytes[start + 4] == Octet.slash, Octet.isDigit(bytes[start + 5]), bytes[start + 6] == Octet.dot, Octet.isDigit(bytes[start + 7])
    else { throw .invalidVersion(at: start) }
    switch bytes[start + 5] {
    case 0x31:
      // A higher minor version is processed as the highest one known (RFC 9110 §2.5).
      return bytes[start + 7] == 0x30 ? .http10 : .http11
    case 0x30:
      throw .invalidVersion(at: start)
    default:
      throw .unsupportedVersion(at: start)
    }
  }

  /// Reads the target in one of the forms of RFC 9112 §3.2.
  static func readTarget(_ bytes: Span<UInt8>, _ target: Range<Int>, into head: inout RequestHead) throws(HeadError) {
    // §3.2.3: CONNECT takes the authority form and nothing else does.
    if head.knownMethod == .connect { throw .refusedTunnel(at: head.method.lowerBound) }
    guard !target.isEmpty else { throw .invalidTarget(at: target.lowerBound) }
    head.targetExtent = RequestHead.Extent(target.lowerBound, target.upperBound)
    let first = bytes[target.lowerBound]
    if first == Octet.slash {
      head.targetForm = .origin
      try readPathAndQuery(bytes, target, into: &head)
    } else if first == 0x2A, target.count == 1 {
      // §3.2.4: the asterisk form asks about the server as a whole, and only OPTIONS can.
      guard head.knownMethod == .options else { throw .invalidTarget(at: target.lowerBound) }
      head.targetForm = .asterisk
      head.pathExtent = RequestHead.Extent(target.upperBound, target.upperBound)
    } else {
      try readAbsoluteForm(bytes, target, into: &head)
    }
  }

  /// `http://authority/path?query` (§3.2.2), which every server must accept, though only proxies are sent it.
  private static func readAbsoluteForm(_ bytes: Span<UInt8>, _ target: Range<Int>, into head: inout RequestHead) throws(HeadError) {
    let end = target.upperBound
    var index = target.lowerBound
    while index < end, bytes[index] != Octet.colon, ByteClass.unreserved.contains(bytes[index]) || bytes[index] == 0x2B { index += 1 }
    guard index > target.lowerBound, index + 2 < end, bytes[index] == Octet.colon, bytes[index + 1] == Octet.slash,
      bytes[index + 2] == Octet.slash
    else { throw .invalidTarget(at: target.lowerBound) }
    let scheme = PackedName(bytes, target.lowerBound..<index)
    guard scheme == .http || scheme == .https else { throw .unsupportedScheme(at: target.lowerBound) }
    head.schemeIsHTTPS = scheme == .https

    let authorityStart = index + 3
    index = authorityStart
    while index < end, bytes[index] != Octet.slash, bytes[index] != Octet.question, bytes[index] != Octet.number { index += 1 }
    // An empty host is invalid (RFC 9110 §4.2.1), and so is userinfo, which has no business in a request (§4.2.4).
    guard index > authorityStart else { throw .invalidHost(at: authorityStart) }
    if let fault = Authority.firstFault(in: bytes, authorityStart..<index) { throw .invalidHost(at: fault) }
    head.targetForm = .absolute
    head.hostExtent = RequestHead.Extent(authorityStart, index)
    head.hasHost = true
    try readPathAndQuery(bytes, index..<end, into: &head)
  }

  /// Finds where path and query end, and whether the path is in canonical form as it stands.
  private static func readPathAndQuery(_ bytes: Span<UInt8>, _ range: Range<Int>, into head: inout RequestHead) throws(HeadError) {
    let end = range.upperBound
    var index = range.lowerBound
    var unusual: UInt64 = index < end && bytes[index] == Octet.slash ? 0 : 1
    var previousSlash: UInt64 = 0
    while index < end {
      let word = OctetWord.load(bytes, at: index, before: end)
      let slashes = OctetWord.equals(word, Octet.slash)
      let afterSlash = slashes &<< 8 | previousSlash
      let odd = OctetWord.equals(word, Octet.percent) | (afterSlash & (slashes | OctetWord.equals(word, Octet.dot)))
      let ends = OctetWord.equals(word, Octet.question) | outsidePath(word)
      if ends != 0 {
        let length = OctetWord.firstIndex(ends)
        unusual |= odd & OctetWord.below(length)
        index &+= length
        break
      }
      unusual |= odd
      previousSlash = slashes &>> 56
      index &+= 8
    }
    index = min(index, end)
    head.pathExtent = RequestHead.Extent(range.lowerBound, index)
    head.pathIsCanonical = unusual == 0
    guard index < end else { return }
    guard bytes[index] == Octet.question else { throw .invalidTarget(at: index) }
    head.queryExtent = RequestHead.Extent(index + 1, end)
    head.hasQuery = true
    while index < end {
      let faults = outsideQuery(OctetWord.load(bytes, at: index, before: end))
      if faults != 0 { throw .invalidTarget(at: index &+ OctetWord.firstIndex(faults)) }
      index &+= 8
    }
  }

  /// The high bit of each octet that a path may not have: those that RFC 3986 §3.3 has escaped, but for `^ | [ ]`,
  /// which browsers do not escape. What is beyond ASCII stands behind the question mark, so the first of these bits is
  /// right.
  @inline(__always)
  private static func outsidePath(_ word: UInt64) -> UInt64 {
    OctetWord.equals(word, Octet.space) | OctetWord.equals(word, Octet.quote, ignoring: 0x01)
      | OctetWord.equals(word, Octet.less, ignoring: 0x02) | OctetWord.equals(word, Octet.backslash) | OctetWord.equals(word, Octet.grave)
      | OctetWord.equals(word, Octet.openBrace) | OctetWord.equals(word, Octet.closeBrace)
  }

  /// The high bit of each octet that a query may not have: the space, and the number sign of a fragment. RFC 3986 §3.4
  /// has the octets of ``" < > \ ^ ` { | } [ ]`` and those beyond ASCII escaped as well; people and many clients do
  /// not, and they mean the same either way.
  @inline(__always)
  private static func outsideQuery(_ word: UInt64) -> UInt64 {
    OctetWord.equalsAmongAny(word, Octet.space) | OctetWord.equalsAmongAny(word, Octet.number)
  }

  /// Whether what a line begins with is too long for a method, whatever follows: known before the line is whole.
  static func exceedsMethod(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count > HeadLimits.method else { return false }
    for index in line.prefix(HeadLimits.method + 1) where !ByteClass.token.contains(bytes[index]) { return false }
    return true
  }
}

extension PackedName {
  static let http = PackedName("http")
  static let https = PackedName("https")
}
