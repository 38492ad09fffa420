// What stands between libcurl, which pushes, and the reader, who pulls: the head as it is put together, a bounded
// buffer of content, the idle deadline, and the waits for one of them.

import HTTPCore
import Reactor
import SystemPackage

/// One exchange in flight. Confined to its reactor's thread, hence `@unchecked Sendable`.
final class UpstreamTransfer: TimerTarget, @unchecked Sendable {
  let reactor: Reactor
  let multi: CurlMulti
  let request: UpstreamRequest
  let upstream: String
  private let interim: (@Sendable (UpstreamHead) -> Void)?

  var curl: CurlTransfer?
  private var place = Place.none
  private var collector = UpstreamHeadCollector()
  private var chunks: UpstreamChunks?
  private var decoder: ContentDecoder?
  private var buffer: [UInt8] = []
  private var received: Int64 = 0
  private var decoded: Int64 = 0
  private var sent: Int64 = 0
  private var isPaused = false
  /// Set once the transfer is over: nil inside for a complete response.
  private var outcome: UpstreamError??
  /// What made us end the transfer; libcurl only knows that we did.
  private var ownFailure: UpstreamError?

  private var headWaiter: UnsafeContinuation<Result<UpstreamHead, UpstreamError>, Never>?
  private var chunkWaiter: UnsafeContinuation<Result<[UInt8]?, UpstreamError>, Never>?
  private var contentWaiter: UnsafeContinuation<Void, Never>?
  private var contentTimer = TimerID.none

  private var started: Milliseconds = 0
  private var lastActivity: Milliseconds?
  private var bytesSent: Int64 = 0
  private var idleTimer = TimerID.none

  /// Content held for a reader that is behind; above it libcurl stops reading the socket. One window of a fast
  /// connection.
  static let bufferSize = 262_144

  private enum Place { case none, waiting, taken }

  init(_ request: UpstreamRequest, multi: CurlMulti, reactor: Reactor, interim: (@Sendable (UpstreamHead) -> Void)?) {
    self.request = request
    self.multi = multi
    self.reactor = reactor
    self.interim = interim
    upstream = request.origin
  }

  var isDecoded: Bool { decoder != nil }

  // MARK: The reader's side

