// The `to:` of a redirect: a URI reference with the route's own parameters in it, `/new/{**}`, and expressions,
// `/new?page={{query.p}}`. A parameter goes into it as the client sent it, escaped where it was and where no URI may
// have it plain; the value of an expression is percent-encoded. A Location is always a URI reference (RFC 9110 section
// 10.2.2), and never another host's.

import HTTPCore

/// The template of a Location field.
package struct RedirectTarget: Equatable, Sendable {
  package enum Part: Equatable, Sendable {
    case literal(String)
    /// A parameter of the path pattern.
    case parameter(String)
    /// What `**` matched.
    case rest
    case expression(TemplateExpression)
  }

  package let parts: [Part]

  package init(parts: [Part]) {
    self.parts = parts
  }

  /// Reads `to:`, a path or an http or https URL; the braces name parameters of the scope's pattern, and any name will
  /// do where that is nil.
  ///
  /// - Parameter place: names the place of an offset in characters, for the log.
  package init(parsing text: String, scope: TemplateScope, place: (Int) -> String = { _ in "" }) throws(TemplateError) {
    try Self.checkAuthority(of: text)
    var parts: [Part] = []
    var offset = 0
    for part in try TemplateReader.parts(of: text, scope: scope, place: place) {
      switch part {
      case .text(let literal): parts += try Self.parts(of: literal, at: offset, pattern: scope.pattern)
      case .expression(let expression, let range):
        offset = range.upperBound
        parts.append(Self.part(expression, scope.pattern))
      }
    }
    self.parts = parts
  }

  /// `{{path.id}}` by itself is `{id}`.
  private static func part(_ expression: TemplateExpression, _ pattern: PathPattern?) -> Part {
    switch expression.source {
    case .rest where expression.filters.isEmpty: .rest
    case .parameter(let position) where expression.filters.isEmpty:
      pattern.map { .parameter($0.parameterNames[position]) } ?? .expression(expression)
    default: .expression(expression)
    }
  }

  /// The parts of what stands between expressions, which begins at `offset` of the target.
  private static func parts(of text: String, at offset: Int, pattern: PathPattern?) throws(TemplateError) -> [Part] {
    var parts: [Part] = []
    var literal = ""
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "{" else {
        guard scalars[index].value > 0x20, scalars[index].value < 0x7F, scalars[index] != "\\" else {
          throw TemplateError(
            range: offset + index..<offset + index + 1, message: "a redirect target is a URI; percent-encode this character")
        }
        literal.unicodeScalars.append(scalars[index])
        index += 1
        continue
      }
      guard let close = scalars[index...].firstIndex(of: "}") else {
        throw TemplateError(
          range: offset + index..<offset + index + 1, message: "\"{\" without a \"}\"; write %7B for the character itself")
      }
      let name = String(String.UnicodeScalarView(scalars[index + 1..<close]))
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = ""
      if let pattern, let message = TemplateError.unknownParameter(name, pattern: pattern) {
        throw TemplateError(range: offset + index..<offset + close + 1, message: message)
      }
      parts.append(name == "**" ? .rest : .parameter(name))
      index = close + 1
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    return parts
  }

  /// A place in front of the path would let the client choose the host.
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

  /// Whether the target depends on the request's body.
  var needsBody: Bool {
    parts.contains { part in if case .expression(let expression) = part { expression.needsBody } else { false } }
  }

  private var hasExpressions: Bool { parts.contains { part in if case .expression = part { true } else { false } } }

  /// What the expressions come to for a request, percent-encoded, in their order.
  func values(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> [String] {
    if !hasExpressions { return [] }
    var values: [String] = []
    run.keepsOctets = true
    defer { run.keepsOctets = false }
    for part in parts {
      guard case .expression(let expression) = part else { continue }
      var octets: [UInt8] = []
      if let text = try run.value(of: expression, for: request).text { TemplateEscape.url.append(text, to: &octets) }
      values.append(String(decoding: octets, as: UTF8.self))
    }
    return values
  }

  /// The target for a path, as it was sent, that `pattern` matches; nil for one that cannot be normalised.
  ///
  /// - Parameter values: of the expressions; without them, a target that has some is nil.
  func location(for pattern: PathPattern, path: Span<UInt8>, query: [UInt8]?, values expressions: [String] = []) -> String? {
    guard let path = try? PathNormalization.normalizedEncoded(path), !hasExpressions || !expressions.isEmpty else { return nil }
    let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let rest = Array(segments.dropFirst(pattern.segments.count).joined(separator: "/".utf8))
    var values = ["**": String(decoding: rest, as: UTF8.self)]
    for (segment, sent) in zip(pattern.segments, segments) {
      if case .parameter(let name) = segment { values[name] = String(decoding: sent, as: UTF8.self) }
    }
    return render(path: { values[$0] }, query: query, values: expressions)
  }

  /// The target for one request. `path` gives a parameter, or what `**` matched by that name, as the client spelled it;
  /// `query` is the request's own, as it came, and is passed on unless the target has one.
  package func render(path: (String) -> String?, query: [UInt8]?, values: [String] = []) -> String {
    var target = ""
    var values = values[...]
    for part in parts {
      switch part {
      case .literal(let text): target += text
      case .parameter(let name): Self.append(path(name) ?? "", to: &target, staysPlain: ByteClass.pathSegment.contains)
      case .rest:
        Self.append(path("**") ?? "", to: &target) { $0 == UInt8(ascii: "/") || ByteClass.pathSegment.contains($0) }
      case .expression: target += values.popFirst() ?? ""
      }
    }
    // "//host" would be a reference to another host; a client must not be able to make one out of a path.
    if case .literal(let first)? = parts.first, first.hasPrefix("/"), !first.hasPrefix("//") { target = URIReference.onThisHost(target) }
    guard let query, !query.isEmpty, !target.contains("?") else { return target }
    let end = target.firstIndex(of: "#") ?? target.endIndex
    return target[..<end] + "?" + URIReference.query(query) + target[end...]
  }

  /// As the operator wrote it.
  package var shown: String {
    parts.map { part in
      switch part {
      case .literal(let text): text
      case .parameter(let name): "{\(name)}"
      case .rest: "{**}"
      case .expression(let expression): "{{\(expression.text)}}"
      }
    }.joined()
  }

  /// Appends a value. In the target's query what would end a parameter, or mean a space, is no part of it.
  private static func append(_ text: String, to target: inout String, staysPlain: (UInt8) -> Bool) {
    let octets = Array(text.utf8)
    let isInQuery = target.contains("?")
    for (index, octet) in octets.enumerated() {
      let isEscape =
        octet == UInt8(ascii: "%") && index + 2 < octets.count && Octet.hexValue(octets[index + 1]) != nil
        && Octet.hexValue(octets[index + 2]) != nil
      if isEscape || staysPlain(octet) && !(isInQuery && "&;=+".utf8.contains(octet)) {
        target.unicodeScalars.append(Unicode.Scalar(octet))
      } else {
        target += String(decoding: Octet.escaped(octet), as: UTF8.self)
      }
    }
  }
}
