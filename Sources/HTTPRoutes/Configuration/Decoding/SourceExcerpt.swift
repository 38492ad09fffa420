// A line of a configuration with a caret under some of its characters. The caret has to stand right in a terminal: tabs
// are kept as tabs above and below, a wide character takes two columns, a combining mark none, and a control character
// shows as an escape.

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

  /// Two lines, each behind a line break: the source behind its number, and the caret.
  func render(line number: Int) -> String {
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
    return "\n\(margin) | \(shown)\n\(blank) | \(under)"
  }

  private static func shown(_ scalar: Unicode.Scalar) -> String {
    if scalar == "\t" { return "\t" }
    return isControl(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
  }

  /// The columns that a terminal gives a character.
  private static func width(_ scalar: Unicode.Scalar) -> Int {
    if scalar == "\t" { return 1 }
    if isControl(scalar) { return scalar.escaped(asASCII: true).unicodeScalars.count }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    // East Asian Wide and Fullwidth (UAX #11) in broad strokes, and pictographs.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// C0 and C1 controls, and the characters that reorder text around them.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
