// One fetch, and all who wait for it.
//
// The fetch runs in a task of its own on one reactor, and ends with the upstream, not with the client that caused it.
// What arrives goes to the recording's file, and readers, each on the reactor of its own connection, read it there as
// far as it has come: memory does not grow with the body, and a slow client does not hold up others.
//
// Without a file (the response is not to be recorded, or the disk is full) the fetch goes *live*: pieces wait in memory
// until every reader has them, and beyond 256 KiB the upstream waits for the slowest. No request joins a live fetch
// that has begun.
//
// When the last reader leaves, a recording goes on, and what is none is given up: waiting for its turn, for the
// upstream, or live.

import HTTPCore
import Reactor
import Recordings
import Synchronization
import SystemPackage
import UpstreamClient

final class Flight: Sendable {
  /// What the upstream says, end to end.
  struct Head: Sendable {
    let status: Int
    var fields: [FieldLine]
    /// Bytes, where the upstream announced them.
    let contentLength: Int64?
    /// Which other requests the answer is for.
    var audience = AnswerAudience([], credentials: [])
    /// What the request that caused the fetch has for the fields that the answer varies by.
    var varied: [RecordingKey.Header] = []
  }

  private struct Reader {
    var offset: Int64 = 0
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private struct State {
    var head: Result<Head, UpstreamError>?
    /// The recording whose file has the first `fileCount` bytes.
    var recording: RecordingWriter?
    var fileCount: Int64 = 0
    var isLive = false
    /// What came after the file's bytes, the pieces at the front dropped once every reader has them.
    var pieces: [[UInt8]] = []
    var piecesOffset: Int64 = 0
    var pieceCount = 0
    var end: Result<Void, UpstreamError>?
    var readers: [Int: Reader] = [:]
    var nextReader = 0
    var writer: UnsafeContinuation<Void, Never>?
    var fetch: Task<Void, Never>?

    var isRecording: Bool { recording != nil && !isLive }
  }

  private let state = Mutex(State())
  private let isClaimed = Atomic<Bool>(false)

  /// Bytes that wait in memory for the slowest reader of a live fetch.
  static let maxLiveBytes = 262_144
  /// What a reader takes from the file at once.
  private static let readSize = 65_536

  // MARK: Readers

  /// A reader at the beginning of the response, or nil when that cannot be had any more. Must be given back with
  /// `leave`.
  func join() -> Int? {
    state.withLock { state in
      if case .failure = state.end { return nil }
      if state.isLive, state.head != nil { return nil }
      defer { state.nextReader += 1 }
      state.readers[state.nextReader] = Reader()
      return state.nextReader
    }
  }

  /// True where that was the last reader of what nothing else keeps: the flight is given up, and its fetch with it.
  func leave(_ reader: Int) -> Bool {
    let (waiter, writer, isGivenUp, fetch) = state.withLock { state in
      let waiter = state.readers.removeValue(forKey: reader)?.waiter
      Self.drop(&state)
      return (waiter, Self.wakeableWriter(&state), Self.giveUp(&state), state.fetch)
    }
    waiter?.resume()
    writer?.resume()
    if isGivenUp { fetch?.cancel() }
    return isGivenUp
  }

  private static func giveUp(_ state: inout State) -> Bool {
    guard state.readers.isEmpty, state.end == nil, !state.isRecording else { return false }
    state.end = .failure(.cancelled)
    if state.head == nil { state.head = .failure(.cancelled) }
    return true
  }

  /// The response's head, once it is there. Throws CancellationError when the reader's task is cancelled.
  func head(_ reader: Int) async throws -> Result<Head, UpstreamError> {
    while true {
      try Task.checkCancellation()
      if let head = state.withLock({ $0.head }) { return head }
      await wait(reader) { $0.head != nil }
    }
  }

  /// Leaves out what comes before `offset`. Only before the first `next`.
  func skip(_ reader: Int, to offset: Int64) {
    let writer = state.withLock { state in
      state.readers[reader]?.offset = offset
      Self.drop(&state)
      return Self.wakeableWriter(&state)
    }
    writer?.resume()
  }

  private enum Step {
    case file(RecordingWriter, offset: Int64, count: Int)
    case piece([UInt8], UnsafeContinuation<Void, Never>?)
    case ended(Result<Void, UpstreamError>)
    case wait
  }

