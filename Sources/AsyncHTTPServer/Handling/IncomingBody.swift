// The body of a request between the socket and its handler: what has arrived of it, what waits to be read, and whether
// it is whole.
//
//   octets of the socket ──▶ receive ──▶ pieces that wait ──▶ next ──▶ the handler
//                               │
//                               └─ discard: read and dropped, for the sake of the answer

import HTTPCore

/// Knows no socket and no clock: it says what came of the octets, and its exchange performs what follows from that.
struct IncomingBody {
  /// What a stretch of octets came to.
  enum Arrival {
    /// More is to come. `isProgress`: as much has come since the last time that the deadline is renewed.
    case more(isProgress: Bool)
    case ended
    /// It broke a rule or a limit: the status that says so, and the reason.
    case refused(ServerError, status: Int, reason: String)
  }

  /// What a reader finds.
  enum Next {
    /// A piece. `isLast`: none waits behind it, and more may be read from the client.
    case piece([UInt8], isLast: Bool)
    case end
    case failed(ServerError)
    /// Nothing yet.
    case awaited
  }

  private enum State {
    case arriving
    case ended
    case failed(ServerError)
  }

  private var state = State.ended
  private var decoder: ChunkedDecoder?
  /// Octets of a Content-Length that have yet to come.
  private var remaining: UInt64 = 0
  /// Octets of the body that have come, without their framing.
  private(set) var receivedCount = 0
  private var progressMark = 0
  private var pieces: [[UInt8]] = []
  private var nextPiece = 0
  /// Octets in the pieces that wait.
  private var queuedCount = 0
  private var waiters: [UnsafeContinuation<Void, Never>] = []
  /// The client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
  private(set) var owesContinue = false
  private var isDiscarding = false
  /// The server has read past some of the body, which no reader can have any more.
  private var hasDiscarded = false
  /// The first octets of the body, for observers that capture: `maxCapturedBytes` at most.
  private(set) var captured: [UInt8] = []
  private var maxCapturedBytes = 0

  /// Octets that may wait for the handler before reading stops. One read of the socket comes on top: that is the whole
  /// of what an upload holds in memory, whatever its size.
  private static let maxQueuedBytes = 65_536
  /// Progress that renews the deadline of a body: slower than this is not slow but hostile.
  private static let progressStep = 1024

  /// A request without a body.
  init() {}

  /// The body of a request whose head has just been read.
  init(_ head: borrowing RequestHead) {
    owesContinue = head.expectsContinue
    switch head.framing {
    case .none: break
    case .length(let length):
      state = .arriving
      remaining = length
    case .chunked:
      state = .arriving
      decoder = ChunkedDecoder()
    }
  }

  /// A body that is there whole.
  init(inMemory content: [UInt8]) {
    if !content.isEmpty { pieces = [content] }
    queuedCount = content.count
  }

  /// Keeps the first octets that come from now on.
  mutating func capture(atMost count: Int) { maxCapturedBytes = count }

  /// Whether some of it has yet to come.
  var isArriving: Bool { if case .arriving = state { true } else { false } }

  /// Whether some of it has yet to come before a whole answer is sent. A client that waits for `100 Continue` has not
  /// sent it, and is not made to.
  var isOwed: Bool { isArriving && !owesContinue }

  /// Whether as much waits for the handler that no more is read for now.
  var isFull: Bool { queuedCount >= Self.maxQueuedBytes }

  // MARK: As it arrives

  /// Takes what belongs to the body from the front of `bytes`; answers how much that was. `limit` is the most that the
  /// body may have.
  mutating func receive(_ bytes: UnsafeRawBufferPointer, limit: Int) -> (used: Int, Arrival) {
    owesContinue = false
    if decoder != nil { return receiveChunks(bytes, limit: limit) }
    let used = Int(min(remaining, UInt64(bytes.count)))
    remaining -= UInt64(used)
    take(UnsafeRawBufferPointer(rebasing: bytes[..<used]))
    return (used, remaining == 0 ? end() : more())
  }

