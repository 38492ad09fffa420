// Text that is made anew for each item: an id, or a text in `defaults`.

import Glibc

/// Text with expressions in it: `{{now}}` and `{{uuid}}`.
package struct GeneratedText: Hashable, Sendable {
  enum Piece: Hashable {
    case literal(String)
    case now
    case uuid
  }

  private let pieces: [Piece]

  /// The names of what can stand within double braces.
  static let expressions = ["now", "uuid"]

  /// Throws for an expression that there is not, at its place in the text.
  package init(parsing text: String) throws(TemplateError) {
    var pieces: [Piece] = []
    for piece in try Expressions.pieces(of: text, known: Self.expressions) {
      switch piece {
      case .literal(let text): pieces.append(.literal(text))
      case .expression("now"): pieces.append(.now)
      case .expression: pieces.append(.uuid)
      }
    }
    self.pieces = pieces
  }

  /// Whether the text is the same each time.
  package var isConstant: Bool { pieces.allSatisfy { if case .literal = $0 { true } else { false } } }

  package func render() -> String {
    pieces.map { piece in
      switch piece {
      case .literal(let text): text
      case .now: TimeText.now()
      case .uuid: RandomUUID.text()
      }
    }.joined()
  }
}

/// Times as RFC 3339 has them.
enum TimeText {
  /// The time of the system in UTC, with milliseconds.
  static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return text(seconds: Int64(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
  }

  /// `2026-01-15T09:30:00.250Z`.
  ///
  /// - Parameters:
  ///   - seconds: since 1970.
  static func text(seconds: Int64, milliseconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let date = "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
    let clock = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
    return "\(date)T\(clock).\(padded(milliseconds, 3))Z"
  }
}

/// Random UUIDs (RFC 9562 §5.4).
enum RandomUUID {
  /// Version 4, in lower case.
  static func text() -> String {
    let high = UInt64.random(in: 0 ... .max) & ~0xF000 | 0x4000
    let low = UInt64.random(in: 0 ... .max) & ~(3 << 62) | 2 << 62
    let text = [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
      String(text.dropFirst(range.lowerBound).prefix(range.count))
    }
    return parts.joined(separator: "-")
  }
}
