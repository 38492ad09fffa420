// One request as a line of the terminal:
//
//     10:57:17  GET     200   1.2ms  /api/users/7?full=1  get-user
//     10:57:18  GET     404   0.1ms  /api/usr/7  nearest: get-user at site.yaml:12:5: path expected /api/users/{id}, found /api/usr/7

import HTTPCore

struct RequestLine {
  /// `10:57:17`.
  var time: String
  var method: String
  /// 0 where a fault took the answer's place.
  var status: Int
  var microseconds: Int64
  var target: String
  /// The route that answered; nil where none did.
  var route: String?
  /// `recorded`, `fetched`, or the name of a fault; nil for an answer as any other.
  var outcome: String?
  /// The route that the request came nearest to, and what it lacked.
  var nearest: String?

  /// Appends the line, cut to so many columns.
  func append(to text: inout PaintedText, width: Int) {
    let start = ShownPiece("\(time)  \(Self.padded(method.escapingControlCharacters, to: 7))").cut(to: Self.maxStart)
    let status = status == 0 ? "---" : String(status)
    let duration = Self.leftPadded(Self.duration(microseconds), to: 7)
    text.append("\(start.text) ", .faint)
    text.append(status, paint)
    text.append("\(duration)  ", .faint)
    var room = width - start.columns - status.count - duration.count - 3
    // The target leaves room for what follows, and the other way round: neither takes all.
    let wanted = pieces.reduce(0) { $0 + ShownPiece($1.text).columns + 2 }
    let shown = ShownPiece(target.escapingControlCharacters).cut(to: max(room - wanted, pieces.isEmpty ? room : room / 2))
    text.append(shown.text)
    room -= shown.columns
    for piece in pieces where room > 3 {
      let shown = ShownPiece(piece.text).cut(to: room - 2)
      text.append("  \(shown.text)", piece.paint)
      room -= shown.columns + 2
    }
    text.append("\n")
  }

  /// Columns of the time and the method at most.
  private static let maxStart = 24

  /// What follows the target.
  private var pieces: [(text: String, paint: Paint)] {
    var pieces: [(text: String, paint: Paint)] = []
    if let route { pieces.append((route.escapingControlCharacters, .faint)) }
    if let outcome { pieces.append((outcome.escapingControlCharacters, Self.paint(ofOutcome: outcome))) }
    if let nearest { pieces.append(("nearest: \(nearest.escapingControlCharacters)", .doubtful)) }
    return pieces
  }

  private var paint: Paint {
    switch status {
    case 0, 500...: .bad
    case 400..<500: .doubtful
    case 300..<400: .link
    default: .good
    }
  }

  private static func paint(ofOutcome outcome: String) -> Paint {
    switch outcome {
    case "recorded", "fetched", "refreshed": .good
    case "passed": .faint
    default: .doubtful
    }
  }

  /// `0.1ms`, `12ms`, `1.5s`, `2m05s`.
  static func duration(_ microseconds: Int64) -> String {
    let tenths = (max(0, microseconds) + 50) / 100
    switch tenths {
    case ..<100: return "\(tenths / 10).\(tenths % 10)ms"
    case ..<10_000: return "\(tenths / 10)ms"
    case ..<600_000: return "\(tenths / 10_000).\(tenths / 1_000 % 10)s"
    default:
      let seconds = tenths / 10_000
      let rest = seconds % 60
      return "\(seconds / 60)m\(rest < 10 ? "0" : "")\(rest)s"
    }
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func leftPadded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}

/// A text without control characters, and the columns it takes.
private struct ShownPiece {
  let text: String
  let columns: Int

  init(_ text: String) {
    self.text = text
    columns = text.unicodeScalars.reduce(0) { $0 + $1.terminalColumns }
  }

  /// The beginning of it, with an ellipsis where something is missing.
  func cut(to room: Int) -> ShownPiece {
    guard columns > room else { return self }
    var kept = String.UnicodeScalarView()
    var used = 1
    for scalar in text.unicodeScalars {
      used += scalar.terminalColumns
      if used > room { break }
      kept.append(scalar)
    }
    return ShownPiece(String(kept) + "…")
  }
}
