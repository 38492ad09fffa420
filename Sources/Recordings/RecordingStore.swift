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
// Steps 2 to 4 happen under the store's lock, so that two processes on one store take turns. Killed before 3, the old
// head and body are untouched, and the pending head does not match the body: it is ignored. Killed between 3 and 4, it
// does match, and counts in place of the head: the next reader, writer or start finishes the job. So
// at no instant is a body seen with the other's head. A reader takes no lock. It reads head, body, pending head, and
// looks again whether head and body are still those two; if not, it begins anew.
//
// A body that differs from its head's digest with no pending head about was edited, and is served as
// edited. The names are as durable as the file system's journal makes them, in the order of the steps; no directory is
// synced, since losing the last recordings to a power failure costs a fetch each and nothing else. A first recording is
// the same with no old head. Where the new body has another name (the media type changed), the old one goes between 3
// and 4: left behind by a kill after 4, it would have no head and be served as a file put there by hand.

import Glibc
import HTTPCore
package import Reactor
package import Synchronization
import SystemPackage

/// A recorded body, opened. Belongs to one thread.
package final class RecordedBody {
  /// Relative to the store.
  package let path: String
  /// When it was opened.
  package let status: FileStatus
  /// Taken by the sender.
  package var file: OwnedDescriptor?

  init(path: String, status: FileStatus, file: consuming OwnedDescriptor) {
    self.path = path
    self.status = status
    self.file = consume file
  }
}

/// A head file as it was read.
package struct RecordedHead {
  /// Relative to the store.
  package let path: String
  /// What the file says.
  package let head: RecordingHead
  /// When it was read.
  package let status: FileStatus
}

/// A recorded exchange.
package struct Recording {
  /// Nil for a body that was put there by hand.
  package let head: RecordedHead?
  /// Nil for a response without content.
  package let body: RecordedBody?
  /// Whether the body is not the one that was recorded, so that what the upstream said of it (its tag, its date) does
  /// not hold.
  package let isEdited: Bool

  /// When it was recorded, in seconds since 1970; without that in a head file, when it was last written.
  package var recordedAt: Int64 {
    head?.head.recordedAt ?? head?.status.modificationSeconds ?? body?.status.modificationSeconds ?? 0
  }
}

/// What looking for a recording came to.
package enum RecordingLookup {
  case found(Recording)
  case missing(RecordingMiss)
  /// There is something, and it cannot be used: the sentence names the file.
  case damaged(String)
  /// No descriptor was left to look with.
  case outOfDescriptors
}

