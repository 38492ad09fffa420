// One recording on its way into the store. The steps, and what holds between them, are at the top of
// RecordingStore.swift.

import Glibc
package import Reactor
import SystemPackage

/// Writes the body of one exchange to a temporary, and publishes it with its head. Until it is published there is
/// nothing to be found.
package final class RecordingWriter: Sendable {
  private let store: RecordingStore
  private let key: RecordingKey
  /// The request lines of the key as a former version had them.
  private let former: [String]
  private let names: RecordingNames
  private let temporary: String
  /// The body as far as it has come; readers that are behind read it here.
  package let file: OwnedDescriptor
  /// What the directories take that were made for it.
  private let directoryBytes: Int64

  /// Makes the directories and the temporary. Throws ENOSPC, EROFS, EACCES, EMFILE and their kin, naming the path.
  ///
  /// - Parameter makingDirectories: false for a thread that must not wait for many of them: ENOENT where one is missing.
  package init(
    _ store: RecordingStore, _ key: RecordingKey, former: [String]? = nil, makingDirectories: Bool = true
  ) throws(RecordingFault) {
    self.store = store
    self.key = key
    self.former = former ?? key.requestLines
    names = RecordingNames(key)
    var path = store.root
    do throws(Errno) {
      if makingDirectories { try RecordingDirectories.makePath(store.root) }
      let root = try Syscalls.openDirectory(store.root)
      path = store.absolute(names.directory)
      let made =
        makingDirectories
        ? try Self.makeTemporary(below: names.directories, root)
        : try Self.makeTemporary(in: try Syscalls.openDirectory(names.directory, beneath: root.rawValue), mode: 0o644)
      temporary = names.path(made.name)
      directoryBytes = made.directoryBytes
      file = made.takeFile()
    } catch {
      throw RecordingFault(path, error)
    }
  }

  /// A temporary, and what it took to make its directory.
  struct Temporary: ~Copyable {
    let name: String
    let file: OwnedDescriptor
    var directoryBytes: Int64 = 0

    consuming func takeFile() -> OwnedDescriptor { file }
  }

  /// One sweep of a store meets one temporary at most: who loses this often in a row has another trouble.
  private static let maxAttempts = 16

  /// A directory without a file may be removed by a sweeper that finds it empty; then it is made again.
  private static func makeTemporary(below names: [String], _ root: borrowing OwnedDescriptor) throws(Errno) -> Temporary {
    var directoryBytes: Int64 = 0
    for attempt in 1..<maxAttempts {
      // With the store's lock no other process sweeps it.
      let lock = attempt > 2 ? try Self.lock(root) : nil
      defer { extendLifetime(lock) }
      do throws(Errno) {
        let directory = try RecordingDirectories.make(names, root, &directoryBytes)
        var made = try makeTemporary(in: directory, mode: 0o644)
        made.directoryBytes = directoryBytes
        return made
      } catch {
        if error != .noSuchFileOrDirectory { throw error }
      }
    }
    throw .resourceTemporarilyUnavailable
  }

  /// A temporary that is held. Until it is, a sweeper takes it for one that a dead writer left.
  static func makeTemporary(in directory: borrowing OwnedDescriptor, mode: UInt32) throws(Errno) -> Temporary {
    for _ in 0..<maxAttempts {
      // 64 bits: two writers do not meet, and O_EXCL would tell.
      let name = "\(RecordingNames.hiddenPrefix)\(getpid())-\(UInt64.random(in: 0 ... .max))\(RecordingNames.temporarySuffix)"
      let file = try Syscalls.openBeneath(directory.rawValue, name, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode)
      let isHeld = try Syscalls.lock(file.rawValue, waiting: false)
      // Held too late, it is gone.
      if isHeld, (try? Syscalls.status(name, at: directory.rawValue, followLinks: false)) != nil {
        return Temporary(name: name, file: file)
      }
    }
    throw .resourceTemporarilyUnavailable
  }

  /// Writes a stretch of the body.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(RecordingFault) {
    do throws(Errno) {
      try Syscalls.writeAll(file.rawValue, at: offset, bytes)
    } catch {
      throw RecordingFault(store.absolute(temporary), error)
    }
  }

  /// Gives the recording up. The file stays readable through this value.
  package func abandon() {
    guard let root = try? Syscalls.openDirectory(store.root) else { return }
    try? Syscalls.unlink(temporary, at: root.rawValue)
    RecordingDirectories.removeEmpty(above: temporary, root)
  }

  // MARK: Publishing

  /// Makes the exchange the recording of its key. Blocks: it syncs, and waits for the store's lock. Answers its head
  /// file, and by how many bytes the store has grown. Where it throws for want of a descriptor it may be tried again:
  /// nothing that takes one comes after the first rename.
  @discardableResult
  package func publish(_ head: RecordingHead, hasContent: Bool) throws(RecordingFault) -> (headPath: String, growth: Int64) {
    var path = store.absolute(temporary)
    do throws(Errno) {
      try Syscalls.sync(file.rawValue)
      let size = try Syscalls.status(file.rawValue).size
      guard let digest = RecordingDigest.ofFile(file.rawValue) else { throw Errno.ioError }
      path = store.absolute(RecordingNames.lockName)
      let root = try Syscalls.openDirectory(store.root)
      let lock = try Self.lock(root)
      defer { extendLifetime(lock) }
      path = store.absolute(names.directory)
      let reader = RecordingReader(root: try Syscalls.openDirectory(names.directory, beneath: root.rawValue))
      // Where descriptors are few, one that is not needed any more is another's.
      root.close()

      var head = head
      head.key = key.lines
      head.body = nil
      let place = try RecordingSlot(key: key, former: former).place(head, hasContent: hasContent, reader)
      let names = place.names
      var old = place.old?.head.body?.file
      let formerUse = ([names.headName, old].compactMap { $0 } + place.stale).reduce(0) { $0 + reader.use($1) }
      if old == place.bodyName { old = nil }
      if let file = old, try reader.isShared(file, stem: names.stem, place.old) { old = nil }
      if let name = place.bodyName { head.body = RecordingHead.Body(file: name, size: size, digest: digest) }
      path = store.absolute(names.pendingPath)
      try Self.write(head.yaml, to: names.pendingName, reader.root)
      let temporaryName = String(temporary.utf8.split(separator: UInt8(ascii: "/")).last.map { Substring($0) } ?? "")
      if let body = head.body {
        path = store.absolute(names.path(body.file))
        try Syscalls.rename(temporaryName, to: body.file, at: reader.root.rawValue)
      } else {
        try Syscalls.unlink(temporaryName, at: reader.root.rawValue)
      }
      if let old { try? Syscalls.unlink(old, at: reader.root.rawValue) }
      path = store.absolute(names.headPath)
      try Syscalls.rename(names.pendingName, to: names.headName, at: reader.root.rawValue)
      for name in place.stale { try? Syscalls.unlink(name, at: reader.root.rawValue) }
      let use = reader.use(names.headName) + (head.body.map { reader.use($0.file) } ?? 0)
      return (names.headPath, use - formerUse + directoryBytes)
    } catch {
      throw RecordingFault(path, error)
    }
  }

  private static func write(_ text: String, to name: String, _ directory: borrowing OwnedDescriptor) throws(Errno) {
    let file = try Syscalls.openBeneath(directory.rawValue, name, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    let bytes = Array(text.utf8)
    try bytes.span.bytes.withUnsafeBytes { (buffer) throws(Errno) in try Syscalls.writeAll(file.rawValue, at: 0, buffer) }
    try Syscalls.sync(file.rawValue)
  }

  /// The right to publish in a store, until the descriptor closes.
  static func lock(_ root: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
    let lock = try Syscalls.openBeneath(root.rawValue, RecordingNames.lockName, flags: O_RDWR | O_CREAT, mode: 0o644)
    _ = try Syscalls.lock(lock.rawValue, waiting: true)
    return lock
  }

  /// Ends an exchange that its writer did not live to end: the head takes its place if the body already has, else it
  /// goes. Under the store's lock. EMFILE, ENFILE.
  static func settle(pending name: String, _ reader: borrowing RecordingReader) throws(Errno) {
    guard reader.status(name) != nil else { return }
    if let pending = try reader.headIfReadable(name)?.head, let file = pending.body?.file, let body = try reader.bodyIfReadable(file),
      reader.isBody(body, of: pending)
    {
      try? Syscalls.rename(name, to: String(name.dropFirst(RecordingNames.hiddenPrefix.count)), at: reader.root.rawValue)
    } else {
      try? Syscalls.unlink(name, at: reader.root.rawValue)
    }
  }

  /// Removes a temporary unless its writer lives.
  static func removeTemporary(_ name: String, _ directory: borrowing OwnedDescriptor) {
    guard let file = try? Syscalls.openBeneath(directory.rawValue, name, flags: O_RDWR | O_NONBLOCK),
      (try? Syscalls.lock(file.rawValue, waiting: false)) == true
    else { return }
    try? Syscalls.unlink(name, at: directory.rawValue)
  }
}
