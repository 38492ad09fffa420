// Turns octets into a `RequestHead` (RFC 9112 §2 to §7), line by line.
//
// A line is looked at twice: first for its end and for octets that no head may have, then for what it says. The first
// look remembers how far it came, so a head that arrives one octet at a time costs no more than one that arrives whole,
// and the same bytes give the same result however they are split. The second look can rely on the first: there is no
// control octet left in the line but HTAB in field lines.
//
//   request line ──► field lines ──► complete
//    (empty lines     (each checked     (empty line: Host, framing and
//     before it are    when it is        expectation are decided together)
//     skipped)         whole)

package struct HeadParser: Sendable {
  private enum Stage: UInt8 {
    case requestLine, fields, complete
  }

  /// What has been understood so far; the request's head once `parse` returned true.
  package private(set) var head = RequestHead()

  private let limits: HeadLimits
  private var stage = Stage.requestLine
  private var lineStart = 0
  /// Everything before it in this line has been looked at.
  private var scanned = 0
  private var framing = FramingFields()
  private var expectation: Int?
  /// Of heads before, too.
  private var checkedHost = CheckedAuthority()

  package init(limits: HeadLimits = HeadLimits()) {
    self.limits = limits
  }

  /// Reads as much of the head as is there: true when it is complete, false when more octets are needed.
  ///
  /// Later calls pass the same octets again with more at the end. An error is final until `reset`.
  package mutating func parse(_ bytes: Span<UInt8>) throws(HeadError) -> Bool {
    while stage != .complete {
      guard let end = try lineEnd(bytes) else { return false }
      if end > lineStart {
        if stage == .requestLine {
          try readRequestLine(bytes, lineStart..<end)
          stage = .fields
        } else {
          try readField(bytes, lineStart..<end)
        }
      } else if stage == .fields {
        try finish()
        head.byteCount = end + 2
        stage = .complete
      }
      lineStart = end + 2
      scanned = lineStart
    }
    return true
  }

  /// Makes ready for the next head, keeping the room of the field lines.
  package mutating func reset() {
    head.reset()
    stage = .requestLine
    lineStart = 0
    scanned = 0
    framing = FramingFields()
    expectation = nil
  }

  /// Gives the head that is complete away, and takes another whose room is used again; `reset` comes next.
  package mutating func exchangeHead(with other: inout RequestHead) { swap(&head, &other) }

  // MARK: Lines

  /// The index of the CR that ends the current line, or nil while it is unfinished.
  @inline(__always)
  private mutating func lineEnd(_ bytes: Span<UInt8>) throws(HeadError) -> Int? {
    // A line of visible octets, there as a whole: nearly every one.
    let available = min(bytes.count, limits.head)
    let index = Self.endOfVisible(bytes, from: scanned, to: available)
    if index &+ 1 < available, bytes[index] == Octet.carriageReturn, bytes[index &+ 1] == Octet.lineFeed,
      stage != .requestLine || index &- lineStart <= limits.requestLine
    {
      return index
    }
    return try unusualLineEnd(bytes, available)
  }

  private mutating func unusualLineEnd(_ bytes: Span<UInt8>, _ available: Int) throws(HeadError) -> Int? {
    let lineLimit = stage == .requestLine ? lineStart + limits.requestLine : Int.max
    var index = scanned
    var mayHaveAnyOctet = stage == .fields
    while true {
      index = Self.endOfVisible(bytes, from: index, to: min(available, lineLimit))
      if index >= available { break }
      let byte = bytes[index]
      if byte == Octet.carriageReturn {
        if index + 1 >= available { break }
        guard bytes[index + 1] == Octet.lineFeed else { throw .bareCarriageReturn(at: index) }
        return index
      }
      if index >= lineLimit {
        // A method that never ends is no method, however long the line may be.
        if RequestLine.exceedsMethod(bytes, lineStart..<index) { throw .invalidMethod(at: lineStart + HeadLimits.method) }
        throw .requestLineTooLong(limit: limits.requestLine)
      }
      if byte == Octet.lineFeed { throw .bareLineFeed(at: index) }
      // HTAB and obs-text may stand in field values; in names the second look refuses them. In a query people leave
      // letters beyond ASCII as they are.
      if byte >= 0x80, !mayHaveAnyOctet { mayHaveAnyOctet = Self.hasQuestionMark(bytes, lineStart..<index) }
      guard byte >= 0x80 && mayHaveAnyOctet || byte == Octet.tab && stage == .fields else { throw .invalidOctet(at: index) }
      index += 1
    }
    if available == limits.head { throw .headTooLarge(limit: limits.head) }
    scanned = index
    return nil
  }

  private static func hasQuestionMark(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    for index in range where bytes[index] == Octet.question { return true }
    return false
  }

  /// Passes over the octets 0x20 to 0x7E.
  @inline(__always)
  private static func endOfVisible(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var index = start
    while index &+ 8 <= end {
      let invisible = OctetWord.invisible(OctetWord.load(bytes, at: index))
      if invisible != 0 { return index &+ OctetWord.firstIndex(invisible) }
      index &+= 8
    }
    while index < end, bytes[index] &- 0x20 < 0x5F { index &+= 1 }
    return index
  }

  // MARK: Request line

  private mutating func readRequestLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HeadError) {
    let (target, version) = try RequestLine.read(bytes, line, into: &head)
    head.version = version
    try RequestLine.readTarget(bytes, target, into: &head)
  }

  // MARK: Field lines

  private mutating func readField(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HeadError) {
    if head.fields.count >= limits.fields { throw .tooManyFields(limit: limits.fields) }
    let (nameEnd, field) = try Self.readName(bytes, line)
    var index = nameEnd &+ 1
    var end = line.upperBound
    while index < end, Octet.isBlank(bytes[index]) { index &+= 1 }
    while end > index, Octet.isBlank(bytes[end &- 1]) { end &-= 1 }
    head.fields.append(
      RequestHead.FieldPosition(
        nameExtent: RequestHead.Extent(line.lowerBound, nameEnd), valueExtent: RequestHead.Extent(index, end), field: field))
    if head.present.contains(field) {
      if KnownFieldSet.single.contains(field) { throw .repeatedField(at: line.lowerBound) }
      head.repeated.formUnion(KnownFieldSet(field))
    }
    // Only these decide how the message is read; everything else is read when it is asked for.
    switch field {
    case .host: try readHost(bytes, index..<end)
    case .contentLength: try framing.addContentLength(bytes, index..<end)
    case .transferEncoding: try framing.addTransferEncoding(bytes, index..<end, version: head.version)
    case .connection: try readConnection(bytes, index..<end)
    case .expect: try readExpect(bytes, index..<end)
    default: break
    }
    head.present.formUnion(KnownFieldSet(field))
  }

  /// The index of the colon that ends the name, which must be a token, and the field if it is a known one. A name that
  /// is known needs no further look: its octets are letters and hyphens, and no line feed, so its colon is in this
  /// line.
  @inline(__always)
  private static func readName(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HeadError) -> (end: Int, field: KnownField) {
    if let name = PackedName(bytes, beforeColonFrom: line.lowerBound) {
      let field = KnownField(name)
      return (field == .other ? try tokenEnd(bytes, line) : line.lowerBound &+ name.count, field)
    }
    // A long name, or one among the last octets there are.
    let end = try tokenEnd(bytes, line)
    return (end, KnownField(PackedName(bytes, line.lowerBound..<end)))
  }

  private static func tokenEnd(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HeadError) -> Int {
    var index = line.lowerBound
    while index < line.upperBound, ByteClass.token.contains(bytes[index]) { index &+= 1 }
    guard index < line.upperBound, bytes[index] == Octet.colon, index > line.lowerBound else { throw nameFault(bytes, line, at: index) }
    return index
  }

  /// Names what is wrong with a field line whose name ends at `index` without being a name.
  private static func nameFault(_ bytes: Span<UInt8>, _ line: Range<Int>, at index: Int) -> HeadError {
    guard index < line.upperBound else { return .missingColon(at: index) }
    let isBlank = Octet.isBlank(bytes[index])
    if index == line.lowerBound {
      if isBlank { return .foldedField(at: index) }
      if bytes[index] == Octet.colon { return .emptyFieldName(at: index) }
    }
    return isBlank ? .whitespaceBeforeColon(at: index) : .invalidFieldName(at: index)
  }

  private mutating func readHost(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadError) {
    if head.present.contains(.host) { throw .repeatedHost(at: value.lowerBound) }
    // An empty value says that the target has no authority (RFC 9112 §3.2). Of the targets that reach a server only `*`
    // has none: an http URI with an empty host is invalid (RFC 9110 §4.2.1).
    if value.isEmpty, head.targetForm != .asterisk { throw .invalidHost(at: value.lowerBound) }
    if !checkedHost.matches(bytes, value) {
      if let fault = Authority.firstFault(in: bytes, value) { throw .invalidHost(at: fault) }
      checkedHost.remember(bytes, value)
    }
    // The authority of an absolute form has been taken already and wins.
    if head.hasHost { return }
    head.hostExtent = RequestHead.Extent(value.lowerBound, value.upperBound)
    head.hasHost = true
  }

  private mutating func readConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadError) {
    var list = TokenList(value)
    while true {
      switch list.next(bytes) {
      case .token(let range):
        let option = PackedName(bytes, range)
        if option == .close {
          head.connectionOptions.insert(.close)
        } else if option == .keepAlive {
          head.connectionOptions.insert(.keepAlive)
        } else if option == .upgrade {
          head.connectionOptions.insert(.upgrade)
        }
      case .empty: continue  // A recipient ignores empty elements (RFC 9110 §5.6.1.2).
      case .malformed(let at): throw .invalidConnection(at: at)
      case .end: return
      }
    }
  }

  private mutating func readExpect(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadError) {
    guard PackedName(bytes, value) == .continueExpectation else { throw .unsupportedExpectation(at: value.lowerBound) }
    expectation = value.lowerBound
  }

  // MARK: The whole

  private mutating func finish() throws(HeadError) {
    if head.version.isAtLeast11, !head.present.contains(.host) { throw .missingHost }
    head.framing = try framing.resolve()
    // From a 1.0 client the expectation is ignored (RFC 9110 §10.1.1), and without content there is nothing to wait
    // for.
    head.expectsContinue = expectation != nil && head.version.isAtLeast11 && head.framing != .none
  }
}
