// The access log. Lines are formatted where the request was answered and written by a thread of their own, so that a
// slow disk never holds up a connection: what the writer cannot keep up with is counted and dropped.

public import Logging
package import Reactor
import Synchronization
public import SystemPackage

/// A file, or the standard output, that one line per request is written to: when, who asked for what, what came of it,
/// how long it took, which route answered and how, and the id of the request.
public final class AccessLog: RequestObserverSource, Sendable {
  /// The shape of a line.
  public enum Format: Sendable {
    /// The combined format of Apache and nginx, and behind it `duration_us` (microseconds), `route`, `outcome`, `fault`,
    /// `request_id` and `bytes_in`, each as `key=value`, `-` for none. Readers of the combined format stop before them.
    case combined
    /// One JSON object per line: `time` (RFC 3339, milliseconds), `client`, `method`, `target`, `protocol`, `status`,
    /// `duration_us`, `bytes_in`, `bytes_out` (octets of the bodies), and where there is one, `route`, `outcome`,
    /// `fault`, `request_id`, `host`, `referer`, `user_agent`. `request` stands in the place of method, target and
    /// protocol where what came is not a request.
    case json
  }

  let format: Format
  private let path: String?
  private let mode: FilePermissions?
  private let writer: LogWriter
  private let reserve = ReserveDescriptor()

  /// Bytes that may wait for the disk.
  private static let maxQueuedBytes = 4 << 20

  /// Opens the log for appending, and creates it if need be. Nil for `path` is the standard output. A FIFO need not have
  /// a reader yet. Lost lines are reported to `logger`: when that begins, each minute while it goes on, and how many
  /// there were when it is over.
  ///
  /// Throws the errno of open(2), ENXIO for a socket, and that of fchmod(2).
  ///
  /// - Parameter mode: that of a file which is created, whatever the umask; nil: 0640, less the umask. A file that is
  ///   there keeps its own.
  public init(path: FilePath?, format: Format, mode: FilePermissions? = nil, logger: Logger? = nil) throws(Errno) {
    self.format = format
    self.path = path?.string
    self.mode = mode
    let name = path?.string ?? "standard output"
    let target =
      try path.map { path throws(Errno) in LogTarget(try LogFile.open(path.string, mode: mode)) } ?? LogTarget(shared: 1)
    writer = LogWriter(name: "access log", target: target, capacity: Self.maxQueuedBytes) { loss in
      if let logger { Self.report(loss, of: name, to: logger) }
      return nil
    }
  }

  /// Lines that were not written because the disk did not keep up, or did not take them.
  public var droppedLines: Int { writer.lostLines }

  /// Opens the path again, after logrotate or the like has renamed the file; lines handed over before still go to the
  /// old file, where it takes them in half a second. When the path cannot be opened the old file stays in use.
  public func reopen() throws(Errno) {
    guard let path else { return }
    let result: Result<LogTarget, Errno> = reserve.lend {
      do throws(Errno) { return .success(LogTarget(try LogFile.open(path, mode: mode))) } catch { return .failure(error) }
    }
    writer.switchTo(try result.get())
  }

  /// Calls `action` once what was handed over before is written, or lost. From any thread.
  package func whenWritten(_ action: @escaping @Sendable () -> Void) { writer.whenWritten(action) }

  /// Waits until what was handed over is written, or lost: for as long as the log takes more of it every so often, and
  /// for `limit` at most. False where lines are left.
  package func finish(patience: Milliseconds, limit: Milliseconds, on reactor: Reactor) async -> Bool {
    let done = Done()
    writer.whenWritten { done.say() }
    var waited: Milliseconds = 0
    var stalled: Milliseconds = 0
    var taken = writer.writtenBytes
    while !done.isSaid {
      guard waited < limit, stalled < patience else { return false }
      try? await reactor.sleep(milliseconds: Self.look)
      waited += Self.look
      stalled = writer.writtenBytes == taken ? stalled + Self.look : 0
      taken = writer.writtenBytes
    }
    return true
  }

  /// Between two looks at whether the log gets on.
  private static let look: Milliseconds = 10

  /// Tells the logger of lines that are lost and were not told of yet.
  package func reportLoss() { writer.reportLoss() }

  package func makeObserver(on reactor: Reactor) -> any RequestObserver { AccessLogBuffer(log: self, reactor: reactor) }

  /// Hands lines to the writer. Never waits for it.
  func append(_ lines: [UInt8]) { writer.append(lines) }

  private static func report(_ loss: LogWriter.Loss, of name: String, to logger: Logger) {
    let metadata: Logger.Metadata = ["path": "\(name)"]
    if loss.isOver {
      logger.warning("access log: \(loss.text)", metadata: metadata)
    } else if loss.lines == 0 {
      logger.error("access log: lines are being lost: \(loss.reason)", metadata: metadata)
    } else {
      logger.error("access log: \(loss.text), and more are being lost", metadata: metadata)
    }
  }
}

/// Says across threads that something is done.
private final class Done: Sendable {
  private let value = Atomic<Bool>(false)
  var isSaid: Bool { value.load(ordering: .acquiring) }
  func say() { value.store(true, ordering: .releasing) }
}
