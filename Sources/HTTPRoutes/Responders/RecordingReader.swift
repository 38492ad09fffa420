// The files of a recording, opened beneath the root of their store and never out of it.

import Glibc
import Reactor
import SystemPackage

/// Why a file of a store cannot be used. The description begins with its path below the store.
struct RecordingFault: Error, Equatable, CustomStringConvertible {
  let description: String
  let errno: Errno?

  init(_ path: String, _ errno: Errno) {
    description = "\(path): \(errno)"
    self.errno = errno
  }

  init(_ fault: RecordingHead.Fault) {
    description = fault.description
    errno = nil
  }

  /// There is no such file, or no such directory above it.
  var isMissing: Bool {
    errno == .noSuchFileOrDirectory || errno == .notDirectory || errno == .fileNameTooLong
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

  /// Nil where there is no file.
  func head(_ path: String) throws(RecordingFault) -> RecordedHead? {
    guard let opened = try open(path), let file = opened.file.take() else { return nil }
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try Syscalls.readAll(file.rawValue, limit: RecordingHead.maximumFileSize)
    } catch {
      throw RecordingFault(path, error)
    }
    do throws(RecordingHead.Fault) {
      return RecordedHead(path: path, head: try RecordingHead(yaml: bytes, path: path), status: opened.status)
    } catch {
      throw RecordingFault(error)
    }
  }

  func headIfReadable(_ path: String) -> RecordingHead? { (try? head(path))?.head }

  /// Bytes; 0 where there is no such file.
  func size(_ path: String) -> Int64 { status(path)?.size ?? 0 }

  func status(_ path: String) -> FileStatus? { try? Syscalls.status(path, at: root.rawValue) }

  // MARK: Belonging together

  /// Whether the body is the one that `head` was written for.
  func isBody(_ body: RecordedBody, of head: RecordingHead) -> Bool {
    guard let recorded = head.body, recorded.size == body.status.size, let digest = recorded.digest, let file = body.file?.rawValue else {
      return false
    }
    return RecordingDigest.ofFile(file) == digest
  }

  /// Bodies larger than this are taken for edited when their dates do not say otherwise: reading one would hold up the thread.
  private static let maximumDigestedSize: Int64 = 16 << 20

  /// A head is written after its body, so a body that is younger than its head may be edited; its digest tells. (A copy of a whole store may have
  /// any dates.)
  func isEdited(_ body: RecordedBody, _ head: RecordedHead) -> Bool {
    guard let recorded = head.head.body, let size = recorded.size else { return true }
    if size != body.status.size { return true }
    if body.status.modificationNanoseconds <= head.status.modificationNanoseconds { return false }
    return body.status.size > Self.maximumDigestedSize || !isBody(body, of: head.head)
  }

  /// Whether a recording of another name has this file for its body.
  func isOwned(_ path: String, except stem: String) -> Bool {
    RecordingNames.possibleStems(of: path).contains { owner in
      if owner.stem == stem { return false }
      return [owner.headPath, owner.pendingPath].contains { candidate in
        (try? head(candidate))?.head.body?.file == owner.file
      }
    }
  }
}

enum RecordingDigest {
  /// SHA-256 of a whole file; nil when it cannot be read.
  static func ofFile(_ descriptor: Int32) -> String? {
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
