// What of an exchange an operator does not see: credentials, and what the configuration names. It is taken out before
// anything is looked at, so that no search, no count and no near miss can tell it either.
//
// - A header field by its name. What tells credentials apart stays: the scheme of Authorization, the names of cookies,
//   the attributes of Set-Cookie.
// - Members of JSON bodies by JSONPath (RFC 9535). A body in which something is redacted is written anew, without white
//   space; one that should be JSON and cannot be read (cut, compressed, too deep) is redacted whole.
// - Query parameters and form fields by the last name of each path: `$.user.password` redacts `password=…` in targets,
//   Referer, Location and forms too.
// - A redacted text of eight octets or more is also taken out where the same exchange repeats it.

import HTTPCore
package import JSONText

/// The secrets of a configuration, by name and place.
package struct JournalRedaction: Sendable {
  /// What stands in the place of a secret.
  package static let mark = "[redacted]"

  /// In lower case.
  package let headers: Set<String>
  package let paths: [JSONPath]
  /// Of query parameters and form fields.
  package let names: Set<String>

  /// Fields by name, and members of JSON bodies by path.
  package init(headers: [String], paths: [JSONPath]) {
    self.headers = Set(headers.map { FieldSyntax.lowercased($0) })
    self.paths = paths
    names = Set(paths.compactMap(\.lastName))
  }

  /// A secret of a request as it is repeated elsewhere: shorter ones are words that texts have anyway.
  static let minRepeatedLength = 8
  /// Secrets of one exchange that are looked for elsewhere, at most.
  static let maxRepeated = 64
}

