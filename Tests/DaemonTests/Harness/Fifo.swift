// A FIFO that a test holds open: whoever opens it does not wait, and nobody reads it until the test does.

import Foundation

final class Fifo: @unchecked Sendable {  // one test has it
  let path: String
  private var descriptor: Int32?

  /// - Parameter isHeld: whether this process has both ends open from now on, so that it has a reader that reads nothing.
  init(at path: String, isHeld: Bool = true) throws {
    self.path = path
    guard mkfifo(path, 0o600) == 0 else { throw HarnessError("mkfifo: \(String(cString: strerror(errno)))") }
    descriptor = isHeld ? open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK) : nil
  }

  deinit { letGo() }

  /// Closes both ends.
  func letGo() {
    if let descriptor { close(descriptor) }
    descriptor = nil
  }

  /// Reads until the text has come. False where it has not before the deadline.
  func wait(for wanted: String, within seconds: TimeInterval = patience) -> Bool {
    let own = descriptor == nil ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1
    defer { if own >= 0 { close(own) } }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let pattern = Array(wanted.utf8)
    return eventually(within: seconds) {
      while case let count = read(descriptor ?? own, &buffer, buffer.count), count > 0 {
        received = received.suffix(pattern.count) + buffer[..<count]
        if received.firstRange(of: pattern) != nil { return true }
      }
      return false
    }
  }
}
