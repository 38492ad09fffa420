// A terminal that is no screen, pty(7): what a program takes for one.

import Foundation

/// openpty(3), which Swift's Glibc module does not show: master, slave, no name, no settings, and the size.
private typealias OpenPty =
  @convention(c) (
    UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<CChar>?, UnsafeRawPointer?, UnsafePointer<UInt16>?
  ) -> Int32

final class PseudoTerminal: Sendable {
  /// The end that a program has as its output.
  let descriptor: Int32
  /// The end that a test reads.
  private let master: Int32

  /// - Parameter columns: what the terminal says of its width.
  init(columns: Int) throws {
    guard let symbol = dlsym(nil, "openpty") else { throw HarnessError("there is no openpty") }
    let openpty = unsafeBitCast(symbol, to: OpenPty.self)
    var ends: (master: Int32, slave: Int32) = (0, 0)
    // struct winsize: rows, columns, and the same in pixels.
    let size: [UInt16] = [24, UInt16(columns), 0, 0]
    guard openpty(&ends.master, &ends.slave, nil, nil, size) == 0 else {
      throw HarnessError("openpty: \(String(cString: strerror(errno)))")
    }
    (master, descriptor) = ends
    for end in [master, descriptor] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(descriptor)
    close(master)
  }

  /// The reading end, for a reader that closes it.
  func duplicateMaster() -> Int32 { fcntl(master, F_DUPFD_CLOEXEC, 3) }
}
