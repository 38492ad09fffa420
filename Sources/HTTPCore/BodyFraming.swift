// Where the content of a request ends (RFC 9112 §6.3). This is the decision that request smuggling attacks, so whatever
// two recipients could read differently is refused: one Content-Length line with one number, or `Transfer-Encoding:
// chunked` alone, or nothing.

/// Where the content of a request ends. Public so that it is inlined where it is asked.
public enum BodyFraming: Equatable, Sendable {
  /// No content follows the head.
  case none
  /// As many octets as given, at least one.
  case length(UInt64)
  /// Chunks, to be read with a `ChunkedDecoder`.
  case chunked
}

/// The framing fields of one head, gathered line by line and resolved at its end.
struct FramingFields: Sendable {
  private var length: UInt64?
  private var transferEncodingStart: Int?
  private var unsupportedCoding: Int?
  private var chunkedCoding: Int?
  private var lastCoding = 0

  /// Takes a Content-Length line: digits only, one line, no list. RFC 9110 §8.6 would let equal repetitions pass; other
  /// recipients do not.
  mutating func addContentLength(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadError) {
    if length != nil { throw .repeatedContentLength(at: value.lowerBound) }
    var parsed: UInt64 = 0
    if value.isEmpty { throw .invalidContentLength(at: value.lowerBound) }
    for index in value {
      let digit = bytes[index] &- 0x30
      let (product, overflowed) = parsed.multipliedReportingOverflow(by: 10)
      // Int64.max is the longest body that offsets of files and sockets can count.
      guard digit < 10, !overflowed, product <= UInt64(Int64.max) - UInt64(digit) else { throw .invalidContentLength(at: index) }
      parsed = product + UInt64(digit)
    }
    length = parsed
  }

  /// Takes one line of Transfer-Encoding. Codings are tokens here: no recipient of ours knows one with parameters, and
  /// an empty list element is the kind of latitude that smuggling uses.
  mutating func addTransferEncoding(_ bytes: Span<UInt8>, _ value: Range<Int>, version: HTTPVersion) throws(HeadError) {
    // RFC 9112 §6.1: a 1.0 message with Transfer-Encoding has faulty framing.
    guard version.isAtLeast11 else { throw .transferEncodingInHTTP10(at: value.lowerBound) }
    if transferEncodingStart == nil { transferEncodingStart = value.lowerBound }
    var list = TokenList(value)
    while true {
      switch list.next(bytes) {
      case .token(let range):
        lastCoding = range.lowerBound
        if PackedName(bytes, range) == .chunked {
          if chunkedCoding != nil { throw .repeatedChunked(at: range.lowerBound) }
          chunkedCoding = range.lowerBound
        } else if unsupportedCoding == nil {
          unsupportedCoding = range.lowerBound
        }
      case .empty(let at), .malformed(let at):
        throw .invalidTransferEncoding(at: at)
      case .end:
        return
      }
    }
  }

  /// RFC 9112 §6.3, as far as it is about requests; the numbers are those of its list.
  func resolve() throws(HeadError) -> BodyFraming {
    guard let transferEncodingStart else {
      // 6. A valid Content-Length gives the length.  7. Without one the request has no content.
      guard let length, length > 0 else { return .none }
      return .length(length)
    }
    // 3. Both fields: an attempt at smuggling or a broken sender; refused rather than repaired.
    if length != nil { throw .contentLengthWithTransferEncoding(at: transferEncodingStart) }
    // 4. Chunked must be the final coding of a request …
    guard let chunkedCoding, chunkedCoding == lastCoding else { throw .chunkedNotLast(at: lastCoding) }
    // … and no other coding beneath it is known here (§6.1).
    if let unsupportedCoding { throw .unsupportedTransferCoding(at: unsupportedCoding) }
    return .chunked
  }
}

extension PackedName {
  static let chunked = PackedName("chunked")
  static let close = PackedName("close")
  static let keepAlive = PackedName("keep-alive")
  static let upgrade = PackedName("upgrade")
  static let continueExpectation = PackedName("100-continue")
}

/// Walks a comma-separated list of tokens, `#token` (RFC 9110 §5.6.1), by offsets.
struct TokenList {
  enum Element {
    case token(Range<Int>)
    /// An element of nothing but blanks.
    case empty(at: Int)
    case malformed(at: Int)
    case end
  }

  private var index: Int
  private let end: Int
  private var isFinished = false

  init(_ range: Range<Int>) {
    index = range.lowerBound
    end = range.upperBound
  }

  mutating func next(_ bytes: Span<UInt8>) -> Element {
    if isFinished { return .end }
    while index < end, Octet.isBlank(bytes[index]) { index += 1 }
    let start = index
    while index < end, ByteClass.token.contains(bytes[index]) { index += 1 }
    let tokenEnd = index
    while index < end, Octet.isBlank(bytes[index]) { index += 1 }
    if index == end {
      isFinished = true
    } else if bytes[index] == Octet.comma {
      index += 1
    } else {
      isFinished = true
      return .malformed(at: index)
    }
    return tokenEnd == start ? .empty(at: start) : .token(start..<tokenEnd)
  }
}