/// Takes the secrets out of one exchange, and remembers them.
package struct Redactor {
  private let rules: JournalRedaction
  /// Secrets that may be repeated elsewhere in the exchange.
  private(set) var secrets: [[UInt8]] = []

  package init(_ rules: JournalRedaction) { self.rules = rules }

  private mutating func remember(_ secret: some Collection<UInt8>) {
    guard secret.count >= JournalRedaction.minRepeatedLength, secrets.count < JournalRedaction.maxRepeated else { return }
    let octets = Array(secret)
    if !secrets.contains(octets) { secrets.append(octets) }
  }

  // MARK: Fields

  /// The value of a field without its secrets.
  package mutating func value(_ value: [UInt8], ofField name: String) -> [UInt8] {
    let name = FieldSyntax.lowercased(name)
    guard rules.headers.contains(name) else {
      return ["referer", "location", "content-location"].contains(name) ? target(value) : value
    }
    switch name {
    case "authorization", "proxy-authorization": return credentials(value)
    case "cookie": return Self.pieces(value).map { cookie($0) }.joined(";")
    case "set-cookie":
      var pieces = Self.pieces(value)
      pieces[0] = cookie(pieces[0])
      return pieces.joined(";")
    default:
      remember(value)
      return Array(JournalRedaction.mark.utf8)
    }
  }

  private static let schemes = ["basic", "bearer", "digest", "negotiate", "hoba", "mutual", "vapid", "scram-sha-256", "aws4-hmac-sha256"]

  /// The scheme stays where it is one that is known (RFC 9110 §11.4).
  private mutating func credentials(_ value: [UInt8]) -> [UInt8] {
    let mark = Array(JournalRedaction.mark.utf8)
    guard let space = value.firstIndex(of: 0x20),
      Self.schemes.contains(FieldSyntax.lowercased(String(decoding: value[..<space], as: UTF8.self)))
    else {
      remember(value)
      return mark
    }
    remember(value[(space + 1)...])
    return value[...space] + mark
  }

  /// Splits at semicolons; at least one piece.
  private static func pieces(_ value: [UInt8]) -> [[UInt8]] {
    value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { Array($0) }
  }

  /// `name=value` without the value; a piece without a name is a value.
  private mutating func cookie(_ piece: [UInt8]) -> [UInt8] {
    let blanks = piece.prefix { $0 == 0x20 || $0 == 0x09 }
    let rest = piece.dropFirst(blanks.count)
    guard !rest.isEmpty else { return piece }
    guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else {
      remember(rest)
      return blanks + Array(JournalRedaction.mark.utf8)
    }
    remember(rest[(equals + 1)...])
    return Array(piece[...equals]) + Array(JournalRedaction.mark.utf8)
  }

  // MARK: Names and values

  /// A target or a URL whose query has no secrets.
  mutating func target(_ target: [UInt8]) -> [UInt8] {
    guard !rules.names.isEmpty, let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return target }
    let end = target[mark...].firstIndex(of: UInt8(ascii: "#")) ?? target.endIndex
    return Array(target[...mark]) + pairs(target[(mark + 1)..<end]) + Array(target[end...])
  }

  /// `name=value` pairs between ampersands, as queries and forms have them.
  private mutating func pairs(_ text: ArraySlice<UInt8>) -> [UInt8] {
    text.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { piece -> [UInt8] in
      guard let (name, value) = QueryParameters(Array(piece).span).spelledPairs.first, rules.names.contains(name),
        let equals = piece.firstIndex(of: UInt8(ascii: "="))
      else { return Array(piece) }
      remember(piece[(equals + 1)...])
      remember(ObsText.octets(value))
      return Array(piece[...equals]) + Array(JournalRedaction.mark.utf8)
    }.joined("&")
  }

  // MARK: Bodies

  /// A body without the secrets that its form or its JSON names.
  ///
  /// - Parameters:
  ///   - type: the value of Content-Type, `""` without one.
  ///   - isCoded: whether a content coding hides what it says.
  ///   - isCut: whether octets at its end are missing.
  package mutating func body(_ body: [UInt8], type: String, isCoded: Bool, isCut: Bool) -> [UInt8] {
    guard !rules.paths.isEmpty, !body.isEmpty else { return body }
    let type = FieldSyntax.lowercased(type)
    let mark = Array(JournalRedaction.mark.utf8)
    if type.hasPrefix("application/x-www-form-urlencoded") || type.hasPrefix("multipart/form-data") {
      guard !rules.names.isEmpty else { return body }
      if isCoded { return mark }
      if type.hasPrefix("application") { return pairs(body[...]) }
      return isCut ? mark : multipart(body, type: type)
    }
    let isSaidToBe = type.contains("json")
    let text = body.starts(with: [0xEF, 0xBB, 0xBF]) ? body[3...] : body[...]
    let first = text.first { $0 != 0x20 && !(0x09...0x0D).contains($0) }
    guard isSaidToBe || first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return body }
    if isCoded { return mark }
    guard var value = try? JSONValue(parsing: Array(text), limits: Self.limits) else { return mark }
    var isChanged = false
    for path in rules.paths {
      guard let (changed, nodes) = path.replacing(in: value, with: .string(JournalRedaction.mark)) else { return mark }
      for node in nodes { remember(node.value) }
      if !nodes.isEmpty { (value, isChanged) = (changed, true) }
    }
    return isChanged ? JSONWriter.octets(of: value) : body
  }

  /// Bounds of a body that is read to redact it: what the journal keeps of one is smaller, as a rule.
  private static let limits = JSONLimits(depth: 128, nodes: 1 << 18)

  private mutating func remember(_ value: JSONValue) {
    switch value {
    case .string(let text): remember(Array(text.utf8))
    case .number(let number): remember(Array(number.spelling.utf8))
    default: break
    }
  }

  /// The fields that are named, wherever their texts stand in the body.
  private func multipart(_ body: [UInt8], type: String) -> [UInt8] {
    let fields = FormFields.read(body, contentType: type) ?? []
    return fields.filter { rules.names.contains($0.name) }.reduce(body) { body, field in
      body.replacingAll(ObsText.octets(field.value), with: Array(JournalRedaction.mark.utf8))
    }
  }

  // MARK: Repetitions

  /// Octets without the secrets that were met so far.
  package func withoutRepetitions(_ octets: [UInt8]) -> [UInt8] {
    secrets.reduce(octets) { $0.replacingAll($1, with: Array(JournalRedaction.mark.utf8)) }
  }
}

extension [[UInt8]] {
  fileprivate func joined(_ separator: Unicode.Scalar) -> [UInt8] {
    [UInt8](joined(separator: CollectionOfOne(UInt8(ascii: separator))))
  }
}
