// The lines of the access log, in its two formats.
//
//     127.0.0.1 - - [22/Nov/2026:18:34:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/7.88.1" duration_us=87 route="a"
//         outcome=- fault="-" request_id=- bytes_in=0                                       (one line in the file)
//     {"time":"2026-11-22T18:34:00.123+00:00","client":"127.0.0.1","method":"GET","target":"/a", …}
//
// The combined format ends with the client's name of itself; what is added to it follows, so that its readers, which
// stop there, go on to read it.

import HTTPCore
import Reactor

/// Appends lines to a buffer. Confined to one thread.
struct AccessLogLines {
  private let format: AccessLog.Format
  private(set) var octets: [UInt8] = []
  private var times = LogTimes()

  init(format: AccessLog.Format) { self.format = format }

  /// Forgets the lines, whose octets were handed over.
  mutating func removeAll() { octets.removeAll(keepingCapacity: true) }

  // MARK: Requests

  mutating func append(_ answer: AnsweredRequest, _ head: borrowing RequestHead, _ span: Span<UInt8>) {
    let client = answer.clientAddress(head, bytes: span)
    switch format {
    case .combined:
      beginCombined(answer, client)
      ShownText.appendCombined(span.extracting(head.method), to: &octets)
      append(" ")
      ShownText.appendCombined(span.extracting(head.target), to: &octets)
      append(" ")
      append(head.version)
      endCombined(answer, referer: head.firstValue(of: .referer), userAgent: head.firstValue(of: .userAgent), span)
    case .json:
      beginJSON(answer, client)
      append(",\"method\":")
      ShownText.appendJSON(span.extracting(head.method), to: &octets)
      append(",\"target\":")
      ShownText.appendJSON(span.extracting(head.target), to: &octets)
      append(",\"protocol\":\"")
      append(head.version)
      append("\"")
      appendJSONFacts(answer)
      appendMember(",\"host\":", head.firstValue(of: .host), span)
      appendMember(",\"referer\":", head.firstValue(of: .referer), span)
      appendMember(",\"user_agent\":", head.firstValue(of: .userAgent), span)
      append("}\n")
    }
  }

  /// What could not be read as a request: the peer, the request line as far as it was read, and the answer.
  mutating func append(malformed answer: AnsweredRequest, _ span: Span<UInt8>) {
    let line = AccessLogBuffer.requestLine(in: span)
    switch format {
    case .combined:
      beginCombined(answer, answer.peer)
      if line.isEmpty { append("-") } else { ShownText.appendCombined(span.extracting(line), to: &octets) }
      endCombined(answer, referer: nil, userAgent: nil, span)
    case .json:
      beginJSON(answer, answer.peer)
      append(",\"request\":")
      ShownText.appendJSON(span.extracting(line), to: &octets)
      appendJSONFacts(answer)
      append("}\n")
    }
  }

  // MARK: Combined

  private mutating func beginCombined(_ answer: AnsweredRequest, _ client: SocketAddress) {
    if !client.appendIPv4Host(to: &octets) { octets.append(contentsOf: client.logText.utf8) }
    append(" - - [")
    times.appendCombined(answer.time, to: &octets)
    append("] \"")
  }

  private mutating func endCombined(_ answer: AnsweredRequest, referer: Range<Int>?, userAgent: Range<Int>?, _ span: Span<UInt8>) {
    append("\" ")
    append(Int64(answer.status))
    append(" ")
    append(answer.sentBytes)
    append(" \"")
    if let referer { ShownText.appendCombined(span.extracting(referer), to: &octets) } else { append("-") }
    append("\" \"")
    if let userAgent { ShownText.appendCombined(span.extracting(userAgent), to: &octets) } else { append("-") }
    append("\" duration_us=")
    append(answer.microseconds)
    append(" route=\"")
    appendCombined(answer.route?.id)
    append("\" outcome=")
    if let outcome = answer.outcome { octets.append(contentsOf: outcome.description.utf8) } else { append("-") }
    append(" fault=\"")
    appendCombined(answer.fault)
    append("\" request_id=")
    if let id = answer.requestID { id.append(to: &octets) } else { append("-") }
    append(" bytes_in=")
    append(answer.receivedBytes)
    append("\n")
  }

  private mutating func appendCombined(_ text: String?) {
    guard let text else { return append("-") }
    ShownText.appendCombined(text.utf8.span, to: &octets)
  }

  // MARK: JSON

  private mutating func beginJSON(_ answer: AnsweredRequest, _ client: SocketAddress) {
    append("{\"time\":\"")
    times.appendRFC3339(answer.time, to: &octets)
    append("\",\"client\":")
    let name = client.logText
    ShownText.appendJSON(name.utf8.span, to: &octets)
  }

  private mutating func appendJSONFacts(_ answer: AnsweredRequest) {
    append(",\"status\":")
    append(Int64(answer.status))
    append(",\"duration_us\":")
    append(answer.microseconds)
    append(",\"bytes_in\":")
    append(answer.receivedBytes)
    append(",\"bytes_out\":")
    append(answer.sentBytes)
    appendMember(",\"route\":", answer.route?.id)
    appendMember(",\"outcome\":", answer.outcome?.description)
    appendMember(",\"fault\":", answer.fault)
    if let id = answer.requestID {
      // Its characters stand for themselves.
      append(",\"request_id\":\"")
      id.append(to: &octets)
      append("\"")
    }
  }

  private mutating func appendMember(_ key: StaticString, _ value: String?) {
    guard let value else { return }
    append(key)
    ShownText.appendJSON(value.utf8.span, to: &octets)
  }

  private mutating func appendMember(_ key: StaticString, _ value: Range<Int>?, _ span: Span<UInt8>) {
    guard let value else { return }
    append(key)
    ShownText.appendJSON(span.extracting(value), to: &octets)
  }

  // MARK: Text

  private mutating func append(_ text: StaticString) { text.withUTF8Buffer { octets.append(contentsOf: $0) } }

  private mutating func append(_ number: Int64) { ResponseSerializer.appendDecimal(UInt64(max(0, number)), to: &octets) }

  private mutating func append(_ version: HTTPVersion) {
    if version == .http11 { return append("HTTP/1.1") }
    append("HTTP/")
    append(Int64(version.major))
    append(".")
    append(Int64(version.minor))
  }
}

extension SocketAddress {
  /// The host, or `unix:` for an unnamed peer of the Unix domain.
  var logText: String { unixPath != nil ? "unix:" : host }
}
