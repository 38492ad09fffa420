// A line of a configuration with a caret under some of its characters. The caret has to stand right in a terminal: tabs
// are kept as tabs above and below, a wide character takes two columns, a combining mark none, and a control character
// shows as an escape.

import HTTPCore

/// A source line and the characters to point at.
struct SourceExcerpt {
  /// Characters shown of a line; a longer one shows the surroundings of the column.
  private static let window = 160

  private let scalars: [Unicode.Scalar]
  private let range: Range<Int>

  init(_ line: String, column: Int, length: Int) {
    let all = Array(line.unicodeScalars)
    let start = min(max(0, column - 1), all.count)
    let end = min(start + max(1, length), max(all.count, start + 1))
    if all.count <= Self.window {
      scalars = all
      range = start..<end
    } else {
      let first = max(0, min(start - Self.window / 2, all.count - Self.window))
      let last = min(all.count, first + Self.window)
      let before: [Unicode.Scalar] = first > 0 ? ["…"] : []
      let after: [Unicode.Scalar] = last < all.count ? ["…"] : []
      scalars = before + all[first..<last] + after
      range = start - first + before.count..<min(end, max(last, start + 1)) - first + before.count
    }
  }

  /// The source behind its number, and the caret.
  func lines(line number: Int) -> (source: String, caret: String) {
    let label = String(number)
    let margin = String(repeating: " ", count: max(0, 5 - label.count)) + label
    var shown = ""
    var under = ""
    for (index, scalar) in scalars.enumerated() {
      shown += Self.shown(scalar)
      if index < range.lowerBound {
        under += scalar == "\t" ? "\t" : String(repeating: " ", count: Self.width(scalar))
      }
    }
    let width = max(
      1, scalars[min(range.lowerBound, scalars.count)..<min(range.upperBound, scalars.count)].reduce(0) { $0 + Self.width($1) })
    under += "^" + String(repeating: "~", count: width - 1)
    let blank = String(repeating: " ", count: margin.count)
    return ("\(margin) | \(shown)", "\(blank) | \(under)")
  }

  private static func shown(_ scalar: Unicode.Scalar) -> String {
    if scalar == "\t" { return "\t" }
    return isControl(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
  }

  /// The columns that a terminal gives a character.
  private static func width(_ scalar: Unicode.Scalar) -> Int {
    if scalar == "\t" { return 1 }
    if isControl(scalar) { return scalar.escaped(asASCII: true).unicodeScalars.count }
    return scalar.terminalColumns
  }

  /// C0 and C1 controls, and the characters that reorder text around them.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
