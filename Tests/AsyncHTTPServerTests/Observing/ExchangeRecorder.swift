// An observer that keeps everything it hears, content included.

import AsyncHTTPServer
import HTTPCore
import Reactor
import Synchronization

/// One for all workers.
final class ExchangeRecorder: RequestObserver, RequestObserverSource {
  struct Entry: Sendable {
    let answer: AnsweredRequest
    let requestBody: String
    let head: String
    let body: String
  }

  private struct State {
    var entries: [Entry] = []
    var made = 0
    var flushes = 0
  }

  let maxCapturedBytes: Int
  let wantsRequestIDs: Bool
  private let state = Mutex(State())

  init(maxCapturedBytes: Int = 0, wantsRequestIDs: Bool = false) {
    self.maxCapturedBytes = maxCapturedBytes
    self.wantsRequestIDs = wantsRequestIDs
  }

  var entries: [Entry] { state.withLock { $0.entries } }
  /// How many observers were asked for.
  var madeCount: Int { state.withLock { $0.made } }
  var flushCount: Int { state.withLock { $0.flushes } }

  func makeObserver(on reactor: Reactor) -> any RequestObserver {
    state.withLock { $0.made += 1 }
    return self
  }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) {
    let entry = Entry(
      answer: answer, requestBody: Self.text(content.requestBody), head: Self.text(content.answerHead), body: Self.text(content.answerBody))
    state.withLock { $0.entries.append(entry) }
  }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {
    state.withLock { $0.entries.append(Entry(answer: answer, requestBody: "", head: "", body: "")) }
  }

  func flush() { state.withLock { $0.flushes += 1 } }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}
