// Durations in templates: `3d`, `2h`, `30m`, `10s`, `250ms`, also negative, and a delay that a template comes to.

import JSONText
import Reactor

enum TemplateDuration {
  static let units: [(name: String, milliseconds: Int)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]
  /// A hundred years.
  private static let maxMilliseconds = JSONDecimal(36_500 * 86_400_000)

  /// Milliseconds; nil for a text that is not a duration, or that is too long.
  static func milliseconds(_ text: String) -> Int64? {
    guard text.utf8.count <= 40, let unit = units.first(where: { text.hasSuffix($0.name) && isNumber(text.dropLast($0.name.utf8.count)) })
    else { return nil }
    return milliseconds(JSONNumber(String(text.dropLast(unit.name.utf8.count))), unit.milliseconds)
  }

  /// The unit has to begin where the number ends: `5ms` is not 5m and an s.
  private static func isNumber(_ text: Substring) -> Bool { JSONNumber.isSpelling(String(text)) }

  /// The longest delay, in milliseconds: an hour.
  static let maxDelay: Int64 = 3_600_000

  /// How long a request waits; nil where the template says nothing, or no time.
  static func delay(
    _ template: Template, for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> Milliseconds? {
    let text = try template.text(for: request, &run) ?? ""
    if text.isEmpty { return nil }
    guard let milliseconds = milliseconds(text), (0...maxDelay).contains(milliseconds) else {
      throw TemplateFailure(reason: .unsendable("\"\(text.excerpted)\" is not a delay from 0s to 1h"), place: template.place)
    }
    return milliseconds == 0 ? nil : Milliseconds(milliseconds)
  }

  static func milliseconds(_ number: JSONNumber?, _ unit: Int) -> Int64? {
    guard let result = number?.decimal.times(JSONDecimal(unit))?.rounded(places: 0), result <= maxMilliseconds, -result <= maxMilliseconds
    else { return nil }
    return result.integer.map { Int64($0) }
  }
}
