// Standard output and error as commands write to them.

import HTTPCore
import Reactor

/// Standard output and error, written to without the buffer of stdio.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Writes text that is safe to be written.
  func write(_ text: PaintedText) {
    let bytes = Array(text.text.utf8)
    bytes.withUnsafeBytes { try? Syscalls.writeAll(rawValue, $0) }
  }

  /// Writes all of the text. What comes from files and arguments may be in it, so what would move the cursor or reorder
  /// text is shown as an escape. What a closed pipe does not take is lost: there is no one left to tell.
  func write(_ text: String) {
    let bytes = Array(text.escapingControlCharacters(but: ["\n", "\t"]).utf8)
    bytes.withUnsafeBytes { try? Syscalls.writeAll(rawValue, $0) }
  }
}
