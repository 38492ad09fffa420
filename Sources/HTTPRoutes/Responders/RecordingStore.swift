// A directory of recorded exchanges, whole or not at all.
//
// An exchange is two files, and no file system replaces two at once. What makes the pair one:
//
//   1. The body is written to a hidden temporary beside its place and synced. Its writer holds a lock on it (flock(2)), which dies with
//      the process: a temporary that can be locked is a dead one's, and is swept.
//   2. The new head, with size and SHA-256 of the new body, is written to the *pending* name and synced.
//   3. The temporary is renamed to the body's name. From here on the new exchange is the recording.
//   4. The pending head is renamed to the head's name.
//
// Steps 2 to 4 happen under the store's lock, so that two processes on one store take turns. Killed before 3, the old head and body are
// untouched, and the pending head does not match the body: it is ignored. Killed between 3 and 4, it does match, and counts in place of the
// head: whoever reads, or publishes next, or starts next, finishes the job. So at no instant is a body seen with the other's head.
// A reader takes no lock. It reads head, body, pending head, and looks again whether head and body are still those two; if not, it begins anew.
//
// A body that differs from its head's digest with no pending head about was edited by somebody, and is served as edited.
// The names are as durable as the file system's journal makes them, in the order of the steps; no directory is synced, since losing the last
// recordings to a power failure costs a fetch each and nothing else.
// A first recording is the same with no old head. Where the new body has another name (the media type changed), the old one goes between 3 and
// 4: left behind by a kill after 4, it would be nobody's and served as a file that somebody put there.

import Glibc
import HTTPCore
import Reactor
import Synchronization
import SystemPackage

/// A recorded body, opened. Belongs to one thread.
final class RecordedBody {
  /// Relative to the store.
  let path: String
  let status: FileStatus
  /// Taken by whoever sends it.
  var file: OwnedDescriptor?

  init(path: String, status: FileStatus, file: consuming OwnedDescriptor) {
    self.path = path
    self.status = status
    self.file = consume file
  }
}

/// A head file as it was read.
struct RecordedHead {
  /// Relative to the store.
  let path: String
  let head: RecordingHead
  let status: FileStatus
}

/// A recorded exchange.
struct Recording {
  /// Nil for a body that somebody put there.
  let head: RecordedHead?
  /// Nil for a response without content.
  let body: RecordedBody?
  /// Whether the body is not the one that was recorded, so that what the upstream said of it (its tag, its date) does not hold.
  let isEdited: Bool

  /// When it was recorded, in seconds since 1970; without that in a head file, when it was last written.
  var recordedAt: Int64 {
    head?.head.recordedAt ?? head?.status.modificationSeconds ?? body?.status.modificationSeconds ?? 0
  }
}

/// What looking for a recording came to.
enum RecordingLookup {
  case found(Recording)
  case missing
  /// There is something, and it cannot be used: the sentence names the file.
  case damaged(String)
  /// No descriptor was left to look with.
  case outOfDescriptors
}

final class RecordingStore: Sendable {
  /// The directory, as the configuration names it.
  let root: String
  /// Fetches under way.
  let flights = RecordingFlights()
  /// What was used when, and how large the store is.
  let bound = RecordingBound()
  /// Whether a route of the process records here. A store that is only replayed has no bound.
  let isRecorded = Atomic<Bool>(false)
  private let isSwept = Atomic<Bool>(false)

  init(root: String) {
    self.root = root.utf8.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
  }

  private static let stores = Mutex<[String: RecordingStore]>([:])

  /// The store at this path, one for the process: routes that share a directory share its fetches, and a reload keeps them.
  static func shared(root: String) -> RecordingStore {
    stores.withLock { stores in
      if let store = stores[root] { return store }
      let store = RecordingStore(root: root)
      stores[root] = store
      return store
    }
  }

  /// Every store that a route of the process has had.
  static var all: [RecordingStore] { stores.withLock { Array($0.values) } }

  /// A path below the store as messages name it.
  func absolute(_ path: String) -> String { "\(root)/\(path)" }

  // MARK: Reading

  /// Looks again when somebody publishes meanwhile. More often than this in a row, and something else is wrong.
  private static let maximumAttempts = 16

  private enum Attempt {
    case found(Recording)
    case missing
    /// The names are taken by a recording of another key.
    case otherKey
    /// Somebody published while this looked.
    case changed
  }

