// The bound on the size of a store: what was not used for longest goes first.
//
// What is used is noted in memory while the process runs; for before that, the times of the head files tell, which are
// read whenever a recording is looked up. What files and directories take of the disk, in blocks, is counted as
// recordings are published, and the store is walked (no file is read) when the count says that it is full: so what
// others add and remove counts as well. Eviction goes down to seven eighths of the bound, so that a full store is not
// walked for every recording. It runs where it may block, and a request that is answered from an evicted body has the
// file open.

import Reactor
import Synchronization
import SystemPackage

/// The size of one store, and when its recordings were used. From any thread.
package final class RecordingBound: Sendable {
  private struct State {
    /// Bytes; nil until they were counted.
    var total: Int64?
    /// When the recording of a head file was last used, in nanoseconds since 1970.
    var uses: [String: Int64] = [:]
    /// The newest of them. Each use is later than the one before, also where the clock of files has not moved on in
    /// between.
    var lastUse: Int64 = 0
    var isEvicting = false
    /// Bytes that were published while the store was walked.
    var meanwhile: Int64 = 0
  }

  private struct Head {
    let path: String
    let use: Int64
  }

  private let state = Mutex(State())

  /// The recording of this head file was asked for.
  func use(_ headPath: String) {
    let now = FileClock.now()
    state.withLock { state in
      state.lastUse = max(now, state.lastUse + 1)
      state.uses[headPath] = state.lastUse
    }
  }

  /// A recording was published and the store has so many bytes more: evicts others if it has more than `maxSize` now.
  /// Blocks. Answers how many recordings went.
  package func published(_ headPath: String, adding count: Int64, maxSize: Int64, root: String) -> Int {
    use(headPath)
    let isTurn = state.withLock { state in
      if let total = state.total { state.total = total + count }
      if state.isEvicting {
        state.meanwhile += count
        return false
      }
      if let total = state.total, total <= maxSize { return false }
      state.isEvicting = true
      state.meanwhile = 0
      return true
    }
    guard isTurn else { return 0 }
    var evicted = 0
    var isAgain = false
    repeat {
      let (total, count) = evict(sparing: headPath, maxSize: maxSize, root)
      evicted += count
      isAgain = state.withLock { state in
        let meanwhile = state.meanwhile
        state.meanwhile = 0
        state.total = total.map { $0 + meanwhile }
        // What was published meanwhile may be more than was evicted. Where nothing was, it is what cannot go.
        state.isEvicting = count > 0 && state.total.map { $0 > maxSize } == true
        return state.isEvicting
      }
    } while isAgain
    return evicted
  }

  /// Brings the store below the bound. The bytes that are left, and how many recordings went.
  private func evict(sparing spared: String, maxSize: Int64, _ path: String) -> (total: Int64?, evicted: Int) {
    guard let root = try? Syscalls.openDirectory(path) else { return (nil, 0) }
    var (total, heads) = walk(root)
    guard total > maxSize, let own = try? Syscalls.openDirectory(".", beneath: root.rawValue) else { return (total, 0) }
    let reader = RecordingReader(root: own)
    heads.sort { $0.use < $1.use }
    var evicted = 0
    for head in heads where head.path != spared {
      if total <= maxSize - maxSize / 8 { break }
      guard let size = evict(head, root, reader) else { continue }
      total -= size
      evicted += 1
    }
    return (total, evicted)
  }

  /// Removes one recording and answers its bytes; nil for what stays: it is in use, or it was written by hand or edited
  /// in its body.
  private func evict(_ head: Head, _ root: borrowing OwnedDescriptor, _ reader: borrowing RecordingReader) -> Int64? {
    guard let lock = try? RecordingWriter.lock(root) else { return nil }
    defer { extendLifetime(lock) }
    let isUsed = state.withLock { ($0.uses[head.path] ?? 0) > head.use }
    guard !isUsed, let found = try? reader.head(head.path), found.head.key != nil else { return nil }
    var bodyPath: String?
    if let recorded = found.head.body {
      let place = RecordingPlace(head.path)
      let path = place.path(recorded.file)
      if let body = try? reader.body(path) {
        if reader.isEdited(body, found) { return nil }
        guard let isShared = try? reader.isShared(path, stem: place.stem, found), !isShared else { return nil }
        bodyPath = path
      }
    }
    let use = reader.use(head.path) + (bodyPath.map { reader.use($0) } ?? 0)
    let freed: Int64
    do throws(Errno) {
      freed = try RecordingInventory.remove(head: head.path, body: bodyPath, root)
    } catch {
      return nil
    }
    state.withLock { $0.uses[head.path] = nil }
    return use + freed
  }

  /// What all files but temporaries take, and the directories below the root; and the head files. Forgets uses of what
  /// is not there any more.
  private func walk(_ root: borrowing OwnedDescriptor) -> (total: Int64, heads: [Head]) {
    let uses = state.withLock { $0.uses }
    var total: Int64 = 0
    var heads: [Head] = []
    var directories = ["."]
    while let path = directories.popLast() {
      guard let directory = try? Syscalls.openDirectory(path, beneath: root.rawValue), let entries = try? Syscalls.entries(of: directory)
      else { continue }
      for (name, isDirectory) in entries {
        let own = path == "." ? name : "\(path)/\(name)"
        guard let use = try? Syscalls.use(of: name, at: directory.rawValue) else { continue }
        if isDirectory {
          directories.append(own)
          total += use.byteCount
        } else if !name.hasPrefix(RecordingNames.hiddenPrefix), use.kind == .regular {
          total += use.byteCount
          if RecordingNames.isHead(name) { heads.append(Head(path: own, use: uses[own] ?? use.lastUse)) }
        }
      }
    }
    let present = Set(heads.map(\.path))
    state.withLock { state in state.uses = state.uses.filter { present.contains($0.key) || $0.value > uses[$0.key] ?? 0 } }
    return (total, heads)
  }
}
