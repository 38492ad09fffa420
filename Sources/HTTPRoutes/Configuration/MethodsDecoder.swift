// `method: POST`, `methods: [GET, POST]`, or `any`.

import YAMLDocument

enum MethodsDecoder {
  private static let common = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

  /// The methods of a route that names some.
  enum Methods: Equatable {
    case any
    case list([String])
  }

  static func decode(_ value: SettingsDecoder) -> Methods? {
    if value.isWord("any") { return .any }
    guard let items = value.list("a method, a list of methods or any") else { return nil }
    if items.isEmpty {
      value.error("expected at least one method")
      return nil
    }
    var methods: [String] = []
    for item in items {
      guard let method = method(item) else { return nil }
      if methods.contains(method) {
        item.error("\(method) is named twice")
      } else {
        methods.append(method)
      }
    }
    return .list(methods)
  }

  /// A method is a case-sensitive token (RFC 9110 section 9.1); `get` would never match what clients send.
  static func method(_ value: SettingsDecoder) -> String? {
    guard let text = value.nonEmptyText("a method such as GET") else { return nil }
    let upper = text.uppercased()
    if text != upper, common.contains(upper) {
      value.error("methods are case-sensitive: expected a method such as GET, found \"\(text)\" (did you mean \"\(upper)\"?)")
      return nil
    }
    if text == "CONNECT" || !HeadersDecoder.isToken(text) {
      value.error("expected a method such as GET, found \"\(text.excerpt)\"")
      return nil
    }
    return text
  }
}