  /// Finds the recording of `key`. `plainPath` is where a static file server would look: decoded, relative; nil for nowhere.
  func find(_ key: RecordingKey, plainPath: String?) -> RecordingLookup {
    do throws(RecordingFault) {
      let reader = RecordingReader(root: try RecordingReader.openRoot(root))
      let names = RecordingNames(key)
      for _ in 0..<Self.maximumAttempts {
        var attempt = try look(names, key, reader)
        var ownStem = names.stem
        if case .otherKey = attempt {
          attempt = try look(names.alternative(key), key, reader)
          ownStem = ""
        }
        switch attempt {
        case .found(let recording):
          if let head = recording.head, isRecorded.load(ordering: .relaxed) { bound.use(head.path) }
          return .found(recording)
        case .changed: continue
        case .missing, .otherKey:
          guard let plain = try lookForPlain(names, key, plainPath, ownStem: ownStem, reader) else { return .missing }
          // A body that is being published for the first time looks like a plain one for a moment.
          if !ownStem.isEmpty, reader.status(names.headPath) != nil || reader.status(names.pendingPath) != nil { continue }
          return .found(plain)
        }
      }
      return .damaged("\(absolute(names.headPath)) changes faster than it can be read")
    } catch {
      if error.isShortage { return .outOfDescriptors }
      return error.isMissing ? .missing : .damaged(absolute(error.description))
    }
  }

  private func look(_ names: RecordingNames, _ key: RecordingKey, _ reader: borrowing RecordingReader) throws(RecordingFault) -> Attempt {
    let current = try reader.head(names.headPath)
    if let current, !current.head.belongs(to: key) { return .otherKey }
    // A pending head that cannot be read is one that was not finished.
    var pending = try RecordingFault.naming(names.pendingPath) { () throws(Errno) in try reader.headIfReadable(names.pendingPath) }
    if pending?.head.belongs(to: key) == false { pending = nil }
    guard let first = current ?? pending else { return .missing }
    var body = try first.head.body.flatMap { (body) throws(RecordingFault) in try reader.body(names.path(body.file)) }

    var chosen = first
    if body == nil, let pending, let file = pending.head.body?.file, let other = try reader.body(names.path(file)),
      reader.isBody(other, of: pending.head)
    {
      (chosen, body) = (pending, other)
    } else if let pending, let body, pending.head.body?.file == first.head.body?.file, reader.isBody(body, of: pending.head) {
      chosen = pending
    } else if current == nil {
      return .missing
    }
    // Whether these are still the two. A pending head that was chosen may have become the head meanwhile, which changes nothing.
    if current != nil, chosen.path == first.path, reader.status(first.path) != first.status { return .changed }
    if let body, reader.status(body.path)?.inode != body.status.inode { return .changed }
    if chosen.head.body != nil, body == nil { return .missing }
    let isEdited = body.map { reader.isEdited($0, chosen) } ?? false
    return .found(Recording(head: chosen, body: body, isEdited: isEdited))
  }

  /// A body without a head file. Not one that belongs to another recording, nor what the store keeps for itself.
  private func lookForPlain(
    _ names: RecordingNames, _ key: RecordingKey, _ plainPath: String?, ownStem: String, _ reader: borrowing RecordingReader
  ) throws(RecordingFault) -> Recording? {
    guard key.method == "GET", key.headers.isEmpty, key.bodyDigest == nil else { return nil }
    var paths: [String] = []
    if key.query == nil, let plainPath, RecordingNames.isPlain(plainPath) { paths.append(plainPath) }
    paths += names.plainNames.map { names.path($0) }.filter { $0 != plainPath && RecordingNames.isPlain($0) }
    for path in paths {
      guard let body = try reader.body(path) else { continue }
      if try RecordingFault.naming(path, { () throws(Errno) in try reader.isOwned(path, except: ownStem) }) { continue }
      return Recording(head: nil, body: body, isEdited: false)
    }
    return nil
  }

  // MARK: Sweeping

  /// Removes what writers that died have left, once per process, on a thread that may block. At start, and before the first fetch where
  /// no daemon told the routes that it starts.
  func sweepOnce() {
    guard isSwept.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
    BackgroundThread.run { self.sweep() }
  }

  /// Walks the store: removes temporaries that nobody holds, and finishes or drops exchanges that were cut short.
  func sweep() {
    guard let root = try? Syscalls.openDirectory(root) else { return }
    var directories = ["."]
    while let path = directories.popLast() {
      guard let directory = try? Syscalls.openDirectory(path, beneath: root.rawValue), let entries = try? Syscalls.entries(of: directory)
      else { continue }
      let reader = RecordingReader(root: directory)
      for (name, isDirectory) in entries {
        if isDirectory {
          directories.append(path == "." ? name : "\(path)/\(name)")
        } else if name.hasPrefix(RecordingNames.hiddenPrefix) {
          if name.hasSuffix(RecordingNames.temporarySuffix) {
            RecordingWriter.removeTemporary(name, reader.root)
          } else if name.hasSuffix(RecordingNames.headSuffix), let lock = try? RecordingWriter.lock(root) {
            try? RecordingWriter.settle(pending: name, reader)
            lock.close()
          }
        }
      }
    }
  }
}
