// `status`: a number from 200 to 599. What other tools take as well, `404 Not Found` or `not_found`, is answered with
// the number.

import HTTPCore
import YAMLDocument

enum StatusDecoder {
  static let range = AnswerStatus.range

  /// A status that a request may have a say in.
  static func decode(_ value: SettingsDecoder, scope: TemplateScope) -> AnswerStatus? {
    guard value.hasPlaceholder, let text = value.node.scalar?.text else { return decode(value).map { .literal($0) } }
    return value.template(of: text, scope: scope).map { .template($0) }
  }

  static func decode(_ value: SettingsDecoder) -> Int? {
    let expected = "a status from \(range.lowerBound) to \(range.upperBound)"
    guard let text = value.text(expected) else { return nil }
    if let status = Int(text), range.contains(status) { return status }
    let found = value.isVerbatim(text) ? value.node.nounPhrase : "\"\(text.excerpt)\""
    value.error("expected \(expected), found \(found)" + (meant(by: text).map { " (did you mean \($0)?)" } ?? ""))
    return nil
  }

  /// The status whose number begins the text, or whose phrase it is.
  static func meant(by text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    if digits.utf8.count == 3, text.utf8.count > 3, let status = Int(digits), range.contains(status) { return status }
    let name = folded(text)
    guard !name.isEmpty else { return nil }
    return range.first { folded(ReasonPhrase.phrase(for: $0)) == name }
  }

  /// `Not Found`, `not_found` and `NotFound` are one phrase.
  private static func folded(_ text: String) -> String { text.lowercased().filter(\.isLetter) }
}
