// Reads a chunked body (RFC 9112 §7.1). The decoder keeps its own state and never looks back, so the body may arrive in
// any pieces; the data stays where the caller has it and is named by ranges.
//
//   size ─► extensions ─► CR LF ─► data ─► CR LF ─► size …
//                           └─ size 0 ─► trailer lines ─► empty line ─► end
//
// Line ends are CR LF and nothing else: a recipient that takes a bare LF here, or skips what it does not understand up
// to one, disagrees with its neighbours about where the next request begins.

/// The bounds on what a chunked body may carry besides its data.
package struct ChunkLimits: Equatable, Sendable {
  /// Octets of the extensions of one chunk. No extension is registered; signatures that some clients send have about
  /// 100.
  package var chunkExtensions: Int
  /// Octets of all extensions of a body: without it a body of one-octet chunks could cost hundreds of times what it
  /// carries.
  package var totalExtensions: Int
  /// Octets of the trailer section, line ends not counted.
  package var trailerBytes: Int
  package var trailers: Int

  package init(chunkExtensions: Int = 256, totalExtensions: Int = 16384, trailerBytes: Int = 8192, trailers: Int = 32) {
    self.chunkExtensions = chunkExtensions
    self.totalExtensions = totalExtensions
    self.trailerBytes = trailerBytes
    self.trailers = trailers
  }

  /// Digits of a chunk size, leading zeros included: 16 write every 64-bit number.
  static var sizeDigits: Int { 16 }
}

