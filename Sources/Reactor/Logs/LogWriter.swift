// Lines on their way to a log. The caller hands a line over and goes on: a thread of the log's own writes, and may
// block. What it cannot keep up with, or what the log does not take, is counted, and the count is told when the log
// takes lines again.

import Glibc

/// Writes lines, in order, on a thread of its own. Ends with its last reference, with what was handed over
/// written or given up.
package final class LogWriter: Sendable {
  /// Lines that were not written.
  package struct Loss: Sendable, Equatable {
    /// How many since the last report that was `isOver`; not known yet where the loss begins.
    package let lines: Int
    /// A clause: what stood in the way.
    package let reason: String
    /// Whether lines are written again, or none will be any more.
    package let isOver: Bool

    /// `12 lines were lost: No space left on device`.
    package var text: String { "\(lines) \(lines == 1 ? "line was" : "lines were") lost: \(reason)" }
  }

  private let queue: LogQueue

  /// - Parameters:
  ///   - name: of the thread; the first 15 bytes show in `top -H`.
  ///   - target: what is written to first.
  ///   - capacity: bytes that may wait.
  ///   - onLoss: is told when lines begin to be lost, each minute while they are, and when that is over. Bytes that it answers in the end are written
  ///     to the log in the place of what is lost. From any thread; must not wait.
  package init(name: String, target: LogTarget, capacity: Int, onLoss: @escaping @Sendable (Loss) -> [UInt8]?) {
    queue = LogQueue(name: name, target: target, capacity: capacity, onLoss: onLoss)
  }

  deinit { queue.close() }

  /// Hands lines over, each with its line feed. Never waits.
  package func append(_ lines: [UInt8]) { queue.append(lines) }

  /// What follows goes to another target. Where the old one takes nothing, what waits for it is given up.
  package func switchTo(_ target: LogTarget) { queue.add(.switchTo(target)) }

  /// Calls `action` once what was handed over before is written or lost, from the log's thread.
  package func whenWritten(_ action: @escaping @Sendable () -> Void) { queue.add(.call(action)) }

  /// Waits until all is written or lost. False where that took longer than so many milliseconds.
  @discardableResult
  package func flush(atMost milliseconds: Milliseconds) -> Bool { queue.flush(atMost: milliseconds) }

  /// Bytes that the log has taken so far: whether a writer that is not done gets on.
  package var writtenBytes: Int { queue.writtenBytes }

  /// Lines that were lost so far.
  package var lostLines: Int { queue.lostLines }

  /// Tells of lines that are lost and were not told of yet, for a process that ends.
  package func reportLoss() { queue.reportLoss() }
}

/// A descriptor that a log is written to.
package struct LogTarget: Sendable {
  package let descriptor: Int32
  /// Whether the writer closes it.
  package let isOwned: Bool

  /// A descriptor of the writer's own.
  package init(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor.release()
    isOwned = true
  }

  /// Standard output or error. Other processes have the same open file, so how it blocks is left as it is (open(2),
  /// "Open file descriptions").
  package init(shared descriptor: Int32) {
    self.descriptor = descriptor
    isOwned = false
  }

  func close() {
    if isOwned { Syscalls.close(descriptor) }
  }
}