  private mutating func receiveChunks(_ bytes: UnsafeRawBufferPointer, limit: Int) -> (used: Int, Arrival) {
    var offset = 0
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    do throws(ChunkError) {
      while let event = try decoder?.next(span, from: &offset) {
        switch event {
        case .data(let range):
          take(UnsafeRawBufferPointer(rebasing: bytes[range]))
          if exceeds(limit) { return (bytes.count, tooLarge(limit)) }
        case .needMore:
          return (bytes.count, exceeds(limit) ? tooLarge(limit) : more())
        case .end:
          return (offset, end())
        }
      }
    } catch {
      return (bytes.count, .refused(.invalidBody, status: error.status, reason: error.description))
    }
    return (bytes.count, more())
  }

  /// A chunk says how long it is before it comes.
  private func exceeds(_ limit: Int) -> Bool {
    guard let decoder else { return false }
    return UInt64(receivedCount) + decoder.announcedBytes > UInt64(limit)
  }

  private func tooLarge(_ limit: Int) -> Arrival {
    .refused(.bodyTooLarge(limit: limit), status: 413, reason: "the request body is larger than the limit of \(limit)")
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer) {
    receivedCount += bytes.count
    guard !bytes.isEmpty else { return }
    if captured.count < maxCapturedBytes { captured.append(contentsOf: bytes.prefix(maxCapturedBytes - captured.count)) }
    if isDiscarding {
      hasDiscarded = true
      return
    }
    pieces.append(Array(bytes))
    queuedCount += bytes.count
  }

  private mutating func more() -> Arrival {
    guard receivedCount - progressMark >= Self.progressStep else { return .more(isProgress: false) }
    progressMark = receivedCount
    return .more(isProgress: true)
  }

  private mutating func end() -> Arrival {
    state = .ended
    return .ended
  }

  /// The rest does not come, or must not.
  mutating func fail(_ error: ServerError) { state = .failed(error) }

  // MARK: As it is read

  /// The next piece for the handler.
  mutating func next() -> Next {
    if nextPiece < pieces.count {
      let piece = pieces[nextPiece]
      nextPiece += 1
      queuedCount -= piece.count
      if nextPiece == pieces.count {
        pieces.removeAll(keepingCapacity: true)
        nextPiece = 0
      }
      return .piece(piece, isLast: queuedCount == 0)
    }
    if hasDiscarded { return .failed(.alreadyAnswered) }
    switch state {
    case .ended: return .end
    case .failed(let error): return .failed(error)
    case .arriving: return .awaited
    }
  }

  /// Puts a body that has been read to its end back, for the reader that comes next.
  mutating func restore(_ whole: [UInt8]) {
    pieces = whole.isEmpty ? [] : [whole]
    nextPiece = 0
    queuedCount = whole.count
  }

  /// Whether the client has to be asked for the body, which it has held back: once.
  mutating func takeContinue() -> Bool {
    defer { owesContinue = false }
    return owesContinue
  }

  /// What has come and what is to come is dropped from here on.
  mutating func discard() {
    isDiscarding = true
    if queuedCount > 0 { hasDiscarded = true }
    pieces = []
    nextPiece = 0
    queuedCount = 0
  }

  /// Why it will not be whole; nil where it is, or may be.
  var failure: ServerError? { if case .failed(let error) = state { error } else { nil } }

  // MARK: Readers that wait

  /// Resumes `waiter` at the next arrival, or at the end.
  mutating func wait(_ waiter: UnsafeContinuation<Void, Never>) { waiters.append(waiter) }

  /// Takes the readers that wait; the caller resumes them.
  mutating func takeWaiters() -> [UnsafeContinuation<Void, Never>] {
    if waiters.isEmpty { return [] }
    defer { waiters = [] }
    return waiters
  }
}
