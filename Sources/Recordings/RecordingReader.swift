// The files of a recording, opened beneath the root of their store and never out of it.

import Glibc
import Reactor
package import SystemPackage

/// Why a file of a store cannot be used. The description begins with its path below the store.
package struct RecordingFault: Error, Equatable, CustomStringConvertible {
  /// Begins with the path.
  package let description: String
  /// Nil for a head file that makes no sense.
  package let errno: Errno?

  /// A system call on `path` failed.
  package init(_ path: String, _ errno: Errno) {
    description = "\(path): \(errno)"
    self.errno = errno
  }

  /// The same with the whole path.
  init(_ fault: RecordingFault, in root: String) {
    description = "\(root)/\(fault.description)"
    errno = fault.errno
  }

  init(_ fault: RecordingHead.Fault) {
    description = fault.description
    errno = nil
  }

  /// The head at `path` names a body that is none of its own.
  init(_ path: String, body: String, stem: String) {
    description = "\(path): the body of this head is \(stem) with an extension, beside it; \(body) is not"
    errno = nil
  }

  /// Whether it is the store itself that cannot be used.
  var isOfRoot: Bool { errno != nil && description.hasPrefix(".:") }

  /// There is no such file, or no such directory above it.
  package var isMissing: Bool {
    errno == .noSuchFileOrDirectory || errno == .notDirectory || errno == .fileNameTooLong
  }
}

extension RecordingFault {
  /// No descriptor was left to look with: that tells nothing of what is there.
  package var isShortage: Bool { errno == .tooManyOpenFiles || errno == .tooManyOpenFilesInSystem }

  /// Names the store of what went wrong in it.
  static func naming<R: ~Copyable>(in root: String, _ body: () throws(RecordingFault) -> R) throws(RecordingFault) -> R {
    do throws(RecordingFault) { return try body() } catch { throw RecordingFault(error, in: root) }
  }

  /// Names the file that a system call failed with.
  static func naming<R>(_ path: String, _ body: () throws(Errno) -> R) throws(RecordingFault) -> R {
    do throws(Errno) { return try body() } catch { throw RecordingFault(path, error) }
  }
}

struct RecordingReader: ~Copyable {
  let root: OwnedDescriptor

  static func openRoot(_ path: String) throws(RecordingFault) -> OwnedDescriptor {
    do throws(Errno) {
      return try Syscalls.openDirectory(path)
    } catch {
      throw RecordingFault(".", error)
    }
  }

  private func open(_ path: String) throws(RecordingFault) -> RecordedBody? {
    do throws(Errno) {
      // Whatever lies there: a FIFO must not make the thread wait.
      let file = try Syscalls.openBeneath(root.rawValue, path, flags: O_RDONLY | O_NONBLOCK)
      let status = try Syscalls.status(file.rawValue)
      return status.kind == .regular ? RecordedBody(path: path, status: status, file: file) : nil
    } catch {
      let fault = RecordingFault(path, error)
      if fault.isMissing { return nil }
      throw fault
    }
  }

  /// Nil where there is no file.
  func body(_ path: String) throws(RecordingFault) -> RecordedBody? { try open(path) }

  /// Nil where there is no file. A head that names another exchange's body is a fault.
  func head(_ path: String) throws(RecordingFault) -> RecordedHead? {
    guard let found = try anyHead(path) else { return nil }
    guard let file = found.head.body?.file else { return found }
    let place = RecordingPlace(path)
    let stem =
      place.stem.hasPrefix(RecordingNames.hiddenPrefix) ? String(place.stem.dropFirst(RecordingNames.hiddenPrefix.count)) : place.stem
    guard RecordingNames.canBeBody(file, of: stem, isFormer: found.head.isFormer) else {
      throw RecordingFault(path, body: file, stem: stem)
    }
    return found
  }

