// Puts a response's head together from the lines libcurl hands over: status line, fields, an empty line, once per
// interim response (1xx, RFC 9110 §15.2) and once for the final one; trailers come by the same road after the content.

import HTTPCore

/// Status and fields of a final response.
package struct UpstreamHead: Sendable {
  package var status = 0
  /// `1.0`, `1.1`, `2`.
  package var httpVersion = ""
  /// In the order received, values without surrounding white space. Octets that are no UTF-8 are spelled as `ObsText` does.
  package var headers: [(String, String)] = []
}

package struct UpstreamHeadCollector {
  /// What a line amounted to.
  package enum Progress: Equatable {
    case more
    /// The final response's head is complete.
    case complete
    case malformed(String)
    case tooLarge(UpstreamError.Limit)
  }

  /// Twice what our own server takes of a request: responses carry policies and cookies.
  static let maximumHeadSize = 65_536
  static let maximumFieldCount = 200
  /// Interim responses before the final one: an upstream must not keep us with 103s for ever.
  static let maximumInterimResponses = 16

  package private(set) var head = UpstreamHead()
  private var size = 0
  private var interimResponses = 0
  private var contentLength: String?
  private var isInHead = false
  package private(set) var isComplete = false

  package init() {}

  /// Takes one line with its line end.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) -> Progress {
    // Trailers: read past, since nobody here merges them.
    if isComplete { return .more }
    size += bytes.count
    guard size <= Self.maximumHeadSize else { return .tooLarge(.head(Self.maximumHeadSize)) }
    var line = bytes[...]
    while let last = line.last, last == 0x0a || last == 0x0d { line = line.dropLast() }
    if !isInHead { return startHead(line) }
    if line.isEmpty { return endHead() }
    if line.first == 0x20 || line.first == 0x09 { return fold(line) }
    guard let colon = line.firstIndex(of: 0x3a), colon > line.startIndex else { return .malformed("a header line without a name") }
    guard head.headers.count < Self.maximumFieldCount else { return .tooLarge(.fields(Self.maximumFieldCount)) }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    let value = Self.trimmed(line[(colon + 1)...])
    if name.utf8.count == 14, name.lowercased() == "content-length" {
      // RFC 9112 §6.3: differing lengths are an attack or a defect, and libcurl would take the last.
      if let contentLength, contentLength != value { return .malformed("two Content-Length fields that differ") }
      contentLength = value
    }
    head.headers.append((name, value))
    return .more
  }

  private mutating func startHead(_ line: UnsafeRawBufferPointer.SubSequence) -> Progress {
    // By octets: what follows a space or a slash in Unicode may make another character of it.
    let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: true)
    guard parts.count >= 2, parts[0].starts(with: "HTTP/".utf8), parts[1].count == 3,
      let status = Int(String(decoding: parts[1], as: UTF8.self)), status >= 100
    else { return .malformed("the status line") }
    head = UpstreamHead(status: status, httpVersion: String(decoding: parts[0].dropFirst(5), as: UTF8.self))
    contentLength = nil
    isInHead = true
    return .more
  }

  private mutating func endHead() -> Progress {
    isInHead = false
    // 101 is final for us: nothing asked for an upgrade.
    if head.status == 101 { return .malformed("101 Switching Protocols, unasked") }
    if head.status < 200 {
      interimResponses += 1
      return interimResponses > Self.maximumInterimResponses ? .malformed("too many interim responses") : .more
    }
    isComplete = true
    return .complete
  }

  /// RFC 9112 §5.2: a client takes an obsolete line folding for a space.
  private mutating func fold(_ line: UnsafeRawBufferPointer.SubSequence) -> Progress {
    guard let last = head.headers.indices.last else { return .malformed("a continuation line without a field") }
    if head.headers[last].0.lowercased() == "content-length" { return .malformed("a Content-Length over several lines") }
    let part = Self.trimmed(line)
    // Blanks around the whole are no part of it, so nothing is joined to an empty value, nor an empty line to anything.
    if !part.isEmpty { head.headers[last].1 += head.headers[last].1.isEmpty ? part : " " + part }
    return .more
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer.SubSequence) -> String {
    var bytes = bytes
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
    return ObsText.text(bytes)
  }
}
