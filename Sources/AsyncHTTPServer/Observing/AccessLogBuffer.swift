// One worker's lines of the access log, gathered until they are worth handing over.

import HTTPCore
import Reactor

/// Confined to its reactor's thread, which is what makes it Sendable.
final class AccessLogBuffer: RequestObserver, TimerTarget, @unchecked Sendable {
  private let log: AccessLog
  private let reactor: Reactor
  @exclusivity(unchecked) private var lines: AccessLogLines
  private var timer = TimerID.none

  private static let flushSize = 32_768
  /// The longest a line waits for company.
  private static let flushMilliseconds: Milliseconds = 100
  /// What is written of a line that could not be read as a request.
  private static let maxLineSize = 1024

  init(log: AccessLog, reactor: Reactor) {
    self.log = log
    self.reactor = reactor
    lines = AccessLogLines(format: log.format)
  }

  var wantsRequestIDs: Bool { true }

  func flush() {
    reactor.cancelTimer(timer)
    timer = .none
    guard !lines.octets.isEmpty else { return }
    log.append(lines.octets)
    lines.removeAll()
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    self.timer = .none
    flush()
  }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) {
    lines.append(answer, head, bytes)
    lineDidEnd()
  }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {
    lines.append(malformed: answer, bytes)
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
    if lines.octets.count >= Self.flushSize {
      flush()
    } else if timer == .none {
      timer = reactor.setTimer(after: Self.flushMilliseconds, self)
    }
  }
}
