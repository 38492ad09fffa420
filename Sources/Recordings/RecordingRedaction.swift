// What a route keeps off the disk: fields of responses, and parameters of requests. A secret that tells recordings
// apart does so by a digest that is keyed with the store's secret.

package import HTTPCore

/// The secrets of one route, by name.
package struct RecordingRedaction: Sendable {
  /// Names in lower case.
  private let headers: Set<String>
  /// Names, decoded.
  private let query: Set<[UInt8]>
  /// Names, in lower case, of the request fields that say who asks: Authorization, Cookie, and what else is redacted.
  package let credentials: [String]

  /// Fields by name, in lower case, and query parameters by name, decoded.
  package init(headers: [String], query: [String]) {
    self.headers = Set(headers)
    self.query = Set(query.map { Array($0.utf8) })
    credentials = ["authorization", "cookie"] + self.headers.subtracting(["authorization", "cookie", "set-cookie"]).sorted()
  }

  /// Whether a query may have secrets.
  package var redactsQuery: Bool { !query.isEmpty }

  /// Whether the field's value stays off the disk.
  package func redacts(field name: String) -> Bool { headers.contains(FieldSyntax.lowercased(name)) }

  /// Whether a field of a response is for the client that caused the fetch, and for no other that shares it.
  package func isOfOneClient(field name: String) -> Bool {
    redacts(field: name) || FieldSyntax.equalIgnoringCase(name, "set-cookie") || FieldSyntax.equalIgnoringCase(name, "set-cookie2")
  }

  /// Whether the field, its name in lower case, is a secret in a key. What clients prove themselves with is one whether
  /// or not the route says so.
  package func isSecret(field name: String) -> Bool { headers.contains(name) || credentials.contains(name) }

  /// What tells one client's requests from another's; empty for a client without credentials.
  package func credentials(of head: borrowing RequestHead, _ bytes: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for name in credentials {
      guard let octets = head.octets(ofField: name, in: bytes) else { continue }
      result += "\(name) \(octets.count):".utf8
      result += octets
    }
    return result
  }

  /// The digest of a secret as a key has it. Where the store has no secret yet, it has no recording with such a key.
  package static func keyed(_ octets: [UInt8], _ secret: [UInt8]?) -> String {
    RecordingSecret.prefix + (secret.map { SHA256.hexAuthentication(of: octets, secret: $0) } ?? "unknown")
  }

  /// The raw query as a key has it.
  package func keyQuery(_ query: [UInt8], _ secret: [UInt8]?) -> [UInt8] {
    replacingSecrets(in: query) { Self.keyed(Array(RecordingKey.canonicalEscapes($0.span).utf8), secret) }
  }

  // MARK: As former versions had it: with a digest that anybody can compute

  /// A field's value.
  package func formerKeyValue(_ octets: [UInt8], ofField name: String) -> String {
    let value = String(decoding: octets, as: UTF8.self)
    return headers.contains(name) || name == "authorization" || name == "cookie" ? SHA256.hexDigest(of: value.utf8) : value
  }

  /// The raw query.
  package func formerKeyQuery(_ query: [UInt8]) -> [UInt8] {
    replacingSecrets(in: query) { "sha256:" + SHA256.hexDigest(of: RecordingKey.canonicalEscapes($0.span).utf8) }
  }

  // MARK: For people

  /// A request target or URL as people may read it.
  package func readable(_ target: String) -> String {
    guard !query.isEmpty, let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
    let query = Array(target.utf8[target.utf8.index(after: mark)...])
    return target[...mark] + String(decoding: replacingSecrets(in: query) { _ in "redacted" }, as: UTF8.self)
  }

  private func replacingSecrets(in raw: [UInt8], _ replacement: ([UInt8]) -> String) -> [UInt8] {
    if query.isEmpty { return raw }
    let pairs = raw.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { pair -> [UInt8] in
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")), query.contains(RecordingKey.decodedName(Array(pair[..<equals]))) else {
        return Array(pair)
      }
      return pair[...equals] + Array(replacement(Array(pair[(equals + 1)...])).utf8)
    }
    return Array(pairs.joined(separator: [UInt8(ascii: "&")]))
  }
}