  private func anyHead(_ path: String) throws(RecordingFault) -> RecordedHead? {
    guard let opened = try open(path), let file = opened.file.take() else { return nil }
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try Syscalls.readAll(file.rawValue, limit: RecordingHead.maxFileSize)
    } catch {
      throw RecordingFault(path, error)
    }
    do throws(RecordingHead.Fault) {
      return RecordedHead(path: path, head: try RecordingHead(yaml: bytes, path: path), status: opened.status)
    } catch {
      throw RecordingFault(error)
    }
  }

  /// Nil for a head that is not there or makes no sense. EMFILE, ENFILE: one that could not be looked at may be there.
  func headIfReadable(_ path: String) throws(Errno) -> RecordedHead? {
    do throws(RecordingFault) { return try head(path) } catch { return try Self.nothing(error) }
  }

  /// The same for a body.
  func bodyIfReadable(_ path: String) throws(Errno) -> RecordedBody? {
    do throws(RecordingFault) { return try body(path) } catch { return try Self.nothing(error) }
  }

  private static func nothing<R>(_ fault: RecordingFault) throws(Errno) -> R? {
    if fault.isShortage, let errno = fault.errno { throw errno }
    return nil
  }

  /// What a file takes of the disk, in bytes; 0 where there is no such file.
  func use(_ path: String) -> Int64 { (try? Syscalls.use(of: path, at: root.rawValue))?.byteCount ?? 0 }

  func status(_ path: String) -> FileStatus? { try? Syscalls.status(path, at: root.rawValue) }

  // MARK: Belonging together

  /// Whether the body is the one that `head` was written for.
  func isBody(_ body: RecordedBody, of head: RecordingHead) -> Bool {
    guard let recorded = head.body, recorded.size == body.status.size, let digest = recorded.digest, let file = body.file?.rawValue else {
      return false
    }
    return RecordingDigest.ofFile(file) == digest
  }

  /// Bodies larger than this are taken for edited when their dates do not say otherwise: reading one would hold up the
  /// thread.
  private static let maxDigestedSize: Int64 = 16 << 20

  /// A head is written after its body, so a body that is younger than its head may be edited; its digest tells. (A copy
  /// of a whole store may have any dates.)
  func isEdited(_ body: RecordedBody, _ head: RecordedHead) -> Bool {
    guard let recorded = head.head.body, let size = recorded.size else { return true }
    if size != body.status.size { return true }
    if body.status.modificationNanoseconds <= head.status.modificationNanoseconds { return false }
    return body.status.size > Self.maxDigestedSize || !isBody(body, of: head.head)
  }

  /// Whether what has the name of this head is a body: a former version let one have it. EMFILE, ENFILE.
  func isFormerBody(_ place: RecordingPlace) throws(Errno) -> Bool {
    let owner = "\(place.directory)\(place.stem).head\(RecordingNames.headSuffix)"
    guard status(owner) != nil else { return false }
    do throws(RecordingFault) {
      return try anyHead(owner)?.head.body?.file == place.stem + RecordingNames.headSuffix
    } catch {
      return try Self.nothing(error) ?? false
    }
  }

  /// Whether the body of this head, `stem` its name, is that of another too: a former version, or one written by hand,
  /// could name it. EMFILE, ENFILE.
  func isShared(_ path: String, stem: String, _ head: RecordedHead?) throws(Errno) -> Bool {
    guard let head, head.head.isFormer else { return false }
    return try isOwned(path, except: stem)
  }

  /// Whether a recording of another name has this file for its body. EMFILE, ENFILE.
  func isOwned(_ path: String, except stem: String) throws(Errno) -> Bool {
    for owner in RecordingNames.possibleStems(of: path) where owner.stem != stem {
      // A pending head becomes the head, and not the other way round.
      for candidate in [owner.pendingPath, owner.headPath] {
        if try headIfReadable(candidate)?.head.body?.file == owner.file { return true }
      }
    }
    return false
  }
}

/// The digest that tells whether a body is the one that was recorded.
package enum RecordingDigest {
  /// SHA-256 of a whole file; nil when it cannot be read.
  package static func ofFile(_ descriptor: Int32) -> String? {
    var hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while true {
      guard let count = try? Syscalls.read(descriptor, at: offset, into: buffer) else { return nil }
      if count == 0 { return hash.finalizedHex() }
      hash.update(Array(buffer[..<count]))
      offset += Int64(count)
    }
  }
}
