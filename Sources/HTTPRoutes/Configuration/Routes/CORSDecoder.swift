// `cors`: off, `"*"`, a list of origins, or a mapping that goes over the default key by key.

import YAMLDocument

enum CORSDecoder {
  static let key = Key(
    "cors", .any([.off, .words(["*"]), .list(of: originShape), .mapping(keys), .null]), default: "off",
    "Which pages of other origins may read the answers: off, \"*\", a list of origins, or a mapping.")

  private static let originShape = Shape.matching("^(null|[a-z][-a-z0-9+.]*://[^/*@?#\\\\A-Z\\s]+)$")

  private static let keys = KeyTable(
    "cors",
    [
      Key("origins", .any([.words(["*"]), .list(of: originShape)]), "Origins as browsers send them, or \"*\" for any."),
      Key("methods", .list(of: .method).orNull, "What a preflight is told; the methods of the routes of the path by default."),
      Key("headers", Shape.fieldNames.orNull, "The request fields that a preflight is granted; whichever it asks for by default."),
      Key("expose", .fieldNames, default: "[]", "The response fields that a page may read beyond the simple ones."),
      Key("credentials", .bool, default: "false", "Whether cookies may be sent, for which origins have to be named."),
      Key(
        "max_age", .duration(allowsZero: true).orNull, "How long a browser may remember a preflight; left to the browser by default."),
    ])

  static func decode(_ value: SettingsDecoder, over base: CORSOptions?) -> CORSOptions? {
    if value.isNull || value.isWord("off") || value.isWord("false") { return nil }
    if value.isSwitch {
      let isOff = value.node.scalar?.text.lowercased() == "no"
      value.errorExpected("off, \"*\" or a list of origins", write: isOff ? "write cors: off" : "write cors: \"*\" for every origin")
      return base
    }
    if value.node.mapping == nil {
      guard let origins = origins(value) else { return base }
      var options = base ?? CORSOptions(origins: origins)
      options.origins = origins
      return checked(options, value)
    }
    guard let mapping = value.mapping(keys) else { return base }
    let given = mapping.take("origins")
    var options = base ?? CORSOptions(origins: .list([]))
    if given == nil, base == nil { mapping.reportMissing(["origins"], "cors needs \"origins\"") }
    if let origins = given.flatMap(origins) { options.origins = origins }
    if let value = mapping.take("methods") {
      options.methods = value.isNull ? nil : value.list("a list of methods")?.compactMap { MethodsDecoder.method($0) }
    }
    if let value = mapping.take("headers") {
      options.headers = value.isNull ? nil : value.fieldNames()
    }
    if let names = mapping.take("expose")?.fieldNames() { options.expose = names }
    if let credentials = mapping.bool("credentials") { options.credentials = credentials }
    if mapping.take("max_age") != nil { options.maxAge = mapping.duration("max_age") }
    mapping.finish()
    return checked(options, value)
  }

  private static func origins(_ value: SettingsDecoder) -> CORSOptions.Origins? {
    guard let items = value.list("off, \"*\" or a list of origins") else { return nil }
    if items.count == 1, items[0].isWord("*") { return .any }
    let origins = items.compactMap(origin)
    return origins.count == items.count ? .list(origins) : nil
  }

  /// A serialised origin (RFC 6454 section 6.2), which browsers compare byte for byte.
  private static func origin(_ value: SettingsDecoder) -> String? {
    let expected = "an origin such as http://localhost:3000"
    guard let text = value.nonEmptyText(expected) else { return nil }
    if text == "null" { return text }
    if text == "*" {
      value.error("\"*\" stands for every origin and stands alone")
      return nil
    }
    if isSerializedOrigin(text) {
      guard let shorter = withoutDefaultPort(text) else { return text }
      value.error("browsers leave out the port that is the scheme's own (did you mean \"\(shorter.excerpt)\"?)")
      return nil
    }
    var corrected = text.lowercased()
    while corrected.hasSuffix("/") { corrected.removeLast() }
    let hint = isSerializedOrigin(corrected) ? " (did you mean \"\((withoutDefaultPort(corrected) ?? corrected).excerpt)\"?)" : ""
    value.error("expected \(expected), found \"\(text.excerpt)\"\(hint)")
    return nil
  }

  /// A scheme, `://`, and a host with or without a port, all in lower case and ASCII, as names that are not come in
  /// Punycode.
  private static func isSerializedOrigin(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":"), colon > text.startIndex, text[colon...].hasPrefix("://"), text == text.lowercased() else {
      return false
    }
    let authority = text[colon...].dropFirst(3)
    let host = authority.dropLast(port(of: authority).map { $0.utf8.count + 1 } ?? 0)
    guard !host.isEmpty, authority.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !host.contains(where: { "/*@?#\\".contains($0) }) else {
      return false
    }
    guard host.hasPrefix("[") || !host.contains(":") else { return false }
    return port(of: authority).map { port in Int(port).map { (1...65535).contains($0) && port == String($0) } ?? false } ?? true
  }

  /// What follows the colon after the host; nil without one.
  private static func port(of authority: Substring) -> Substring? {
    let end = authority.lastIndex(of: "]") ?? authority.startIndex
    return authority[end...].lastIndex(of: ":").map { authority[$0...].dropFirst() }
  }

  /// An origin that names the port of its scheme without it; nil for any other.
  private static func withoutDefaultPort(_ origin: String) -> String? {
    for (scheme, port) in [("http://", ":80"), ("https://", ":443"), ("ws://", ":80"), ("wss://", ":443"), ("ftp://", ":21")]
    where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
      return String(origin.dropLast(port.count))
    }
    return nil
  }

  /// Browsers refuse credentials with a wildcard, and echoing whatever origin asks would be the same hole by hand.
  private static func checked(_ options: CORSOptions, _ value: SettingsDecoder) -> CORSOptions {
    if options.credentials, options.origins == .any { value.error("\"credentials\" needs origins by name, not \"*\"") }
    return options
  }
}
