// What a route keeps off the disk: fields of responses, and parameters of requests. A secret that tells recordings apart does so by its digest.

import HTTPCore

struct RecordingRedaction: Sendable {
  /// Names in lower case.
  private let headers: Set<String>
  /// Names, decoded.
  private let query: Set<[UInt8]>

  init(headers: [String], query: [String]) {
    self.headers = Set(headers)
    self.query = Set(query.map { Array($0.utf8) })
  }

  /// Whether the field's value stays off the disk.
  func redacts(field name: String) -> Bool { headers.contains(FieldSyntax.lowercased(name)) }

  /// The value as a key has it. What clients prove themselves with is a secret whether or not the route says so.
  func keyValue(_ value: String, ofField name: String) -> String {
    headers.contains(name) || name == "authorization" || name == "cookie" ? SHA256.hexDigest(of: value.utf8) : value
  }

  /// The raw query as a key has it.
  func keyQuery(_ query: [UInt8]) -> [UInt8] {
    replacingSecrets(in: query) { "sha256:" + SHA256.hexDigest(of: RecordingKey.canonicalEscapes($0.span).utf8) }
  }

  /// A request target or URL as people may read it.
  func readable(_ target: String) -> String {
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
