// `method: POST`, `methods: [GET, POST]`, or `any`.

import YAMLDocument

enum MethodsDecoder {
  static let common = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
  /// Of the IANA registry, and what caches and old tools send: none of them is a misspelling.
  private static let rare: Set<String> = [
    "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR",
    "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PRI", "PROPFIND", "PROPPATCH", "QUERY", "REBIND", "REPORT", "SEARCH",
    "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL", "PURGE", "BAN", "REFRESH", "NOTIFY",
    "SUBSCRIBE", "UNSUBSCRIBE", "M-SEARCH",
  ]

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
    if let way = spelling(of: items) {
      value.errorExpected("a method, a list of methods or any", write: way)
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

  /// What to write for `GET, POST`, `GET|POST`, `*` or `ALL`.
  private static func spelling(of items: [SettingsDecoder]) -> String? {
    guard items.count == 1, let text = items[0].node.scalar?.text else { return nil }
    if ["*", "all", "any", "every", ".*"].contains(text.lowercased()) { return "write methods: any" }
    let words = text.split { " ,|/;+".contains($0) }.map { $0.uppercased() }
    guard words.count > 1, words.allSatisfy({ common.contains($0) }) else { return nil }
    return "write methods: [\(words.joined(separator: ", "))]"
  }

  /// A method is a case-sensitive token (RFC 9110 section 9.1); `get` would never match what clients send.
  static func method(_ value: SettingsDecoder) -> String? {
    if let scalar = value.node.scalar, scalar.style == .plain, scalar.kind != .string || value.isSwitch {
      value.errorExpected("a method such as GET")
      return nil
    }
    guard let text = value.nonEmptyText("a method such as GET") else { return nil }
    let upper = text.uppercased()
    if text != upper, common.contains(upper) {
      value.error("methods are case-sensitive: expected a method such as GET, found \"\(text)\" (did you mean \"\(upper)\"?)")
      return nil
    }
    if text == "CONNECT" || !HeadersDecoder.isToken(text) {
      let words = text.split { " ,|/;+".contains($0) }.map { $0.uppercased() }
      let way = words.count > 1 && words.allSatisfy { common.contains($0) } ? "; write [\(words.joined(separator: ", "))]" : ""
      value.error("expected a method such as GET, found \"\(text.excerpt)\"\(way)")
      return nil
    }
    // Any token can be a method; one that is nearly GET or POST was meant to be it.
    if !common.contains(text), !rare.contains(text), let meant = Suggestion.nearest(to: text, among: common) {
      value.context.warning("unknown method \"\(text.excerpt)\" (did you mean \"\(meant)\"?)", at: value.mark)
    }
    return text
  }
}
