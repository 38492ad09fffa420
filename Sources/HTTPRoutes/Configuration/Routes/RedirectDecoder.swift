// `redirect: TARGET`, or a mapping with `to` and `status`.

import YAMLDocument

enum RedirectDecoder {
  static let key = Key(
    RedirectOptions.kind, .any([.text, .mapping(keys)]), "A path or a URL to send the client to, or a mapping with to and status.")

  private static let keys = KeyTable(
    "redirect",
    [
      Key(
        "to", .text,
        "Where to, with {name} and {**} of the path and expressions; the query of the request is kept unless the target has its own."),
      Key("status", .numbers(statuses), default: "302", "301, 302, 303, 307 or 308."),
    ], required: ["to"])

  private static let statuses = [301, 302, 303, 307, 308]

  static func decode(_ responder: ResponderDecoding) -> RedirectOptions? {
    let value = responder.value
    if value.node.mapping == nil {
      return target(value, scope: responder.scope).map { RedirectOptions(target: $0) }
    }
    guard let mapping = value.mapping(keys) else { return nil }
    let target = mapping.require("to").flatMap { self.target($0, scope: responder.scope) }
    var status: Int?
    if let value = mapping.take("status") {
      if let given = value.text("301, 302, 303, 307 or 308").map({ Int($0) }) {
        if let given, statuses.contains(given) { status = given } else { reportStatus(value) }
      }
    }
    mapping.finish()
    guard let target else { return nil }
    var options = RedirectOptions(target: target)
    if let status { options.status = status }
    return options
  }

  /// `Moved Permanently` and `301 Moved Permanently` are answered with the number.
  private static func reportStatus(_ value: SettingsDecoder) {
    let meant = value.node.scalar.flatMap { StatusDecoder.meant(by: $0.text) }.flatMap { statuses.contains($0) ? $0 : nil }
    value.errorExpected("301, 302, 303, 307 or 308", write: meant.map { "write status: \($0)" })
  }

  private static func target(_ value: SettingsDecoder, scope: TemplateScope) -> RedirectTarget? {
    guard let text = value.nonEmptyText("a target such as /new/{**}") else { return nil }
    do throws(TemplateError) {
      return try RedirectTarget(parsing: text, scope: scope) { value.place(of: $0, in: text) }
    } catch {
      value.error(error.message, in: error.range, of: text)
      return nil
    }
  }
}