package struct ChunkedDecoder: Sendable {
  package enum Event: Equatable, Sendable {
    /// These octets of what was passed are content. Never empty.
    case data(Range<Int>)
    /// All octets were consumed and the body goes on.
    case needMore
    /// The body is complete, and `trailers` with it. What follows the offset belongs to the next request.
    case end
  }

  private enum State: Equatable, Sendable {
    case size
    /// Blanks after the size or an extension; only another extension may follow.
    case beforeSemicolon
    case beforeExtensionName, extensionName
    /// Blanks after the name of an extension; its value or another extension may follow.
    case afterExtensionName
    case beforeExtensionValue, tokenValue, quotedValue, quotedEscape, afterQuotedValue
    case sizeLineFeed
    case data, dataReturn, dataLineFeed
    case trailerLine, trailerLineFeed
    case end
  }

  /// The fields of the trailer section, in the order they were sent, without those that have no business there.
  package private(set) var trailers: [FieldLine] = []

  /// Octets of content that the chunk in hand still has to bring: known before they arrive, once the line that says so
  /// is whole.
  package var announcedBytes: UInt64 { state == .data ? size : 0 }

  private let limits: ChunkLimits
  private var state = State.size
  /// Octets of the body consumed so far.
  private var position = 0
  private var size: UInt64 = 0
  private var digits = 0
  private var extensionBytes = 0
  private var totalExtensionBytes = 0
  private var trailerBytes = 0
  private var trailerLines = 0
  private var line: [UInt8] = []

  package init(limits: ChunkLimits = ChunkLimits()) {
    self.limits = limits
  }

  /// Reads from `offset` to the next event and moves `offset` past what it read. An error is final.
  package mutating func next(_ bytes: Span<UInt8>, from offset: inout Int) throws(ChunkError) -> Event {
    while state != .end {
      guard offset < bytes.count else { return .needMore }
      if state == .data {
        let count = Int(min(size, UInt64(bytes.count - offset)))
        let range = offset..<offset + count
        offset += count
        position += count
        size -= UInt64(count)
        if size == 0 { state = .dataReturn }
        return .data(range)
      }
      try consume(bytes[offset])
      offset += 1
      position += 1
    }
    return .end
  }

  private mutating func consume(_ byte: UInt8) throws(ChunkError) {
    switch state {
    case .size: try consumeSize(byte)
    case .beforeSemicolon, .beforeExtensionName, .extensionName, .afterExtensionName, .beforeExtensionValue, .tokenValue, .quotedValue,
      .quotedEscape, .afterQuotedValue:
      try consumeExtension(byte)
    case .sizeLineFeed:
      try expect(Octet.lineFeed, byte, then: size > 0 ? .data : .trailerLine)
    case .dataReturn:
      try expect(Octet.carriageReturn, byte, then: .dataLineFeed)
    case .dataLineFeed:
      try expect(Octet.lineFeed, byte, then: .size)
      digits = 0
      extensionBytes = 0
    case .trailerLine: try consumeTrailer(byte)
    case .trailerLineFeed:
      try expect(Octet.lineFeed, byte, then: line.isEmpty ? .end : .trailerLine)
      if !line.isEmpty { try endTrailer() }
    case .data, .end:
      preconditionFailure("neither is read octet by octet")
    }
  }

  private mutating func expect(_ wanted: UInt8, _ byte: UInt8, then next: State) throws(ChunkError) {
    guard byte == wanted else { throw .missingLineEnd(at: position) }
    state = next
  }

  // MARK: Size

  /// `chunk-size = 1*HEXDIG`
  private mutating func consumeSize(_ byte: UInt8) throws(ChunkError) {
    if let digit = Octet.hexValue(byte) {
      guard digits < ChunkLimits.sizeDigits, size <= UInt64(Int64.max) >> 4 else { throw .invalidSize(at: position) }
      size = size << 4 | UInt64(digit)
      digits += 1
    } else if digits == 0 {
      throw .invalidSize(at: position)
    } else if byte == Octet.carriageReturn {
      state = .sizeLineFeed
    } else if byte == Octet.semicolon || Octet.isBlank(byte) {
      try countExtensionByte()
      state = byte == Octet.semicolon ? .beforeExtensionName : .beforeSemicolon
    } else {
      throw byte == Octet.lineFeed ? .missingLineEnd(at: position) : .invalidSize(at: position)
    }
  }

  // MARK: Extensions

  /// `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`, read and ignored (RFC 9112 §7.1.1).
  private mutating func consumeExtension(_ byte: UInt8) throws(ChunkError) {
    guard let next = stateWithinExtension(after: byte) else { throw .invalidExtension(at: position) }
    if next != .sizeLineFeed { try countExtensionByte() }
    state = next
  }

  private func stateWithinExtension(after byte: UInt8) -> State? {
    let isBlank = Octet.isBlank(byte)
    switch state {
    case .beforeSemicolon:
      return isBlank ? .beforeSemicolon : byte == Octet.semicolon ? .beforeExtensionName : nil
    case .beforeExtensionName:
      return isBlank ? .beforeExtensionName : ByteClass.token.contains(byte) ? .extensionName : nil
    case .extensionName:
      if ByteClass.token.contains(byte) { return .extensionName }
      if byte == Octet.equals { return .beforeExtensionValue }
      return isBlank ? .afterExtensionName : stateAfterExtension(byte)
    case .afterExtensionName:
      if byte == Octet.equals { return .beforeExtensionValue }
      return isBlank ? .afterExtensionName : byte == Octet.semicolon ? .beforeExtensionName : nil
    case .beforeExtensionValue:
      if byte == Octet.quote { return .quotedValue }
      return isBlank ? .beforeExtensionValue : ByteClass.token.contains(byte) ? .tokenValue : nil
    case .tokenValue:
      if ByteClass.token.contains(byte) { return .tokenValue }
      return isBlank ? .beforeSemicolon : stateAfterExtension(byte)
    case .quotedValue:
      if byte == Octet.quote { return .afterQuotedValue }
      if byte == Octet.backslash { return .quotedEscape }
      return isQuotable(byte) ? .quotedValue : nil
    case .quotedEscape:
      return isQuotable(byte) ? .quotedValue : nil
    case .afterQuotedValue:
      return isBlank ? .beforeSemicolon : stateAfterExtension(byte)
    case .size, .sizeLineFeed, .data, .dataReturn, .dataLineFeed, .trailerLine, .trailerLineFeed, .end:
      return nil
    }
  }

  private func stateAfterExtension(_ byte: UInt8) -> State? {
    byte == Octet.semicolon ? .beforeExtensionName : byte == Octet.carriageReturn ? .sizeLineFeed : nil
  }

  private func isQuotable(_ byte: UInt8) -> Bool { byte == Octet.tab || (byte >= 0x20 && byte != 0x7F) }

  private mutating func countExtensionByte() throws(ChunkError) {
    extensionBytes += 1
    totalExtensionBytes += 1
    if extensionBytes > limits.chunkExtensions { throw .extensionsTooLong(limit: limits.chunkExtensions) }
    if totalExtensionBytes > limits.totalExtensions { throw .extensionsTooLong(limit: limits.totalExtensions) }
  }

  // MARK: Trailers

  private mutating func consumeTrailer(_ byte: UInt8) throws(ChunkError) {
    if byte == Octet.carriageReturn {
      state = .trailerLineFeed
      return
    }
    if byte == Octet.lineFeed { throw .missingLineEnd(at: position) }
    guard isQuotable(byte) else { throw .invalidTrailer(at: position) }
    trailerBytes += 1
    if trailerBytes > limits.trailerBytes { throw .trailersTooLarge(limit: limits.trailerBytes) }
    line.append(byte)
  }

  /// The same rules as for field lines of a head: a token, a colon at once, a value without blanks around it, no
  /// folding.
  private mutating func endTrailer() throws(ChunkError) {
    if trailerLines >= limits.trailers { throw .tooManyTrailers(limit: limits.trailers) }
    trailerLines += 1
    // The line feed of this line is being consumed: the line began two octets and its own length before the position.
    let start = position - 1 - line.count
    guard let colon = line.firstIndex(where: { !ByteClass.token.contains($0) }) else { throw .invalidTrailer(at: start + line.count) }
    guard line[colon] == Octet.colon, colon > 0 else { throw .invalidTrailer(at: start + colon) }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    if Self.mayTrail(KnownField(name)) {
      let value = FieldSyntax.trimmed(String(decoding: line[(colon + 1)...], as: UTF8.self)[...])
      trailers.append(FieldLine(name, String(value)))
    }
    line.removeAll(keepingCapacity: true)
  }

  /// RFC 9110 §6.5.1: fields for framing, routing, authentication, request modifiers, response control and content
  /// format mean something only before the content, and a recipient ignores them elsewhere. All fields this server
  /// knows are of those kinds, but for two that merely trace the message.
  private static func mayTrail(_ field: KnownField) -> Bool {
    field == .other || field == .via || field == .xRequestID
  }
}