/// One directory of recordings. From any thread.
package final class RecordingStore: Sendable {
  /// The directory, as the configuration names it.
  package let root: String
  /// What was used when, and how large the store is.
  package let bound = RecordingBound()
  /// What the digests of secrets are keyed with.
  package let secret = RecordingSecret()
  /// Whether a route of the process records here. A store that is only replayed has no bound.
  package let isRecorded = Atomic<Bool>(false)
  private let isSwept = Atomic<Bool>(false)

  /// Nothing is read or made yet: a store may lie where no directory is.
  package init(root: String) {
    self.root = root.utf8.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
  }

  /// A path below the store as messages name it.
  package func absolute(_ path: String) -> String { "\(root)/\(path)" }

  /// What is wrong, with the whole path, and with what may be why where the process is confined.
  func sentence(_ fault: RecordingFault) -> String {
    let hint = fault.errno.map { Confinement.hint(root, $0.rawValue) } ?? ""
    return (fault.isOfRoot ? root + fault.description.dropFirst() : absolute(fault.description)) + hint
  }

  // MARK: Reading

  /// Looks again when a writer publishes meanwhile. More often than this in a row, and something else is wrong.
  private static let maxAttempts = 16

  /// Finds what is sought. `plainPath` is where a static file server would look: decoded, relative; nil for nowhere.
  package func find(_ sought: SoughtRecording, plainPath: String?) -> RecordingLookup {
    do throws(RecordingFault) {
      let reader = RecordingReader(root: try RecordingReader.openRoot(root))
      let place = RecordingPlace(sought.names.headPath)
      for attempt in 1...Self.maxAttempts {
        var search = RecordingSearch(sought)
        switch try search.run(reader) {
        case .found(let recording):
          use(recording, sought)
          return .found(recording)
        case .changed: continue
        case .missing:
          if let plain = try search.plain(plainPath, reader) { return .found(plain) }
          // Still so at the last attempt, it is a head whose body has gone.
          if search.hasMetOwned, attempt < Self.maxAttempts, try isPublished(place, sought, reader) { continue }
          var miss = search.miss
          miss.hasPrivate = reader.status(sought.names.privateDirectory) != nil
          return .missing(miss)
        }
      }
      return .damaged("\(absolute(place.headPath)) changes faster than it can be read")
    } catch {
      if error.isShortage { return .outOfDescriptors }
      return error.isMissing ? .missing(RecordingMiss()) : .damaged(sentence(error))
    }
  }

  /// Whether there is a shared head for what is sought, which may have come since it was looked for.
  private func isPublished(_ place: RecordingPlace, _ sought: SoughtRecording, _ reader: borrowing RecordingReader) throws(RecordingFault)
    -> Bool
  {
    guard sought.candidates.last?.isByHandAlone == false else { return false }
    for path in [place.headPath, place.pendingPath] {
      let found = try RecordingFault.naming(path) { () throws(Errno) in try reader.headIfReadable(path) }
      if found?.head.match(sought.key, former: sought.former.requestLines, { sought.value($0) }) == .own { return true }
    }
    return false
  }

  /// A variant is found through the first recording of its key, which must not go before it.
  private func use(_ recording: Recording, _ sought: SoughtRecording) {
    guard let head = recording.head, isRecorded.load(ordering: .relaxed) else { return }
    bound.use(head.path)
    guard head.head.recordedKey?.vary.isEmpty == false else { return }
    var key = sought.key
    key.credentials = head.head.recordedKey?.credentials
    let first = RecordingNames(key).headPath
    if first != head.path { bound.use(first) }
  }

  /// The head file of what was recorded for one client or another: the newest, or nil for none. Reads at most
  /// `maxPrivateHeads`.
  package func privateRecording(of sought: SoughtRecording) async -> String? {
    await BackgroundThread.run { [self] in
      let path = sought.names.privateDirectory
      guard let root = try? Syscalls.openDirectory(root), let directory = try? Syscalls.openDirectory(path, beneath: root.rawValue),
        let entries = try? Syscalls.entries(of: directory)
      else { return nil }
      let reader = RecordingReader(root: root)
      let heads = entries.filter {
        !$0.isDirectory && $0.name.hasSuffix(RecordingNames.headSuffix) && !$0.name.hasPrefix(RecordingNames.hiddenPrefix)
      }.prefix(Self.maxPrivateHeads)
        .compactMap { try? reader.headIfReadable("\(path)/\($0.name)") }
      let own = heads.filter { found in
        var key = sought.key
        key.credentials = found.head.recordedKey?.credentials
        guard key.credentials != nil else { return false }
        return found.head.match(key, former: nil) { sought.value($0) } == .own
      }
      return own.max { ($0.head.recordedAt ?? 0, $0.path) < ($1.head.recordedAt ?? 0, $1.path) }?.path
    }
  }

  private static let maxPrivateHeads = 1024

  /// A recording by the path of its head file, whatever its key.
  package func recording(at headPath: String) -> RecordingLookup {
    do throws(RecordingFault) {
      let reader = RecordingReader(root: try RecordingReader.openRoot(root))
      guard let recording = try RecordingSearch.recording(at: headPath, reader) else { return .missing(RecordingMiss()) }
      if isRecorded.load(ordering: .relaxed) { bound.use(headPath) }
      return .found(recording)
    } catch {
      if error.isShortage { return .outOfDescriptors }
      return error.isMissing ? .missing(RecordingMiss()) : .damaged(absolute(error.description))
    }
  }

  // MARK: Sweeping

  /// Removes what writers that died have left, once for this value, on a thread that may block. At start, and before
  /// the first fetch where no daemon told the routes that it starts.
  package func sweepOnce() {
    guard isSwept.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
    BackgroundThread.run { self.sweep() }
  }

  /// Walks the store: removes temporaries that no writer holds and directories that are empty, and finishes or drops
  /// exchanges that were cut short.
  func sweep() {
    guard let root = try? Syscalls.openDirectory(root) else { return }
    var directories = ["."]
    var all: [String] = []
    while let path = directories.popLast() {
      guard let directory = try? Syscalls.openDirectory(path, beneath: root.rawValue), let entries = try? Syscalls.entries(of: directory)
      else { continue }
      let reader = RecordingReader(root: directory)
      for (name, isDirectory) in entries {
        if isDirectory {
          let own = path == "." ? name : "\(path)/\(name)"
          directories.append(own)
          all.append(own)
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
    // Those below come after those above. The lock keeps this from a writer that has lost its directories before.
    for path in all.reversed() {
      guard let lock = try? RecordingWriter.lock(root) else { return }
      try? Syscalls.removeDirectory(path, at: root.rawValue)
      lock.close()
    }
  }
}
