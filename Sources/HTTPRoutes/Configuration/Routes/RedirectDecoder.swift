// `redirect: TARGET`, or a mapping with `to` and `status`.

import YAMLDocument

enum RedirectDecoder {
  static func decode(_ responder: ResponderDecoding) -> RedirectOptions? {
    let value = responder.value
    if value.node.mapping == nil {
      return target(value, pattern: responder.pattern).map { RedirectOptions(target: $0) }
    }
    guard let mapping = value.mapping("redirect") else { return nil }
    let target = mapping.require("to").flatMap { self.target($0, pattern: responder.pattern) }
    var status: Int?
    if let value = mapping.take("status") {
      let known = [301, 302, 303, 307, 308]
      if let given = value.text("301, 302, 303, 307 or 308").map({ Int($0) }) {
        if let given, known.contains(given) { status = given } else { reportStatus(value, known) }
      }
    }
    mapping.finish()
    guard let target else { return nil }
    var options = RedirectOptions(target: target)
    if let status { options.status = status }
    return options
  }

  /// `Moved Permanently` and `301 Moved Permanently` are answered with the number.
  private static func reportStatus(_ value: SettingsDecoder, _ known: [Int]) {
    let meant = value.node.scalar.flatMap { StatusDecoder.meant(by: $0.text) }.flatMap { known.contains($0) ? $0 : nil }
    value.errorExpected("301, 302, 303, 307 or 308", write: meant.map { "write status: \($0)" })
  }

  private static func target(_ value: SettingsDecoder, pattern: PathPattern?) -> RedirectTarget? {
    guard let text = value.nonEmptyText("a target such as /new/{**}") else { return nil }
    do throws(TemplateError) {
      return try RedirectTarget(parsing: text, pattern: pattern)
    } catch {
      value.error(error.message, in: error.range, of: text)
      return nil
    }
  }
}
