// The inside of a LogWriter: what waits, what is lost, and the thread that writes. The thread holds this and not the
// writer, whose end ends it.

import Glibc
import SystemPackage

final class LogQueue: Sendable {
  enum Job {
    case write([UInt8])
    case switchTo(LogTarget)
    case call(@Sendable () -> Void)
    /// Here lines are missing.
    case tellLoss
  }

  private struct State {
    var target: LogTarget
    var jobs: [Job] = []
    /// Bytes that wait, those that are being written included.
    var waitingBytes = 0
    var writtenBytes = 0
    var isBusy = false
    var hasThread = false
    var isClosed = false
    /// Targets that wait for the present one to be done with.
    var switches = 0
    var lostLines = 0
    /// Lines lost since the last report that was over, and why the last of them was.
    var untoldLines = 0
    var reason: String?
    var reportedAt: Milliseconds = 0
    /// The last write failed.
    var isFailing = false
    /// How long the target has taken nothing. What waits behind a line that was given up is not waited for again.
    var stalled: Milliseconds = 0
    /// The last line was not written to its end.
    var isMidLine = false
  }

  private let name: String
  private let capacity: Int
  private let onLoss: @Sendable (LogWriter.Loss) -> [UInt8]?
  private let state: Monitor<State>

  /// How often a loss that goes on is told.
  private static let reminderMilliseconds: Milliseconds = 60_000
  /// How long a target that takes nothing is waited for where another one comes, or the end.
  private static let patience: Milliseconds = 500
  /// Between two looks at a target that takes nothing.
  private static let pause: Milliseconds = 100

  init(name: String, target: LogTarget, capacity: Int, onLoss: @escaping @Sendable (LogWriter.Loss) -> [UInt8]?) {
    self.name = name
    self.capacity = capacity
    self.onLoss = onLoss
    state = Monitor(State(target: target))
  }

  // MARK: From any thread

  func append(_ lines: [UInt8]) {
    let isTaken = state.update { state in
      guard state.waitingBytes + lines.count <= capacity else { return false }
      // Overflow is told where it happened; after a failed write the next one tells.
      if state.reason != nil, !state.isFailing { state.jobs.append(.tellLoss) }
      state.jobs.append(.write(lines))
      state.waitingBytes += lines.count
      return true
    }
    if !isTaken { lose(lines[...], "more than \(capacity >> 10) KiB wait to be written") }
    ensureThread()
  }

  func add(_ job: Job) {
    state.update { state in
      state.jobs.append(job)
      if case .switchTo = job { state.switches += 1 }
    }
    ensureThread()
  }

  func flush(atMost milliseconds: Milliseconds) -> Bool {
    state.wait(until: .monotonic(after: milliseconds)) { $0.jobs.isEmpty && !$0.isBusy ? true : nil } ?? false
  }

  var writtenBytes: Int { state.update { $0.writtenBytes } }
  var lostLines: Int { state.update { $0.lostLines } }

  /// No more comes. Where all is written already the target closes here and now, else the thread sees to it.
  func close() {
    let idle = state.update { state -> LogTarget? in
      state.isClosed = true
      return state.jobs.isEmpty && !state.isBusy ? state.target : nil
    }
    guard let idle else { return ensureThread() }
    reportLoss()
    idle.close()
  }

  func reportLoss() {
    if let loss = takeLoss() { _ = onLoss(loss) }
  }

  // MARK: Losses

  private func lose(_ lines: ArraySlice<UInt8>, _ reason: String, isFailing: Bool = false) {
    let count = lines.count { $0 == 0x0a }
    let now = Self.now
    let report = state.update { state -> LogWriter.Loss? in
      state.lostLines += count
      let begins = state.reason == nil
      state.untoldLines += count
      state.reason = reason
      if isFailing { state.isFailing = true }
      guard begins || now >= state.reportedAt + Self.reminderMilliseconds else { return nil }
      state.reportedAt = now
      return LogWriter.Loss(lines: begins ? 0 : state.untoldLines, reason: reason, isOver: false)
    }
    if let report { _ = onLoss(report) }
  }

  private func takeLoss() -> LogWriter.Loss? {
    state.update { state in
      guard let reason = state.reason else { return nil }
      defer { (state.untoldLines, state.reason) = (0, nil) }
      return LogWriter.Loss(lines: state.untoldLines, reason: reason, isOver: true)
    }
  }

