// The `to:` of a redirect: a URI reference with the route's own parameters in it, `/new/{**}`. What the client sent is
// percent-encoded again, so that a Location is always a URI reference (RFC 9110 section 10.2.2) and never another host's.

/// The template of a Location field.
package struct RedirectTarget: Equatable, Sendable {
  package enum Part: Equatable, Sendable {
    case literal(String)
    /// A parameter of the path pattern.
    case parameter(String)
    /// What `**` matched.
    case rest
  }

  package let parts: [Part]

  package init(parts: [Part]) {
    self.parts = parts
  }

  /// Reads `to:`, a path or an http or https URL; the braces name parameters of `pattern`, and any name will do where that is nil.
  package init(parsing text: String, pattern: PathPattern?) throws(TemplateError) {
    try Self.checkAuthority(of: text)
    var parts: [Part] = []
    var literal = ""
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "{" else {
        guard scalars[index].value > 0x20, scalars[index].value < 0x7F, scalars[index] != "\\" else {
          throw TemplateError(range: index..<index + 1, message: "a redirect target is a URI; percent-encode this character")
        }
        literal.unicodeScalars.append(scalars[index])
        index += 1
        continue
      }
      guard let close = scalars[index...].firstIndex(of: "}") else {
        throw TemplateError(range: index..<index + 1, message: "\"{\" without a \"}\"; write %7B for the character itself")
      }
      let name = String(String.UnicodeScalarView(scalars[index + 1..<close]))
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = ""
      if let pattern, let message = TemplateError.unknownParameter(name, pattern: pattern) {
        throw TemplateError(range: index..<close + 1, message: message)
      }
      parts.append(name == "**" ? .rest : .parameter(name))
      index = close + 1
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    self.parts = parts
  }

  /// A place in front of the path would let whoever asks choose the host.
  private static func checkAuthority(of text: String) throws(TemplateError) {
    let lowered = text.lowercased()
    let scheme = ["https://", "http://", "//"].first { lowered.hasPrefix($0) }
    guard let scheme else {
      if text.hasPrefix("/") { return }
      throw TemplateError(range: 0..<1, message: "a redirect target begins with \"/\", \"http://\" or \"https://\"")
    }
    let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.isEmpty, !authority.contains("{"), !authority.contains("@") else {
      throw TemplateError(range: 0..<scheme.count, message: "a redirect target names its host literally, and a \"/\" ends it")
    }
  }

  /// The target for one request. `path` gives the decoded value of a parameter, or of `**` by that name; `query` is the request's own,
  /// undecoded, and is passed on unless the target has one.
  package func render(path: (String) -> String?, query: String?) -> String {
    var target = ""
    for part in parts {
      switch part {
      case .literal(let text): target += text
      case .parameter(let name): Self.appendEncoded(path(name) ?? "", to: &target, keepingSlashes: false)
      case .rest: Self.appendEncoded(path("**") ?? "", to: &target, keepingSlashes: true)
      }
    }
    // "//host" would be a reference to another host; a client must not be able to make one out of a path.
    if case .literal(let first)? = parts.first, first.hasPrefix("/"), !first.hasPrefix("//"), target.hasPrefix("//") {
      target = "/" + target.drop { $0 == "/" }
    }
    guard let query, !query.isEmpty, !target.contains("?") else { return target }
    guard let fragment = target.firstIndex(of: "#") else { return target + "?" + query }
    return target[..<fragment] + "?" + query + target[fragment...]
  }

  /// Appends everything but the unreserved characters of RFC 3986 section 2.3 and what a path segment may hold besides, escaped.
  private static func appendEncoded(_ text: String, to target: inout String, keepingSlashes: Bool) {
    let digits = Array("0123456789ABCDEF".unicodeScalars)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"),
        UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: ","), UInt8(ascii: ":"),
        UInt8(ascii: "@"):
        target.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "/") where keepingSlashes:
        target.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        target += "%"
        target.unicodeScalars.append(digits[Int(byte >> 4)])
        target.unicodeScalars.append(digits[Int(byte & 15)])
      }
    }
  }
}
