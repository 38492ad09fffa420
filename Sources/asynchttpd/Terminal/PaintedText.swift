// Text with colours in it. Whatever is appended is shown as an escape where it would move the cursor, so the only control
// sequences that reach a terminal are the few of this file.

import HTTPCore

/// Colours by what they say, and not by their names.
enum Paint: String, Sendable {
  /// An error, a 5xx.
  case bad = "31"
  case badHeading = "1;31"
  /// A warning, a 4xx.
  case doubtful = "33"
  case doubtfulHeading = "1;33"
  /// What is as it should be, a 2xx.
  case good = "32"
  /// What may be clicked, a 3xx.
  case link = "36"
  case strong = "1"
  /// What is read second.
  case faint = "2"
}

/// A text that is put together piece by piece.
struct PaintedText: Sendable {
  let isPainted: Bool
  /// Safe to be written to a terminal.
  private(set) var text = ""

  init(isPainted: Bool) { self.isPainted = isPainted }

  /// Appends text. Line feeds and tabs are kept.
  mutating func append(_ piece: String, _ paint: Paint? = nil) {
    let shown = piece.escapingControlCharacters(but: ["\n", "\t"])
    guard isPainted, let paint, !shown.isEmpty else {
      text += shown
      return
    }
    // Colours end with their line, so that no line begins in those of another.
    let line = shown.hasSuffix("\n") ? shown.dropLast() : shown[...]
    text += "\u{1B}[\(paint.rawValue)m\(line)\u{1B}[0m\(shown[line.endIndex...])"
  }

  mutating func append(_ other: PaintedText) { text += other.text }
}