  /// Starts, and waits until the final response's head is complete.
  func head() async -> Result<UpstreamHead, UpstreamError> {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if Task.isCancelled { return continuation.resume(returning: .failure(.cancelled)) }
        headWaiter = continuation
        start()
      }
    } onCancel: {
      reactor.execute { self.cancel() }
    }
  }

  /// The content that has arrived, at least a byte; nil at its end.
  func nextChunk() async -> Result<[UInt8]?, UpstreamError> {
    guard let decoder else { return await nextReceived() }
    while true {
      await reactor.nextTurn()
      switch decoder.step() {
      case .decoded(let bytes):
        decoded += Int64(bytes.count)
        if Task.isCancelled { return fail(.cancelled) }
        if decoded > request.maxBodySize { return fail(.tooLarge(upstream: upstream, .body(request.maxBodySize))) }
        if !bytes.isEmpty { return .success(bytes) }
      case .damaged(let reason):
        return fail(.malformed(upstream: upstream, reason: reason))
      case .needsInput:
        switch await nextReceived() {
        case .success(let bytes?): decoder.append(bytes)
        case .success(nil):
          return decoder.isWhole ? .success(nil) : .failure(.malformed(upstream: upstream, reason: "its coded content breaks off"))
        case .failure(let error): return .failure(error)
        }
      }
    }
  }

  private func fail(_ failure: UpstreamError) -> Result<[UInt8]?, UpstreamError> {
    cancel()
    outcome = .some(failure)
    buffer = []
    return .failure(failure)
  }

  private func nextReceived() async -> Result<[UInt8]?, UpstreamError> {
    if let chunk = takeBuffer() { return .success(chunk) }
    if let ended { return ended }
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        precondition(chunkWaiter == nil, "two readers of one response")
        if Task.isCancelled {
          cancel()
          return continuation.resume(returning: .failure(.cancelled))
        }
        chunkWaiter = continuation
      }
    } onCancel: {
      reactor.execute { self.cancel() }
    }
  }

  /// Whether a byte, or the end, has come; waits for one of them for as long as `patience`. A failure that is known
  /// counts more than what came before it: none of that has been read.
  func untilContent(atMost patience: Milliseconds) async -> Result<Bool, UpstreamError> {
    if decoder?.hasInput != true, buffer.isEmpty, outcome == nil, !Task.isCancelled {
      await withTaskCancellationHandler {
        await withUnsafeContinuation { continuation in
          contentWaiter = continuation
          contentTimer = reactor.setTimer(after: patience, self)
        }
      } onCancel: {
        reactor.execute { self.cancel() }
      }
    }
    if Task.isCancelled { return .failure(.cancelled) }
    if let ended { return ended.map { _ in true } }
    return .success(!buffer.isEmpty || decoder?.hasInput == true)
  }

  private func wakeContentWaiter() {
    guard let waiter = contentWaiter else { return }
    contentWaiter = nil
    reactor.cancelTimer(contentTimer)
    waiter.resume()
  }

  /// Ends the exchange; its reader gets `cancelled`.
  func cancel() {
    guard outcome == nil else { return }
    if let curl { multi.cancel(curl) }
    curlFinished(.cancelled)
  }

  private var ended: Result<[UInt8]?, UpstreamError>? {
    guard let outcome else { return nil }
    return outcome.map { .failure($0) } ?? .success(nil)
  }

  private func takeBuffer() -> [UInt8]? {
    guard !buffer.isEmpty else { return nil }
    var chunk: [UInt8] = []
    swap(&chunk, &buffer)
    if isPaused {
      isPaused = false
      lastActivity = reactor.now
      curl?.resume()
    }
    return chunk
  }

  // MARK: The beginning

  private func start() {
    started = reactor.now
    if let defect = request.defect { return curlFinished(.invalidRequest(reason: defect)) }
    guard multi.places.take(self) else {
      place = .waiting
      idleTimer = reactor.setTimer(after: request.timeouts.idle, self)
      return
    }
    place = .taken
    begin()
  }

  /// Another exchange has left its place to this one. Perhaps from within libcurl, which must not be entered then.
  func hasPlace() {
    place = .taken
    reactor.execute { self.begin() }
  }

  private func begin(afresh: Bool = false) {
    guard outcome == nil else { return }
    started = reactor.now
    reactor.cancelTimer(idleTimer)
    do throws(UpstreamError) {
      curl = try multi.start(request, self)
      if afresh { curl?.forbidUsedConnection() }
      idleTimer = reactor.setTimer(after: request.timeouts.idle, self)
    } catch {
      curlFinished(error)
    }
  }

  private func leavePlace() {
    switch place {
    case .none: break
    case .waiting: multi.places.forget(self)
    case .taken: multi.places.leave(upstream)
    }
    place = .none
  }

  // MARK: The idle deadline

  /// Looks whether bytes moved since; while libcurl connects, its own deadline counts, and while the reader is behind,
  /// none does.
  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    if timer == contentTimer { return wakeContentWaiter() }
    guard outcome == nil else { return }
    if place == .waiting { return curlFinished(.timedOut(upstream: upstream, .queueing)) }
    guard let curl else { return }
    let idle = request.timeouts.idle
    if curl.bytesSent != bytesSent {
      bytesSent = curl.bytesSent
      lastActivity = reactor.now
    }
    guard !isPaused, let since = lastActivity ?? curl.connectedAfter.map({ started + $0 }) else {
      idleTimer = reactor.setTimer(after: idle, self)
      return
    }
    if since + idle > reactor.now {
      idleTimer = reactor.setTimer(at: since + idle, self)
    } else {
      multi.cancel(curl)
      curlFinished(.timedOut(upstream: upstream, collector.isComplete ? .receiving : .waiting))
    }
  }
}

// MARK: - libcurl's side

