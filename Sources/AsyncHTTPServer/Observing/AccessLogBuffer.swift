// One worker's lines of the access log, formatted and gathered until they are worth handing over.

import Glibc
import HTTPCore
import Reactor

/// Confined to its reactor's thread, which is what makes it Sendable.
final class AccessLogBuffer: RequestObserver, TimerTarget, @unchecked Sendable {
  private let log: AccessLog
  private let reactor: Reactor
  private var lines: [UInt8] = []
  private var timer = TimerID.none
  private var timestamp: [UInt8] = []
  private var timestampSeconds: Int64 = -1

  private static let flushSize = 32_768
  /// The longest a line waits for company.
  private static let flushMilliseconds: Milliseconds = 100
  /// What is written of a line that could not be read as a request.
  private static let maxLineSize = 1024

  init(log: AccessLog, reactor: Reactor) {
    self.log = log
    self.reactor = reactor
  }

  /// Hands over what is gathered.
  func flush() {
    reactor.cancelTimer(timer)
    timer = .none
    guard !lines.isEmpty else { return }
    log.append(lines)
    lines.removeAll(keepingCapacity: true)
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    self.timer = .none
    flush()
  }

  // MARK: Records

  var wantsRequestIDs: Bool { true }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes span: Span<UInt8>, _ content: ExchangeContent
  ) {
    let client = answer.clientAddress(head, bytes: span).logText
    switch log.format {
    case .combined:
      beginCombined(client)
      append("\"")
      ShownText.appendCombined(span.extracting(head.method), to: &lines)
      append(" ")
      ShownText.appendCombined(span.extracting(head.target), to: &lines)
      append(" HTTP/\(head.version.major).\(head.version.minor)\" \(answer.status) \(answer.sentBytes) ")
      appendQuoted(head.firstValue(of: .referer), span)
      append(" ")
      appendQuoted(head.firstValue(of: .userAgent), span)
      append("\n")
    case .json:
      append("{\"time\":\"\(isoTime())\",\"client\":")
      ShownText.appendJSON(Array(client.utf8).span, to: &lines)
      append(",\"method\":")
      ShownText.appendJSON(span.extracting(head.method), to: &lines)
      append(",\"target\":")
      ShownText.appendJSON(span.extracting(head.target), to: &lines)
      append(",\"protocol\":\"HTTP/\(head.version.major).\(head.version.minor)\",\"status\":\(answer.status),\"bytes\":\(answer.sentBytes)")
      append(",\"duration_ms\":\(answer.microseconds / 1000)")
      for (key, field) in [("host", KnownField.host), ("referer", .referer), ("user_agent", .userAgent)] {
        guard let value = head.firstValue(of: field) else { continue }
        append(",\"\(key)\":")
        ShownText.appendJSON(span.extracting(value), to: &lines)
      }
      append("}\n")
    }
    lineDidEnd()
  }

  /// What could not be read as a request still leaves a line: the peer, the request line as far as it was read, and the
  /// answer.
  func malformedRequestAnswered(_ answer: AnsweredRequest, read span: Span<UInt8>) {
    let client = answer.peer.logText
    let line = Self.requestLine(in: span)
    switch log.format {
    case .combined:
      beginCombined(client)
      append("\"")
      if line.isEmpty { append("-") } else { ShownText.appendCombined(span.extracting(line), to: &lines) }
      append("\" \(answer.status) \(answer.sentBytes) \"-\" \"-\"\n")
    case .json:
      append("{\"time\":\"\(isoTime())\",\"client\":")
      ShownText.appendJSON(Array(client.utf8).span, to: &lines)
      append(",\"request\":")
      ShownText.appendJSON(span.extracting(line), to: &lines)
      append(",\"status\":\(answer.status),\"bytes\":\(answer.sentBytes),\"duration_ms\":0}\n")
    }
    lineDidEnd()
  }

  /// The first line that is not empty, or its first kilobyte: enough to tell what was meant.
  static func requestLine(in bytes: Span<UInt8>) -> Range<Int> {
    var start = 0
    while start < bytes.count, bytes[start] == 0x0D || bytes[start] == 0x0A { start += 1 }
    let limit = min(bytes.count, start + maxLineSize)
    var end = start
    while end < limit, bytes[end] != 0x0A, bytes[end] != 0x0D || end + 1 < bytes.count && bytes[end + 1] != 0x0A { end += 1 }
    return start..<end
  }

  private func lineDidEnd() {
    if lines.count >= Self.flushSize {
      flush()
    } else if timer == .none {
      timer = reactor.setTimer(after: Self.flushMilliseconds, self)
    }
  }

  // MARK: Text

  private func append(_ text: String) { lines.append(contentsOf: text.utf8) }

  private func beginCombined(_ client: String) {
    append(client)
    append(" - - [")
    updateTimestamp()
    lines.append(contentsOf: timestamp)
    append("] ")
  }

  private func appendQuoted(_ range: Range<Int>?, _ bytes: Span<UInt8>) {
    append("\"")
    if let range { ShownText.appendCombined(bytes.extracting(range), to: &lines) } else { append("-") }
    append("\"")
  }

  /// `22/Nov/2026:18:34:00 +0000`, made once a second.
  private func updateTimestamp() {
    guard timestampSeconds != reactor.wallClockSeconds else { return }
    timestampSeconds = reactor.wallClockSeconds
    timestamp = Self.time("%d/%b/%Y:%H:%M:%S %z", timestampSeconds)
  }

  private func isoTime() -> String { String(decoding: Self.time("%Y-%m-%dT%H:%M:%S%z", reactor.wallClockSeconds), as: UTF8.self) }

  private static func time(_ format: String, _ seconds: Int64) -> [UInt8] {
    var clock = time_t(seconds)
    var parts = tm()
    localtime_r(&clock, &parts)
    return [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
      count = buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, 64, format, &parts) }
    }
  }
}

extension SocketAddress {
  /// The host, or `unix:` for an unnamed peer of the Unix domain.
  var logText: String { unixPath != nil ? "unix:" : host }
}
