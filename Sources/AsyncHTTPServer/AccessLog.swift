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

  private struct State {
    var descriptor: Int32
    var queue: [[UInt8]] = []
    var queuedCount = 0
    var droppedLines = 0
    var isWriting = false
    var whenIdle: [@Sendable () -> Void] = []
  }

  let format: Format
  private let path: String?
  private let state: Mutex<State>
  private let reserve: ReserveDescriptor

  /// Bytes that may wait for the disk.
  private static let maxQueuedBytes = 4 << 20

  /// Opens the log for appending, and creates it if need be (mode 0640, less the umask). Nil for `path` is the standard output.
  public init(path: FilePath?, format: Format) throws(Errno) {
    self.format = format
    self.path = path?.string
    reserve = ReserveDescriptor()
    state = Mutex(State(descriptor: try Self.open(path?.string)))
  }

  deinit { state.withLock { if path != nil { _ = OwnedDescriptor($0.descriptor) } } }

  /// Lines that were not written because the disk did not keep up.
  public var droppedLines: Int { state.withLock { $0.droppedLines } }

  /// Opens the path again, after the file was renamed by whoever rotates logs. When that fails the old file stays in use.
  public func reopen() throws(Errno) {
    guard let path else { return }
    let result: Result<Int32, Errno> = reserve.lend {
      do throws(Errno) { return .success(try Self.open(path)) } catch { return .failure(error) }
    }
    let new = try result.get()
    let old = state.withLock { state in
      defer { state.descriptor = new }
      return state.descriptor
    }
    _ = OwnedDescriptor(old)
  }

  private static func open(_ path: String?) throws(Errno) -> Int32 {
    guard let path else { return STDOUT_FILENO }
    return try Syscalls.open(path, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o640).release()
  }

  /// Calls `action` once what was handed over before is written, or lost. From any thread.
  package func whenWritten(_ action: @escaping @Sendable () -> Void) {
    let isIdle = state.withLock { state -> Bool in
      if state.isWriting { state.whenIdle.append(action) }
      return !state.isWriting
    }
    if isIdle { action() }
  }

  /// Hands lines to the writer. Never waits for it.
  func append(_ lines: [UInt8]) {
    let needsWriter = state.withLock { state -> Bool in
      guard state.queuedCount + lines.count <= Self.maxQueuedBytes else {
        state.droppedLines += lines.count { $0 == 0x0a }
        return false
      }
      state.queue.append(lines)
      state.queuedCount += lines.count
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if needsWriter { BackgroundThread.run { self.drain() } }
  }

  private func drain() {
    while true {
      // The lock is held while the descriptor is in use, so that `reopen` cannot close it under the writer.
      let (batch, idle) = state.withLock { state -> ([[UInt8]], [@Sendable () -> Void]) in
        defer { state.queue = [] }
        guard state.queue.isEmpty else { return (state.queue, []) }
        state.isWriting = false
        defer { state.whenIdle = [] }
        return ([], state.whenIdle)
      }
      if batch.isEmpty {
        for action in idle { action() }
        return
      }
      for lines in batch { write(lines) }
      state.withLock { state in state.queuedCount -= batch.reduce(0) { $0 + $1.count } }
    }
  }

  private func write(_ lines: [UInt8]) {
    var rest = lines[...]
    while !rest.isEmpty {
      let descriptor = state.withLock { $0.descriptor }
      let written = rest.withUnsafeBytes { bytes in try? Syscalls.write(descriptor, bytes) }
      guard let written = written ?? nil, written > 0 else {
        // A full disk, or a pipe nobody reads: these lines are lost, and counted.
        state.withLock { $0.droppedLines += rest.count { $0 == 0x0a } }
        return
      }
      rest = rest.dropFirst(written)
    }
  }
}
