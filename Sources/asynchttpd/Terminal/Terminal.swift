// What is known of the terminal that a stream may be.

import Glibc
import Reactor

enum Terminal {
  /// Whether a person looks at a stream, isatty(3).
  static func isTerminal(_ stream: StandardStream) -> Bool { isatty(stream.rawValue) == 1 }

  /// Columns where the terminal does not say.
  static let usualWidth = 80
  /// Fewer columns than this show nothing of a line.
  private static let minWidth = 20

  /// Columns of the terminal behind a stream, as it is now.
  static func width(of stream: StandardStream) -> Int {
    guard let columns = Syscalls.terminalColumns(stream.rawValue), columns > 0 else { return usualWidth }
    return max(minWidth, columns)
  }
}
