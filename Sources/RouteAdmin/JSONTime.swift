// Times as the admin listener's JSON has them.

import HTTPCore
package import JSONText

package enum JSONTime {
  /// `2026-11-28T09:30:00.250Z`.
  ///
  /// - Parameter milliseconds: since 1970.
  package static func text(milliseconds: Int64) -> String {
    let seconds = CivilTime.floorDivide(milliseconds, 1000)
    let time = CivilTime(seconds: seconds)
    func padded(_ value: Int, _ digits: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
    return "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))T"
      + "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2)).\(padded(Int(milliseconds - seconds * 1000), 3))Z"
  }

  /// The same as a value.
  package static func value(milliseconds: Int64) -> JSONValue { .string(text(milliseconds: milliseconds)) }
}

extension JSONValue {
  /// A whole number.
  package static func integer(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

  /// A whole number, or null.
  package static func integer(orNull value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }

  /// A number with so many digits after the point.
  package static func decimal(_ value: Double, digits: Int) -> JSONValue {
    guard value.isFinite, abs(value) < 1e15 else { return .null }
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let fraction = String(scaled % scale + scale).dropFirst()
    let text = "\(value < 0 ? "-" : "")\(scaled / scale)\(digits == 0 ? "" : ".\(fraction)")"
    return JSONNumber(text).map { .number($0) } ?? .null
  }

  package static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
