// The table of filters: the reader, the errors that list them and the manual know no other.

import JSONText
import RegularExpressions

/// A filter as it is written.
package struct TemplateFilterEntry: Sendable {
  package let name: String
  /// How it is written, with example arguments.
  package let shape: String
  /// One sentence.
  package let summary: String
  /// Nil for arguments that do not fit; throws where one is wrong in itself.
  let make: @Sendable ([TemplateArgument], TemplateScope) throws(TemplateError) -> TemplateFilter?
}

package enum TemplateFilters {
  package static let all: [TemplateFilterEntry] = ofMissing + ofTypes + ofTimesAndNumbers + ofTexts + encodings

  static let names = all.map(\.name)
  static let shapes = all.map(\.shape)
  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  static func entry(_ name: String) -> TemplateFilterEntry? { byName[name] }

  private static func entry(
    _ name: String, _ shape: String, _ summary: String,
    _ make: @escaping @Sendable ([TemplateArgument], TemplateScope) throws(TemplateError) -> TemplateFilter?
  ) -> TemplateFilterEntry {
    TemplateFilterEntry(name: name, shape: shape, summary: summary, make: make)
  }

  private static func word(_ name: String, _ summary: String, _ filter: TemplateFilter) -> TemplateFilterEntry {
    entry(name, name, summary) { arguments, _ throws(TemplateError) in arguments.isEmpty ? filter : nil }
  }

  // MARK: What is missing, and types

  private static let ofMissing = [
    entry("default", "default('none')", "Stands in for what is missing; a text, a number or another source.") {
      arguments, _ throws(TemplateError) in arguments.count == 1 ? arguments[0].operand.map { .default($0) } : nil
    },
    word("omit", "Leaves the member, the item or the field line out where the value is missing.", .omit),
    word("required", "Answers 400, which names what is missing.", .required),
  ]

  private static let ofTypes = [
    word("number", "A number, where the value is spelled like one; else the value itself.", .number),
    word("bool", "true or false, for true, yes, on, 1 and false, no, off, 0 in any case; else the value itself.", .bool),
    word("text", "The value as text; lists and objects as JSON.", .text),
    word("parse", "The value that the text is as JSON; missing for a text that is not JSON.", .parse),
  ]

  // MARK: Times and numbers

  private static let ofTimesAndNumbers = [
    entry("plus", "plus(3d), plus(1)", "A later time, by ms, s, m, h or d; or the sum of two numbers, exact.") {
      arguments, _ throws(TemplateError) in
      guard arguments.count == 1 else { return nil }
      return moved(arguments[0], sign: 1) ?? operand(arguments[0]).map { .plus($0) }
    },
    entry("minus", "minus(2h), minus(1)", "An earlier time, or the difference of two numbers.") { arguments, _ throws(TemplateError) in
      guard arguments.count == 1 else { return nil }
      return moved(arguments[0], sign: -1) ?? operand(arguments[0]).map { .minus($0) }
    },
    entry("times", "times(2)", "The product of two numbers, exact.") { arguments, _ throws(TemplateError) in
      arguments.count == 1 ? operand(arguments[0]).map { .times($0) } : nil
    },
    entry("round", "round(2)", "Rounds to so many digits behind the point, none without the argument; halves away from zero.") {
      arguments, _ throws(TemplateError) in
      if arguments.isEmpty { return .round(0) }
      guard arguments.count == 1, let digits = arguments[0].integer, (-18...18).contains(digits) else { return nil }
      return .round(digits)
    },
    entry("format", "format('%d.%m.%Y')", "A time by the directives of strftime, in English.") { arguments, _ throws(TemplateError) in
      guard arguments.count == 1, let text = arguments[0].text else { return nil }
      do throws(TemplateError) {
        return .format(try TimeFormat(parsing: text))
      } catch {
        throw arguments[0].error(error.message)
      }
    },
    entry("zone", "zone('Europe/Berlin')", "A time as it is in a zone: a name of the time zone database, UTC, or +02:00.") {
      arguments, scope throws(TemplateError) in
      guard arguments.count == 1, let name = arguments[0].text else { return nil }
      do throws(Refusal) {
        return .zone(try scope.zones.zone(name))
      } catch {
        throw arguments[0].error(error.message)
      }
    },
  ]

  private static func moved(_ argument: TemplateArgument, sign: Int64) -> TemplateFilter? { argument.duration.map { .moved(sign * $0) } }

  /// A number or a source.
  private static func operand(_ argument: TemplateArgument) -> TemplateSource? {
    argument.number != nil || argument.isSource ? argument.operand : nil
  }

  // MARK: Texts and lists

  private static let ofTexts = [
    word("upper", "The text in upper case.", .upper), word("lower", "The text in lower case.", .lower),
    word("trim", "The text without the white space around it.", .trim),
    entry("replace", "replace('a', 'b')", "The text with every a replaced by b.") { arguments, _ throws(TemplateError) in
      guard arguments.count == 2, let old = arguments[0].text, !old.isEmpty, let new = arguments[1].text else { return nil }
      return .replace(old, with: new)
    },
    entry("slice", "slice(0, 3)", "Characters or items from a position up to another, which count from the end where they are negative.") {
      arguments, _ throws(TemplateError) in
      guard (1...2).contains(arguments.count), let start = arguments[0].integer else { return nil }
      if arguments.count == 1 { return .slice(start, nil) }
      return arguments[1].integer.map { .slice(start, $0) }
    },
    entry("split", "split(',')", "The list of the parts of a text.") { arguments, _ throws(TemplateError) in
      arguments.count == 1 ? arguments[0].text.flatMap { $0.isEmpty ? nil : .split($0) } : nil
    },
    entry("join", "join(', ')", "The items of a list as one text.") { arguments, _ throws(TemplateError) in
      if arguments.isEmpty { return .join("") }
      return arguments.count == 1 ? arguments[0].text.map { .join($0) } : nil
    },
    word("length", "The number of characters, items or members.", .length),
    entry(
      "extract", "extract('v(\\d+)')",
      "What the first group of a regular expression (PCRE2) matches, or all of it without a group; missing where it does not match."
    ) { arguments, _ throws(TemplateError) in
      guard arguments.count == 1, let pattern = arguments[0].text else { return nil }
      do throws(RegularExpressionError) {
        return .extract(TextPattern(try RegularExpression(pattern), isWhole: false, ignoresCase: false))
      } catch {
        throw arguments[0].error("\(error)")
      }
    },
  ]

  private static let encodings = [
    word("base64", "The text's octets in base64 (RFC 4648 §4).", .base64),
    word("base64_decode", "The text that base64 or base64url stands for; missing for anything else.", .base64Decode),
    word("url_encode", "Percent-encoded, as one value of a URL.", .urlEncode),
    word("html", "Escaped for HTML and XML.", .html),
    word("raw", "As it is, in text that is HTML or XML, where a value is escaped otherwise.", .raw),
  ]
}