extension UpstreamTransfer: CurlTransferDelegate {
  func curlReceived(headerLine: UnsafeRawBufferPointer) -> Bool {
    if ownFailure != nil { return false }
    switch collector.append(headerLine) {
    case .more:
      return true
    case .interim:
      lastActivity = reactor.now
      interim?(collector.head)
      return true
    case .complete:
      lastActivity = reactor.now
      headCompleted()
      return true
    case .malformed(let reason):
      ownFailure = .malformed(upstream: upstream, reason: reason)
      return false
    case .tooLarge(let limit):
      ownFailure = .tooLarge(upstream: upstream, limit)
      return false
    }
  }

  private func headCompleted() {
    let head = collector.head
    if collector.closesConnection { curl?.forbidReuse() }
    if head.isChunked {
      chunks = UpstreamChunks()
      curl?.followFraming()
    }
    if request.decodesContent, head.status != 204, head.status != 304 {
      let codings = head.headers.filter { FieldSyntax.equalIgnoringCase($0.name, "content-encoding") }.map(\.value)
      decoder = ContentDecoder(codings: codings.joined(separator: ","))
    }
    headWaiter?.resume(returning: .success(head))
    headWaiter = nil
  }

  /// RFC 9110 §6.4.1.
  private var hasContent: Bool { request.method != "HEAD" && collector.head.status != 204 && collector.head.status != 304 }

  func curlReceived(framed bytes: UnsafeRawBufferPointer) -> Bool {
    guard let defect = chunks?.append(bytes) else {
      if chunks?.hasExcess == true { curl?.forbidReuse() }
      return true
    }
    ownFailure = ownFailure ?? .malformed(upstream: upstream, reason: defect)
    return false
  }

  func curlReceived(body: UnsafeRawBufferPointer) -> CurlBodyVerdict {
    if ownFailure != nil { return .abort }
    lastActivity = reactor.now
    if buffer.count >= Self.bufferSize {
      isPaused = true
      // The upstream waits for the reader, and nothing else waits for either.
      leavePlace()
      return .pause
    }
    received += Int64(body.count)
    guard received <= request.maxBodySize else {
      ownFailure = .tooLarge(upstream: upstream, .body(request.maxBodySize))
      return .abort
    }
    buffer.append(contentsOf: body)
    wakeContentWaiter()
    if let waiter = chunkWaiter, let chunk = takeBuffer() {
      chunkWaiter = nil
      waiter.resume(returning: .success(chunk))
    }
    return .taken
  }

  func curlSends(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard let file = request.bodyFile else { return 0 }
    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, Int(file.count - sent))])
    guard !rest.isEmpty else { return 0 }
    do throws(Errno) {
      let count = try Syscalls.read(file.file.rawValue, at: sent, into: rest)
      // No other process has the file: it is not cut short.
      if count == 0 { throw .ioError }
      sent += Int64(count)
      return count
    } catch {
      ownFailure = .other(upstream: upstream, reason: "the request's body cannot be read again: \(error)")
      return nil
    }
  }

  func curlFinished(_ failure: UpstreamError?) {
    guard outcome == nil else { return }
    // Nothing has been sent.
    if let curl, curl.isRefused, failure != .cancelled { return begin(afresh: true) }
    var failure = ownFailure ?? failure
    // libcurl knows neither our bound nor where the head ends.
    if case .timedOut(_, .waiting) = failure, collector.isComplete { failure = .timedOut(upstream: upstream, .receiving) }
    if case .tooLarge(_, .body) = failure { failure = .tooLarge(upstream: upstream, .body(request.maxBodySize)) }
    if failure == nil, let chunks, !chunks.isWhole, hasContent {
      failure = .reset(upstream: upstream, reason: "it ends before its last chunk does")
    }
    if failure == nil, !collector.isComplete { failure = .malformed(upstream: upstream, reason: "it ends before its head does") }
    leavePlace()
    outcome = .some(failure)
    curl = nil
    reactor.cancelTimer(idleTimer)
    if let waiter = headWaiter {
      headWaiter = nil
      // A complete head has been handed over already.
      waiter.resume(returning: .failure(failure ?? .cancelled))
    }
    wakeContentWaiter()
    if let waiter = chunkWaiter {
      chunkWaiter = nil
      waiter.resume(returning: failure.map { .failure($0) } ?? .success(nil))
    }
  }
}