  /// The next bytes for this reader; nil at the end. Throws UpstreamError when the response broke off,
  /// CancellationError.
  func next(_ reader: Int) async throws -> [UInt8]? {
    while true {
      try Task.checkCancellation()
      switch state.withLock({ Self.step(&$0, reader) }) {
      case .file(let recording, let offset, let count):
        let bytes = try FileContent.read(recording.file.rawValue, at: offset, count: count)
        // The file was cut short.
        guard !bytes.isEmpty else { throw Errno.ioError }
        state.withLock { $0.readers[reader]?.offset += Int64(bytes.count) }
        return bytes
      case .piece(let bytes, let writer):
        writer?.resume()
        return bytes
      case .ended(let result):
        try result.get()
        return nil
      case .wait:
        await wait(reader) { $0.end != nil || $0.fileCount + Int64($0.pieceCount) + $0.piecesOffset > $0.readers[reader]?.offset ?? 0 }
      }
    }
  }

  private static func step(_ state: inout State, _ reader: Int) -> Step {
    guard let offset = state.readers[reader]?.offset else { return .ended(.success(())) }
    if offset < state.fileCount, let recording = state.recording {
      return .file(recording, offset: offset, count: Int(min(state.fileCount - offset, Int64(readSize))))
    }
    var start = state.fileCount + state.piecesOffset
    for piece in state.pieces {
      let end = start + Int64(piece.count)
      if offset < end {
        state.readers[reader]?.offset = end
        drop(&state)
        return .piece(offset == start ? piece : Array(piece[Int(offset - start)...]), wakeableWriter(&state))
      }
      start = end
    }
    if let end = state.end { return .ended(end) }
    return .wait
  }

  /// Drops the pieces that every reader has.
  private static func drop(_ state: inout State) {
    let slowest = state.readers.values.map(\.offset).min() ?? .max
    while let first = state.pieces.first, state.fileCount + state.piecesOffset + Int64(first.count) <= slowest {
      state.pieces.removeFirst()
      state.piecesOffset += Int64(first.count)
      state.pieceCount -= first.count
    }
  }

  private static func wakeableWriter(_ state: inout State) -> UnsafeContinuation<Void, Never>? {
    guard state.pieceCount <= maxLiveBytes / 2 || state.readers.isEmpty else { return nil }
    defer { state.writer = nil }
    return state.writer
  }

  /// Suspends the reader until `isReady` may hold, or its task is cancelled.
  private func wait(_ reader: Int, until isReady: (borrowing State) -> Bool) async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isDone = state.withLock { state in
          if isReady(state) || Task.isCancelled || state.readers[reader] == nil { return true }
          state.readers[reader]?.waiter = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.readers[reader]?.waiter = nil }
        return state.readers[reader]?.waiter
      }
      waiter?.resume()
    }
  }

  // MARK: The fetch

  /// The right to fetch, or to call the flight off: true for the first that asks.
  func claim() -> Bool { isClaimed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged }

  /// The task that fetches, to be cancelled when the flight is given up.
  func start(_ fetch: Task<Void, Never>) {
    let isGivenUp = state.withLock { state in
      state.fetch = fetch
      return state.end != nil
    }
    if isGivenUp { fetch.cancel() }
  }

  /// Changes the state and wakes every reader.
  private func update(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      let waiters = state.readers.values.compactMap(\.waiter)
      for reader in state.readers.keys { state.readers[reader]?.waiter = nil }
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// What comes goes to this recording's file: the flight goes on without readers.
  func record(_ recording: RecordingWriter) { state.withLock { $0.recording = recording } }

  /// The head goes to the readers. With a recording, what follows is in its file, so many bytes already. False where
  /// the flight has been given up.
  func begin(_ head: Head, count: Int64) -> Bool {
    var isWanted = true
    update { state in
      isWanted = state.end == nil
      guard isWanted else { return }
      state.head = .success(head)
      state.fileCount = count
      state.isLive = state.recording == nil
    }
    return isWanted
  }

  /// So many bytes have been appended to the recording's file.
  func advance(by count: Int) { update { $0.fileCount += Int64(count) } }

  /// Hands over bytes that are in no file, and waits while too many are unread. False when no reader is left.
  func pass(_ bytes: [UInt8]) async -> Bool {
    update { state in
      state.isLive = true
      if state.readers.isEmpty {
        state.piecesOffset += Int64(bytes.count)
      } else {
        state.pieces.append(bytes)
        state.pieceCount += bytes.count
        // Readers who skipped ahead need none of it.
        Self.drop(&state)
      }
    }
    await withUnsafeContinuation { continuation in
      let isDone = state.withLock { state in
        if state.pieceCount <= Self.maxLiveBytes || state.readers.isEmpty { return true }
        state.writer = continuation
        return false
      }
      if isDone { continuation.resume() }
    }
    return state.withLock { !$0.readers.isEmpty }
  }

  /// The response is complete, or has failed, with or without a head.
  func end(_ result: Result<Void, UpstreamError>) {
    update { state in
      guard state.end == nil else { return }
      state.end = result
      state.fetch = nil
      if state.head == nil, case .failure(let error) = result { state.head = .failure(error) }
    }
  }
}
