// Hearing of answered requests: the access log, the journal and metrics of the admin listener, lines on the terminal.
//
//   ServerConfiguration.observers ── makeObserver ──▶ one RequestObserver for each worker (WorkerObservers)
//   Connection.report ──▶ AnsweredRequest, RequestHead, ExchangeContent ──▶ each of them

package import HTTPCore
package import Reactor

/// Makes one observer for each worker, so that observers share nothing between threads. A worker keeps its observer for
/// as long as the source stays in the configuration: the same object, whatever else a reload changes.
package protocol RequestObserverSource: AnyObject, Sendable {
  /// An observer for the requests that are answered on the thread of `reactor`. Called on that thread, or before it
  /// starts.
  func makeObserver(on reactor: Reactor) -> any RequestObserver
}

/// Hears of each request once it is answered, on the thread of its connection, which waits meanwhile.
package protocol RequestObserver: AnyObject, Sendable {
  /// Octets of each body that are kept for this observer; 0, the default, for none. Asked once.
  var maxCapturedBytes: Int { get }

  /// Whether each request is to have an id, which is sent with its answer and on to upstreams. Default false. Asked
  /// once.
  var wantsRequestIDs: Bool { get }

  /// A request was answered, by a handler or by the server itself: the last octet of the answer is queued. The offsets
  /// of `head` point into `bytes`, which live as long as the call, as `content` does.
  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent)

  /// Octets that are not a request were answered. `bytes` are what was read of them, and live as long as the call.
  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>)

  /// What is gathered is to be handed over now: the server drains, the log is opened anew, or the observer is no longer
  /// asked for.
  func flush()
}

extension RequestObserver {
  package var maxCapturedBytes: Int { 0 }
  package var wantsRequestIDs: Bool { false }
  package func flush() {}
}

extension Connection {
  /// The one place from which observers hear of a request. Call it where `worker.isObserved`.
  @inline(never)
  func report(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, _ content: ExchangeContent
  ) {
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    for observer in worker.observers.all { observer.requestAnswered(answer, head, bytes: span, content) }
  }

  /// The same for octets that are not a request.
  func reportMalformed(_ answer: AnsweredRequest, read bytes: UnsafeRawBufferPointer) {
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    for observer in worker.observers.all { observer.malformedRequestAnswered(answer, read: span) }
  }

  /// Reports an answer without a task, whose octets are queued from `start` on, the last `bodyCount` of those in memory
  /// being its body.
  func reportImmediate(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, from start: Int, bodyCount: Int
  ) {
    let limit = worker.observers.maxCapturedBytes
    guard limit > 0 else { return report(answer, head, bytes, .none) }
    output.withOctets(from: start) { queued in
      let headCount = max(0, queued.count - bodyCount)
      let content = ExchangeContent(
        requestBody: .init(start: nil, count: 0), answerHead: .init(rebasing: queued[..<headCount]),
        answerBody: .init(rebasing: queued[headCount...].prefix(limit)))
      report(answer, head, bytes, content)
    }
  }
}
