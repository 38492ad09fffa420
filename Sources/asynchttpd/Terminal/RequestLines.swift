// A line on the terminal for each request, while no access log is asked for. Each worker gathers its lines and hands them
// over at the end of a turn of its loop; a thread of their own writes them, and may wait for the terminal. What the
// terminal does not take in time is left out and counted.

import AsyncHTTPServer
import Glibc
import HTTPCore
import HTTPRoutes
import Reactor
import Synchronization

final class RequestLines: RequestObserverSource, Sendable {
  private let writer: LogWriter
  private let isPainted: Bool
  private let descriptor: StandardStream
  /// Whose routes are compared with requests that none answers.
  private let table = Mutex<RouteTable?>(nil)

  /// A thousand lines: more than a person reads.
  private static let capacity = 128 << 10

  init(on descriptor: StandardStream, isPainted: Bool) {
    self.descriptor = descriptor
    self.isPainted = isPainted
    writer = LogWriter(name: "requests", target: LogTarget(shared: descriptor.rawValue), capacity: Self.capacity) { loss in
      loss.isOver ? Array("… \(counted(loss.lines, "line")) left out\n".utf8) : nil
    }
  }

  /// The routes from now on.
  func use(_ table: RouteTable) { self.table.withLock { $0 = table } }

  func makeObserver(on reactor: Reactor) -> any RequestObserver { RequestLineBuffer(self, reactor) }

  /// Shows text between the lines.
  func show(_ text: PaintedText) { writer.append(Array(text.text.utf8)) }

  /// Waits for what was handed over to be written, for a process that ends.
  func finish(atMost milliseconds: Milliseconds) { writer.flush(atMost: milliseconds) }

  fileprivate func write(_ lines: [RequestLine]) {
    let width = Terminal.width(of: descriptor)
    var text = PaintedText(isPainted: isPainted)
    for line in lines { line.append(to: &text, width: width) }
    show(text)
  }

  fileprivate func nearest(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ body: UnsafeRawBufferPointer
  ) -> String? {
    guard answer.isUnmatched, let table = table.withLock({ $0 }) else { return nil }
    let client = answer.clientAddress(head, bytes: bytes)
    return table.nearestRoute(to: head, bytes: bytes, body: body, client: client, now: answer.time / 1_000_000)
  }
}

/// The lines of one worker. Confined to its reactor's thread, which is what makes it Sendable.
private final class RequestLineBuffer: RequestObserver, TurnEndTarget, @unchecked Sendable {
  private let source: RequestLines
  private let reactor: Reactor
  private var lines: [RequestLine] = []
  private var isExpected = false
  private var clock = (second: Int64(-1), text: "")

  /// Lines that are kept until the end of a turn.
  private static let maxLines = 256
  /// Octets of a target or a method that are looked at.
  private static let maxShown = 1_024

  init(_ source: RequestLines, _ reactor: Reactor) {
    self.source = source
    self.reactor = reactor
  }

  /// Conditions on bodies are explained with it.
  var maxCapturedBytes: Int { 65_536 }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) {
    add(
      RequestLine(
        time: time(of: answer), method: Self.text(bytes.extracting(head.method)), status: answer.status,
        microseconds: answer.microseconds, target: Self.text(bytes.extracting(head.target)), route: answer.route?.id,
        outcome: answer.fault ?? (answer.isUnmatched ? nil : answer.outcome?.description),
        nearest: source.nearest(answer, head, bytes, content.requestBody)))
  }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {
    add(
      RequestLine(
        time: time(of: answer), method: "-", status: answer.status, microseconds: answer.microseconds,
        target: Self.text(bytes), outcome: "malformed"))
  }

  func flush() {
    guard !lines.isEmpty else { return }
    source.write(lines)
    lines.removeAll(keepingCapacity: true)
  }

  func turnEnded(on reactor: Reactor) {
    isExpected = false
    flush()
  }

  private func add(_ line: RequestLine) {
    lines.append(line)
    if lines.count >= Self.maxLines { flush() }
    guard !isExpected else { return }
    isExpected = true
    reactor.atEndOfTurn(self)
  }

  private static func text(_ octets: Span<UInt8>) -> String {
    let shown = octets.extracting(first: maxShown)
    return ShownOctets.text(shown.indices.map { shown[$0] })
  }

  /// The time of day, made once a second.
  private func time(of answer: AnsweredRequest) -> String {
    let second = answer.time / 1_000_000
    if clock.second == second { return clock.text }
    var time = time_t(second)
    var parts = tm()
    localtime_r(&time, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    clock = (second, "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))")
    return clock.text
  }
}
