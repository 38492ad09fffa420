// What is made of a value behind a `|`, found when the configuration is loaded.

import JSONText
import RegularExpressions

/// A filter with its arguments.
package enum TemplateFilter: Equatable, Sendable {
  case `default`(TemplateSource)
  case omit
  case required
  case number
  case bool
  case text
  case parse
  /// Of a time, in milliseconds.
  case moved(Int64)
  case plus(TemplateSource)
  case minus(TemplateSource)
  case times(TemplateSource)
  /// Digits behind the point.
  case round(Int)
  case format(TimeFormat)
  case zone(TimeZoneRules)
  case upper
  case lower
  case trim
  case replace(String, with: String)
  /// From and up to a position, which counts from the end where it is negative.
  case slice(Int, Int?)
  case split(String)
  case join(String)
  case length
  case extract(TextPattern)
  case base64
  case base64Decode
  case urlEncode
  case html
  case raw

  /// The source that the filter takes a value from.
  var operand: TemplateSource? {
    switch self {
    case .default(let source), .plus(let source), .minus(let source), .times(let source): source
    default: nil
    }
  }

  var needsBody: Bool { operand?.needsBody ?? false }
}
