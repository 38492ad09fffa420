// The body of a request that goes upstream. It is sent once it is whole, so that a slow client holds up no upstream;
// and until then it waits outside memory, so that many of them hold no more than their sockets.

import AsyncHTTPServer
import Glibc
import Reactor
import Recordings
import SystemPackage
import UpstreamClient

enum RequestContent: Sendable {
  case none
  case memory([UInt8])
  /// A file without a name.
  case file(UpstreamBodyFile)

  /// Bytes that are kept in memory: most bodies are smaller.
  static let memoryLimit = 65_536

  /// Reads the body of `request`, which the server's `limits.body` bounds. Throws what its reader throws, and
  /// RecordingFault where it cannot be kept.
  static func receive(_ request: Request) async throws -> RequestContent {
    var bytes: [UInt8] = []
    var file: Spool?
    for try await piece in request.body {
      if let file {
        try await file.append(piece)
      } else if bytes.count + piece.count <= memoryLimit {
        bytes += piece
      } else {
        let made = try await Spool.make(request)
        try await made.append(bytes + piece)
        bytes = []
        file = made
      }
    }
    return file.map { .file($0.content) } ?? .memory(bytes)
  }

  /// Bytes of a JSON text that are read into memory to find its canonical spelling; a longer one is known by the bytes
  /// it came in.
  private static let jsonLimit: Int64 = 16 << 20

  /// The part of the recording's key that the body is.
  func digest(for route: ProxyToFile) async -> String {
    switch self {
    case .none: return route.digest(ofBody: [])
    case .memory(let bytes): return route.digest(ofBody: bytes)
    case .file(let file):
      return await BackgroundThread.run {
        let descriptor = file.file.rawValue
        if route.options.key.body == .json, file.count <= Self.jsonLimit,
          let bytes = try? FileContent.read(descriptor, at: 0, count: Int(file.count)), bytes.count == file.count
        {
          return route.digest(ofBody: bytes)
        }
        // A file of one's own that cannot be read is a broken disk: its requests are one.
        return RecordingDigest.ofFile(descriptor) ?? ""
      }
    }
  }

  var isNone: Bool { if case .none = self { true } else { false } }
  var bytes: [UInt8]? { if case .memory(let bytes) = self { bytes } else { nil } }
  var file: UpstreamBodyFile? { if case .file(let file) = self { file } else { nil } }
}

/// A file without a name that grows. Used by one task.
private final class Spool: @unchecked Sendable {
  private let directory: String
  private var file: OwnedDescriptor?
  private let descriptor: Int32
  private var count: Int64 = 0

  private init(_ directory: String, _ file: consuming OwnedDescriptor) {
    self.directory = directory
    descriptor = file.rawValue
    self.file = consume file
  }

  /// TMPDIR, or /var/tmp, which lies on a disk where /tmp may lie in memory.
  private static var directories: [String] { (getenv("TMPDIR").map { [String(cString: $0)] } ?? []) + ["/var/tmp", "/tmp"] }

  static func make(_ request: Request) async throws(RecordingFault) -> Spool {
    try await DescriptorShortage.retrying(on: request.reactor, { $0.isShortage }) { () throws(RecordingFault) in
      var fault = RecordingFault("/var/tmp", .noSuchFileOrDirectory)
      for directory in directories {
        do throws(Errno) {
          return Spool(directory, try Syscalls.open(directory, flags: O_RDWR | OpenFlags.temporary, mode: 0o600))
        } catch {
          fault = RecordingFault(directory, error)
        }
      }
      throw fault
    }
  }

  /// Appends, on a thread that may block.
  func append(_ bytes: [UInt8]) async throws(RecordingFault) {
    let (descriptor, offset) = (descriptor, count)
    let failure = await BackgroundThread.run { () -> Errno? in
      // The task waits, and holds the file open.
      do throws(Errno) {
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(Errno) in try Syscalls.writeAll(descriptor, at: offset, buffer) }
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw RecordingFault(directory, failure) }
    count += Int64(bytes.count)
  }

  /// What has been written, once all of it has.
  var content: UpstreamBodyFile { UpstreamBodyFile(file.take()!, count: count) }
}
