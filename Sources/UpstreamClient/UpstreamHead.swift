// Puts a response's head together from the lines libcurl hands over: status line, fields, an empty line, once per
// interim response (1xx, RFC 9110 §15.2) and once for the final one; trailers come by the same road after the content.

package import HTTPCore

/// Status and fields of a response.
package struct UpstreamHead: Sendable {
  package var status = 0
  /// `1.0`, `1.1`, `2`.
  package var httpVersion = ""
  /// In the order received, values without surrounding white space. Octets that are no UTF-8 are spelled as `ObsText`
  /// does.
  package var headers: [FieldLine] = []
  /// Octets of content that Content-Length announces; nil without the field, and beside Transfer-Encoding, which
  /// overrides it.
  package var contentLength: Int64?
  /// Whether the content comes in chunks (RFC 9112 §7.1).
  package var isChunked = false
}

package struct UpstreamHeadCollector {
  /// What a line amounted to.
  package enum Progress: Equatable {
    case more
    /// The head of an interim response (1xx) is complete; `head` has it until the next line.
    case interim
    /// The final response's head is complete.
    case complete
    case malformed(String)
    case tooLarge(UpstreamError.Limit)
  }

  /// Twice what our own server takes of a request: responses carry policies and cookies. Trailers may be as large once
  /// more.
  static let maxHeadSize = 65_536
  static let maxFieldCount = 200
  /// Interim responses before the final one: an upstream must not keep us with 103s for ever.
  static let maxInterimResponses = 16

  package private(set) var head = UpstreamHead()
  private var size = 0
  private var interimResponses = 0
  private var framing = UpstreamFraming()
  /// Whether an interim response announced content: libcurl would take it for the final one's.
  private var interimAnnouncesContent = false
  private var isInHead = false
  package private(set) var isComplete = false
  private var trailerSize = 0
  private var trailerCount = 0

  package init() {}

  /// Whether the connection must not be used again: RFC 9112 §6.3 suspects a sender that frames a message twice.
  package var closesConnection: Bool { framing.isAmbiguous }

  /// Takes one line with its line end.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) -> Progress {
    if isComplete { return appendTrailer(bytes) }
    size += bytes.count
    guard size <= Self.maxHeadSize else { return .tooLarge(.head(Self.maxHeadSize)) }
    var line = bytes[...]
    // RFC 9112 §2.2: a bare LF may end a line, a bare CR may not, nor may a CR stand within one.
    if line.last == 0x0a { line = line.dropLast() }
    if line.last == 0x0d { line = line.dropLast() }
    guard !line.contains(where: Self.isControl) else { return .malformed("a control character in its head") }
    if !isInHead { return startHead(line) }
    if line.isEmpty { return endHead() }
    if line.first == 0x20 || line.first == 0x09 { return fold(line) }
    return appendField(line)
  }

  private mutating func appendField(_ line: UnsafeRawBufferPointer.SubSequence) -> Progress {
    guard let colon = line.firstIndex(of: 0x3a), colon > line.startIndex else { return .malformed("a header line without a name") }
    guard head.headers.count < Self.maxFieldCount else { return .tooLarge(.fields(Self.maxFieldCount)) }
    let spelled = line[..<colon]
    let name = Self.trimmed(spelled)
    let value = Self.trimmed(line[(colon + 1)...])
    if let defect = framing.add(name, value, isSpaced: name.utf8.count != spelled.count) { return .malformed(defect) }
    // RFC 9112 §5.1: a proxy takes out blanks between a name and its colon.
    head.headers.append(FieldLine(name, value))
    return .more
  }

  private mutating func startHead(_ line: UnsafeRawBufferPointer.SubSequence) -> Progress {
    // By octets: what follows a space or a slash in Unicode may make another character of it.
    let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: true)
    guard parts.count >= 2, parts[0].starts(with: "HTTP/".utf8), parts[1].count == 3, parts[1].allSatisfy({ 0x30...0x39 ~= $0 }),
      let status = Int(String(decoding: parts[1], as: UTF8.self)), 100..<600 ~= status
    else { return .malformed("the status line") }
    head = UpstreamHead(status: status, httpVersion: String(decoding: parts[0].dropFirst(5), as: UTF8.self))
    framing = UpstreamFraming()
    isInHead = true
    return .more
  }

  private mutating func endHead() -> Progress {
    isInHead = false
    // 101 is final for us: nothing asked for an upgrade.
    if head.status == 101 { return .malformed("101 Switching Protocols, unasked") }
    if let defect = framing.defect(httpVersion: head.httpVersion) { return .malformed(defect) }
    if head.status < 200 {
      interimResponses += 1
      if interimResponses > Self.maxInterimResponses { return .malformed("too many interim responses") }
      if framing.isChunked { return .malformed("an interim response with Transfer-Encoding") }
      if framing.contentLength != nil { interimAnnouncesContent = true }
      return .interim
    }
    let hasContent = head.status != 204 && head.status != 304
    if interimAnnouncesContent, hasContent, !framing.isChunked, framing.contentLength == nil {
      return .malformed("an interim response with the length of the final one")
    }
    head.contentLength = framing.isChunked || head.status == 204 ? nil : framing.contentLength
    head.isChunked = framing.isChunked
    if framing.isChunked { head.headers.removeAll { FieldSyntax.equalIgnoringCase($0.name, "content-length") } }
    isComplete = true
    return .complete
  }

  /// RFC 9112 §5.2: a client takes an obsolete line folding for a space.
  private mutating func fold(_ line: UnsafeRawBufferPointer.SubSequence) -> Progress {
    guard let last = head.headers.indices.last else { return .malformed("a continuation line without a field") }
    if UpstreamFraming.isFraming(head.headers[last].name) { return .malformed("\(head.headers[last].name) over several lines") }
    let part = Self.trimmed(line)
    // Blanks around the whole are no part of it, so nothing is joined to an empty value, nor an empty line to anything.
    if !part.isEmpty { head.headers[last].value += head.headers[last].value.isEmpty ? part : " " + part }
    return .more
  }

  /// Trailers are read past, since they are not merged here, and are bounded all the same.
  private mutating func appendTrailer(_ bytes: UnsafeRawBufferPointer) -> Progress {
    trailerSize += bytes.count
    trailerCount += 1
    guard trailerSize <= Self.maxHeadSize else { return .tooLarge(.head(Self.maxHeadSize)) }
    guard trailerCount <= Self.maxFieldCount else { return .tooLarge(.fields(Self.maxFieldCount)) }
    return .more
  }

  private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7f }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer.SubSequence) -> String {
    var bytes = bytes
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
    return ObsText.text(bytes)
  }
}
