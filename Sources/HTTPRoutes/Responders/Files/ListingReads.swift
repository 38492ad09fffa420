// Reading directories on background threads: a few at a time in the process, and one at a time of each directory.
//
// A request that comes while its directory is being read may know of a change that the read has missed, so it waits for
// the next read, which all that came meanwhile share. What a costly read has found answers for a moment: for as long as
// the directory's own times show no change of its names, and for a second at most, since sizes and times of the files
// in it change without them. It is kept for longer than that, so that slow clients of a directory that stays as it is
// share the bytes they are sent.

import Reactor
import Synchronization
import SystemPackage

/// The reads of one process.
final class ListingReads: Sendable {
  static let shared = ListingReads()

  /// 2 of the background threads, of which logs need one too.
  private static let maxRunning = 2
  /// 256 names take less than a millisecond to read, and an edit is seen at once.
  private static let minKeptNames = 257
  /// 8 MiB, some ten pages of as many names as there may be.
  static let maxKeptBytes = 8 << 20
  /// 30 seconds: the time that a client which takes nothing is given by default.
  private static let maxKeptSeconds: Int64 = 30

  private struct Key: Hashable {
    /// Of the route: what it shows of a directory is its own.
    let identity: UInt64
    let path: [UInt8]
    let isJSON: Bool
  }

  private typealias Waiter = UnsafeContinuation<Result<DirectoryListing.Contents, Errno>, Never>

  private struct Flight {
    /// Those who get what is read now.
    var waiters: [Waiter]
    /// Those who came after the read began.
    var next: [Waiter] = []
  }

  private struct Kept {
    let contents: DirectoryListing.Contents
    /// Seconds since 1970.
    let readAt: Int64
  }

  private struct State {
    var flights: [Key: Flight] = [:]
    /// Reads that have not begun, in the order they were asked for.
    var queue: [(key: Key, listing: DirectoryListing)] = []
    var running = 0
    var kept: [Key: Kept] = [:]
    var keptBytes = 0
  }

  private let state = Mutex(State())

  var keptBytes: Int { state.withLock { $0.keptBytes } }

  /// What was read of the directory within this second, if its names are the same still.
  ///
  /// - Parameters:
  ///   - status: of the directory now.
  ///   - now: seconds since 1970.
  func kept(_ listing: DirectoryListing, _ status: FileStatus, now: Int64) -> DirectoryListing.Contents? {
    let kept = state.withLock { $0.kept[Self.key(listing)] }
    guard let kept, kept.readAt == now, let read = kept.contents.status, read == status else { return nil }
    return kept.contents
  }

  /// What the directory has, read after this was asked.
  func read(_ listing: DirectoryListing) async -> Result<DirectoryListing.Contents, Errno> {
    await withUnsafeContinuation { waiter in
      let key = Self.key(listing)
      let begins = state.withLock { state -> Bool in
        if state.flights[key] != nil {
          state.flights[key]?.next.append(waiter)
          return false
        }
        state.flights[key] = Flight(waiters: [], next: [waiter])
        state.queue.append((key, listing))
        return Self.takesThread(&state)
      }
      if begins { BackgroundThread.run { self.work() } }
    }
  }

  private static func key(_ listing: DirectoryListing) -> Key {
    Key(identity: listing.service.identity, path: listing.path.bytes, isJSON: listing.isJSON)
  }

  private static func takesThread(_ state: inout State) -> Bool {
    guard state.running < maxRunning else { return false }
    state.running += 1
    return true
  }

  /// Reads until nothing is left to read.
  private func work() {
    while let (key, listing) = state.withLock({ Self.begin(&$0) }) {
      let read = listing.contents()
      let now = FileContent.clock() / 1_000_000_000
      let (result, waiters) = state.withLock { state in (Self.keep(read, key, now, &state), Self.end(key, listing, &state)) }
      for waiter in waiters { waiter.resume(returning: result) }
    }
  }

  private static func begin(_ state: inout State) -> (key: Key, listing: DirectoryListing)? {
    guard !state.queue.isEmpty else {
      state.running -= 1
      return nil
    }
    let next = state.queue.removeFirst()
    state.flights[next.key] = state.flights[next.key].map { Flight(waiters: $0.next) }
    return next
  }

  /// Those who get the result. The directory is read again for those who came meanwhile, after the others that wait for
  /// a thread.
  private static func end(_ key: Key, _ listing: DirectoryListing, _ state: inout State) -> [Waiter] {
    guard let flight = state.flights[key] else { return [] }
    if flight.next.isEmpty {
      state.flights[key] = nil
    } else {
      state.queue.append((key, listing))
    }
    return flight.waiters
  }

  /// Keeps what was costly to read. Answers what was read, in the bytes of the last time where they are the same.
  private static func keep(
    _ result: Result<DirectoryListing.Contents, Errno>, _ key: Key, _ now: Int64, _ state: inout State
  ) -> Result<DirectoryListing.Contents, Errno> {
    let former = state.kept[key]?.contents.body
    drop(key, &state)
    for (key, kept) in state.kept where now - kept.readAt > maxKeptSeconds { drop(key, &state) }
    guard case .success(var contents) = result, contents.nameCount >= minKeptNames else { return result }
    if let former, former == contents.body { contents.body = former }
    while state.keptBytes + contents.body.count > maxKeptBytes, let oldest = state.kept.min(by: { $0.value.readAt < $1.value.readAt }) {
      drop(oldest.key, &state)
    }
    guard contents.body.count <= maxKeptBytes else { return result }
    state.kept[key] = Kept(contents: contents, readAt: now)
    state.keptBytes += contents.body.count
    return .success(contents)
  }

  private static func drop(_ key: Key, _ state: inout State) {
    if let kept = state.kept.removeValue(forKey: key) { state.keptBytes -= kept.contents.body.count }
  }
}
