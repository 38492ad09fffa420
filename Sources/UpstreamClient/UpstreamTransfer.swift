// What stands between libcurl, which pushes, and the reader, who pulls: the head as it is put together, a bounded buffer of
// content, the idle deadline, and whoever waits for one of them.

import Reactor

/// One exchange in flight. Confined to its reactor's thread, hence `@unchecked Sendable`.
final class UpstreamTransfer: CurlTransferDelegate, TimerTarget, @unchecked Sendable {
  private let reactor: Reactor
  private let multi: CurlMulti
  private let request: UpstreamRequest
  private let upstream: String

  private var curl: CurlTransfer?
  private var collector = UpstreamHeadCollector()
  private var buffer: [UInt8] = []
  private var received: Int64 = 0
  private var isPaused = false
  /// Set once the transfer is over: nil inside for a complete response.
  private var outcome: UpstreamError??
  /// What made us end the transfer; libcurl only knows that we did.
  private var ownFailure: UpstreamError?

  private var headWaiter: UnsafeContinuation<Result<UpstreamHead, UpstreamError>, Never>?
  private var chunkWaiter: UnsafeContinuation<Result<[UInt8]?, UpstreamError>, Never>?

  private var started: Milliseconds = 0
  private var lastActivity: Milliseconds?
  private var bytesSent: Int64 = 0
  private var idleTimer = TimerID.none

  /// Content held for a reader that is behind; above it libcurl stops reading the socket. One window of a fast connection.
  static let bufferSize = 262_144

  init(_ request: UpstreamRequest, multi: CurlMulti, reactor: Reactor) {
    self.request = request
    self.multi = multi
    self.reactor = reactor
    upstream = request.origin
  }

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

  /// Ends the exchange; whoever waits gets `cancelled`.
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

  private func start() {
    started = reactor.now
    do throws(UpstreamError) {
      if let defect = request.defect { throw .invalidRequest(reason: defect) }
      curl = try multi.start(request, self)
      idleTimer = reactor.setTimer(after: request.timeouts.idle, self)
    } catch {
      curlFinished(error)
    }
  }

  // MARK: libcurl's side

  func curlReceived(headerLine: UnsafeRawBufferPointer) -> Bool {
    lastActivity = reactor.now
    switch collector.append(headerLine) {
    case .more:
      return true
    case .complete:
      headWaiter?.resume(returning: .success(collector.head))
      headWaiter = nil
      return true
    case .malformed(let reason):
      ownFailure = .malformed(upstream: upstream, reason: reason)
      return false
    case .tooLarge(let limit):
      ownFailure = .tooLarge(upstream: upstream, limit)
      return false
    }
  }

  func curlReceived(body: UnsafeRawBufferPointer) -> CurlBodyVerdict {
    lastActivity = reactor.now
    if buffer.count >= Self.bufferSize {
      isPaused = true
      return .pause
    }
    received += Int64(body.count)
    guard received <= request.maximumBodySize else {
      ownFailure = .tooLarge(upstream: upstream, .body(request.maximumBodySize))
      return .abort
    }
    buffer.append(contentsOf: body)
    if let waiter = chunkWaiter, let chunk = takeBuffer() {
      chunkWaiter = nil
      waiter.resume(returning: .success(chunk))
    }
    return .taken
  }

  func curlFinished(_ failure: UpstreamError?) {
    guard outcome == nil else { return }
    var failure = ownFailure ?? failure
    // libcurl knows neither our bound nor where the head ends.
    if case .timedOut(_, .waiting) = failure, collector.isComplete { failure = .timedOut(upstream: upstream, .receiving) }
    if case .tooLarge(_, .body) = failure { failure = .tooLarge(upstream: upstream, .body(request.maximumBodySize)) }
    if failure == nil, !collector.isComplete { failure = .malformed(upstream: upstream, reason: "it ends before its head does") }
    outcome = .some(failure)
    curl = nil
    reactor.cancelTimer(idleTimer)
    if let waiter = headWaiter {
      headWaiter = nil
      // A complete head has been handed over already.
      waiter.resume(returning: .failure(failure ?? .cancelled))
    }
    if let waiter = chunkWaiter {
      chunkWaiter = nil
      waiter.resume(returning: failure.map { .failure($0) } ?? .success(nil))
    }
  }

  // MARK: The idle deadline

  /// Looks whether bytes moved since; while libcurl connects, its own deadline counts, and while the reader is behind, none does.
  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    guard outcome == nil, let curl else { return }
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
