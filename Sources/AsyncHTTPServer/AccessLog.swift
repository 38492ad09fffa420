// The access log. Lines are formatted where the request was answered and written by a thread of their own, so that a slow disk
// never holds up a connection: what the writer cannot keep up with is counted and dropped.

import CLinux
import Glibc
import Reactor
import Synchronization
public import SystemPackage

/// A file, or the standard output, that one line per request is written to.
public final class AccessLog: Sendable {
  /// The shape of a line.
  public enum Format: Sendable {
    /// The combined format of Apache and nginx.
    case combined
    /// One JSON object per line.
    case json
  }

  /// What the writer does next, in order.
  private enum Job {
    case write([UInt8])
    /// What follows goes to another descriptor.
    case switchTo(Int32)
    /// What was handed over before is written.
    case tell(@Sendable () -> Void)
  }

  private struct State {
    var queue: [Job] = []
    var queuedCount = 0
    var droppedLines = 0
    var isWriting = false
  }

  let format: Format
  private let path: String?
  private let state = Mutex(State())
  /// Touched by the one writer there is at a time.
  private let descriptor: Mutex<Int32>
  private let reserve = ReserveDescriptor()

  /// Bytes that may wait for the disk.
  private static let maxQueuedBytes = 4 << 20

  /// Opens the log for appending, and creates it if need be (mode 0640, less the umask). Nil for `path` is the standard output.
  public init(path: FilePath?, format: Format) throws(Errno) {
    self.format = format
    self.path = path?.string
    descriptor = Mutex(try Self.open(path?.string))
  }

  deinit { if path != nil { descriptor.withLock { _ = OwnedDescriptor($0) } } }

  /// Lines that were not written because the disk did not keep up.
  public var droppedLines: Int { state.withLock { $0.droppedLines } }

  /// Opens the path again, after the file was renamed by whoever rotates logs; lines handed over before still go to the old file. When it cannot be
  /// opened the old file stays in use.
  public func reopen() throws(Errno) {
    guard let path else { return }
    let result: Result<Int32, Errno> = reserve.lend {
      do throws(Errno) { return .success(try Self.open(path)) } catch { return .failure(error) }
    }
    enqueue(.switchTo(try result.get()))
  }

  private static func open(_ path: String?) throws(Errno) -> Int32 {
    guard let path else { return STDOUT_FILENO }
    return try Syscalls.open(path, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o640).release()
  }

  /// Calls `action` once what was handed over before is written, or lost. From any thread.
  package func whenWritten(_ action: @escaping @Sendable () -> Void) {
    enqueue(.tell(action))
  }

  /// Hands lines to the writer. Never waits for it.
  func append(_ lines: [UInt8]) { enqueue(.write(lines)) }

  private func enqueue(_ job: Job) {
    let needsWriter = state.withLock { state -> Bool in
      if case .write(let lines) = job {
        guard state.queuedCount + lines.count <= Self.maxQueuedBytes else {
          state.droppedLines += lines.count { $0 == 0x0a }
          return false
        }
        state.queuedCount += lines.count
      }
      state.queue.append(job)
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if needsWriter { BackgroundThread.run { self.drain() } }
  }

  private func drain() {
    while let jobs = nextJobs() {
      for job in jobs {
        switch job {
        case .write(let lines):
          write(lines)
          state.withLock { $0.queuedCount -= lines.count }
        case .switchTo(let new):
          descriptor.withLock { descriptor in
            _ = OwnedDescriptor(descriptor)
            descriptor = new
          }
        case .tell(let action):
          action()
        }
      }
    }
  }

  private func nextJobs() -> [Job]? {
    state.withLock { state in
      guard !state.queue.isEmpty else {
        state.isWriting = false
        return nil
      }
      defer { state.queue = [] }
      return state.queue
    }
  }

  private func write(_ lines: [UInt8]) {
    var rest = lines[...]
    while !rest.isEmpty {
      let written = descriptor.withLock { descriptor in rest.withUnsafeBytes { bytes in try? Syscalls.write(descriptor, bytes) } }
      guard let written = written ?? nil, written > 0 else {
        // A full disk, or a pipe nobody reads: these lines are lost, and counted.
        state.withLock { $0.droppedLines += rest.count { $0 == 0x0a } }
        return
      }
      rest = rest.dropFirst(written)
    }
  }
}