  /// Tells of a loss that is over; the log itself may have a line for it.
  private func tellLoss() {
    guard let loss = takeLoss() else { return }
    if let line = onLoss(loss) { write(line) }
  }

  // MARK: The thread

  private func ensureThread() {
    let isNeeded = state.update { state in
      defer { state.hasThread = true }
      return !state.hasThread
    }
    guard isNeeded else { return }
    // EAGAIN, where there is no thread to be had: the next line tries again, and until then they wait.
    if !BackgroundThread.start(name, { self.run() }) { state.update { $0.hasThread = false } }
  }

  private func run() {
    // Of this thread alone: a reader that went away and a limit of size are errors of write(2), in a program that does
    // not ignore the signals too.
    try? SignalSource.block([SIGPIPE, SIGXFSZ])
    while let jobs = next() {
      for job in jobs { perform(job) }
    }
  }

  /// What is to be done, or nil at the end.
  private func next() -> [Job]? {
    // Closed while it was busy, the target is left to this thread.
    let last = state.update { state -> LogTarget? in
      guard state.jobs.isEmpty else { return nil }
      if state.isClosed, state.isBusy { return state.target }
      state.isBusy = false
      return nil
    }
    if let last {
      reportLoss()
      last.close()
      return nil
    }
    return state.wait { state -> [Job]?? in
      if state.jobs.isEmpty {
        if state.isClosed { return .some(nil) }
        guard state.reason != nil, !state.isFailing else { return nil }
        state.jobs = [.tellLoss]
      }
      state.isBusy = true
      defer { state.jobs = [] }
      return state.jobs
    } ?? nil
  }

  private func perform(_ job: Job) {
    switch job {
    case .write(let lines):
      let wasFailing = state.update { $0.isFailing }
      write(lines)
      let isWell = state.update { state in
        state.waitingBytes -= lines.count
        return !state.isFailing
      }
      if wasFailing, isWell { tellLoss() }
    case .switchTo(let new):
      let old = state.update { state in
        defer { (state.target, state.isFailing, state.isMidLine, state.stalled) = (new, false, false, 0) }
        state.switches -= 1
        return state.target
      }
      old.close()
    case .call(let action):
      action()
    case .tellLoss:
      tellLoss()
    }
  }

  private func write(_ lines: [UInt8]) {
    let (descriptor, isMidLine, before) = state.update { ($0.target.descriptor, $0.isMidLine, $0.stalled) }
    // What follows half a line is not to look like its rest.
    let text = isMidLine ? [0x0a] + lines : lines
    var rest = text[...]
    var stalled = before
    defer { state.update { $0.stalled = stalled } }
    while !rest.isEmpty {
      do throws(Errno) {
        if let count = try Self.write(descriptor, rest) {
          rest = rest.dropFirst(count)
          stalled = 0
          let endsMidLine = text[rest.startIndex - 1] != 0x0a
          state.update { state in
            state.writtenBytes += count
            (state.isFailing, state.isMidLine) = (false, endsMidLine)
          }
        } else {
          guard !isImpatient(stalled) else { return lose(rest, "nothing takes them") }
          if !Syscalls.awaitWritable(descriptor, milliseconds: Int32(Self.pause)) { stalled += Self.pause }
        }
      } catch {
        return lose(rest, "\(error)", isFailing: true)
      }
    }
  }

  private func isImpatient(_ stalled: Milliseconds) -> Bool {
    stalled >= Self.patience && state.update { $0.isClosed || $0.switches > 0 }
  }

  /// write(2); nil where a descriptor that does not block takes nothing now. No bytes taken of some would be tried for
  /// ever: EIO.
  private static func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int? {
    let result = bytes.withUnsafeBytes { bytes -> Result<Int?, Errno> in
      do throws(Errno) { return .success(try Syscalls.write(descriptor, bytes)) } catch { return .failure(error) }
    }
    let count = try result.get()
    if count == 0 { throw .ioError }
    return count
  }

  private static var now: Milliseconds {
    let time = timespec.monotonic(after: 0)
    return Milliseconds(time.tv_sec) * 1000 + Milliseconds(time.tv_nsec) / 1_000_000
  }
}
