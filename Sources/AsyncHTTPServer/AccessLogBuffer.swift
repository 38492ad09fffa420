// One worker's lines of the access log, formatted and gathered until they are worth handing over.

import Glibc
import HTTPCore
import Reactor

/// Confined to its reactor's thread.
final class AccessLogBuffer: TimerTarget {
  private let log: AccessLog
  private let reactor: Reactor
  private var lines: [UInt8] = []
  private var timer = TimerID.none
  private var timestamp: [UInt8] = []
  private var timestampSeconds: Int64 = -1

  private static let flushSize = 32_768
  /// The longest a line waits for company.
  private static let flushMilliseconds: Milliseconds = 100

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

  func record(
    connection: Connection, head: borrowing RequestHead, bytes: UnsafeRawBufferPointer, status: Int, bodyBytes: Int64,
    milliseconds: Milliseconds
  ) {
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    let client = client(of: connection, head, span)
    switch log.format {
    case .combined:
      beginCombined(client)
      append("\"")
      appendEscaped(bytes[head.method])
      append(" ")
      appendEscaped(bytes[head.target])
      append(" HTTP/\(head.version.major).\(head.version.minor)\" \(status) \(bodyBytes) ")
      appendQuoted(head.firstValue(of: .referer), bytes)
      append(" ")
      appendQuoted(head.firstValue(of: .userAgent), bytes)
      append("\n")
    case .json:
      append("{\"time\":\"\(isoTime())\",\"client\":")
      appendJSON(Array(client.utf8)[...])
      append(",\"method\":")
      appendJSON(bytes[head.method])
      append(",\"target\":")
      appendJSON(bytes[head.target])
      append(",\"protocol\":\"HTTP/\(head.version.major).\(head.version.minor)\",\"status\":\(status),\"bytes\":\(bodyBytes)")
      append(",\"duration_ms\":\(milliseconds)")
      for (key, field) in [("host", KnownField.host), ("referer", .referer), ("user_agent", .userAgent)] {
        guard let value = head.firstValue(of: field) else { continue }
        append(",\"\(key)\":")
        appendJSON(bytes[value])
      }
      append("}\n")
    }
    lineDidEnd()
  }

  func record(
    connection: Connection, head: RequestHead, bytes: [UInt8], status: Int, bodyBytes: Int64, milliseconds: Milliseconds
  ) {
    bytes.withUnsafeBytes {
      record(connection: connection, head: head, bytes: $0, status: status, bodyBytes: bodyBytes, milliseconds: milliseconds)
    }
  }

  /// What could not be read as a request still leaves a line: the peer and the answer it got.
  func recordRejected(connection: Connection, status: Int) {
    let client = connection.peer.logText
    switch log.format {
    case .combined:
      beginCombined(client)
      append("\"-\" \(status) 0 \"-\" \"-\"\n")
    case .json:
      append("{\"time\":\"\(isoTime())\",\"client\":")
      appendJSON(Array(client.utf8)[...])
      append(",\"status\":\(status),\"bytes\":0,\"duration_ms\":0}\n")
    }
    lineDidEnd()
  }

  private func lineDidEnd() {
    if lines.count >= Self.flushSize {
      flush()
    } else if timer == .none {
      timer = reactor.setTimer(after: Self.flushMilliseconds, self)
    }
  }

  private func client(of connection: Connection, _ head: RequestHead, _ bytes: Span<UInt8>) -> String {
    let proxies = connection.worker.settings.trustedProxies
    guard proxies.trusts(connection.peer) else { return connection.peer.logText }
    var fields: [KnownField: String] = [:]
    for field in [KnownField.forwarded, .xForwardedFor, .xRealIP] { fields[field] = head.combinedValue(of: field, in: bytes) }
    return proxies.clientAddress(peer: connection.peer) { fields[$0] }.logText
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

  private func appendQuoted(_ range: Range<Int>?, _ bytes: UnsafeRawBufferPointer) {
    append("\"")
    if let range { appendEscaped(bytes[range]) } else { append("-") }
    append("\"")
  }

  /// As nginx escapes: what could end the quotes or the line, or is no ASCII, becomes `\xNN`.
  private func appendEscaped(_ bytes: Slice<UnsafeRawBufferPointer>) {
    for byte in bytes {
      if byte < 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x5c {
        append("\\x")
        lines.append(contentsOf: Self.hexDigits(byte))
      } else {
        lines.append(byte)
      }
    }
  }

  private func appendJSON(_ bytes: some Sequence<UInt8>) {
    append("\"")
    // Octets that are no UTF-8 become U+FFFD: a line is valid JSON whatever the client sent.
    for byte in String(decoding: Array(bytes), as: UTF8.self).utf8 {
      if byte < 0x20 || byte == 0x7f {
        append("\\u00")
        lines.append(contentsOf: Self.hexDigits(byte))
      } else {
        if byte == 0x22 || byte == 0x5c { append("\\") }
        lines.append(byte)
      }
    }
    append("\"")
  }

  private static func hexDigits(_ byte: UInt8) -> [UInt8] {
    [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 }
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
