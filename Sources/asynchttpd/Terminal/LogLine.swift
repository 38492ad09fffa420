// One event of the log as the text that is written for it; no output, no clock, so that every rule of it is a test.

import Glibc
import HTTPCore
import Logging

struct LogLine {
  let level: Logger.Level
  let message: String
  let fields: [(key: String, value: String)]

  /// For a terminal or a file: time, level, message, `key=value`.
  func text(at time: LogTime, isPainted: Bool = false) -> String {
    var text = PaintedText(isPainted: isPainted)
    text.append("\(time) ", .faint)
    text.append("\(level)", paint)
    text.append(" \(body(continuation: "\n    "))\n")
    return text.text
  }

  private var paint: Paint? {
    switch level {
    case .critical, .error: .badHeading
    case .warning: .doubtfulHeading
    default: nil
    }
  }

  /// For the journal, which reads a priority from the front of every line.
  var journal: String { "\(priority)\(body(continuation: "\n\(priority)    "))\n" }

  /// One object of JSON. A field that has the name of one of ours comes with a leading underscore.
  func json(at time: LogTime) -> String {
    var object = "{\"time\":\"\(time)\",\"level\":\"\(level)\",\"message\":\(ShownText.json(message))"
    for (key, value) in fields {
      let name = ["time", "level", "message"].contains(key) ? "_" + key : key
      object += ",\(ShownText.json(name)):\(ShownText.json(value))"
    }
    return object + "}\n"
  }

  /// The level as syslog(3) numbers it.
  var priority: String {
    switch level {
    case .trace, .debug: "<7>"
    case .info: "<6>"
    case .notice: "<5>"
    case .warning: "<4>"
    case .error: "<3>"
    case .critical: "<2>"
    }
  }

  private func body(continuation: String) -> String {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    // A tab is kept: the caret of a diagnostic stands under one.
    let shown = lines.map { String($0).escapingControlCharacters(but: ["\t"]) }.joined(separator: continuation)
    return fields.reduce(shown) { $0 + " \($1.key.escapingControlCharacters)=\(Self.quoted($1.value))" }
  }

  /// As it is where that is unmistakable, else in quotes.
  private static func quoted(_ value: String) -> String {
    let shown = value.escapingControlCharacters
    let isPlain = !shown.isEmpty && shown.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" && $0 != "\\" }
    if isPlain { return shown }
    // Escapes of control characters are there already; a backslash of the value's own is doubled before.
    let inner = value.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      default: scalar.isUnsafeToShow ? scalar.escaped(asASCII: true) : String(scalar)
      }
    }
    return "\"\(inner.joined())\""
  }
}

/// A moment as RFC 3339 writes it, in UTC and to the millisecond.
struct LogTime: CustomStringConvertible {
  let seconds: Int
  let milliseconds: Int

  static var now: LogTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return LogTime(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
  }

  var description: String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let date = "\(parts.tm_year + 1900)-\(Self.padded(parts.tm_mon + 1))-\(Self.padded(parts.tm_mday))"
    return
      "\(date)T\(Self.padded(parts.tm_hour)):\(Self.padded(parts.tm_min)):\(Self.padded(parts.tm_sec)).\(Self.padded(Int32(milliseconds), to: 3))Z"
  }

  private static func padded(_ number: Int32, to width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
