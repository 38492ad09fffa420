// What a request asks the store and the upstream for, made from the one view of the request.

import AsyncHTTPServer
import HTTPCore
import JSONText
import Reactor
import Recordings

extension ProxyToFile {
  /// What the store is asked for.
  ///
  /// - Parameters:
  ///   - bodyDigest: the part of the key that the body is; nil where the key has none.
  ///   - secret: the store's; nil where it has none.
  func sought(_ request: borrowing RequestValues, bodyDigest: String?, secret: [UInt8]?) -> SoughtRecording {
    let fields = request.keptFields
    let own = key(request, query: { redaction.keyQuery($0, secret) }, bodyDigest: bodyDigest) { name in
      redaction.isSecret(field: name) ? fields.octets(name).map { RecordingRedaction.keyed($0, secret) } : fields.value(name)
    }
    let former =
      hasKeyedSecrets
      ? key(request, query: { redaction.formerKeyQuery($0) }, bodyDigest: bodyDigest) { name in
        fields.octets(name).map { redaction.formerKeyValue($0, ofField: name) }
      } : own
    let owner = owner(redaction.credentials(of: request.head, request.bytes), secret)
    return SoughtRecording(own, former: former, owner: owner, credentials: options.credentials, fields: fields)
  }

  /// - Parameters:
  ///   - query: what the key has of the raw query.
  ///   - value: what the key has of a field; nil for a field that the request does not have.
  private func key(
    _ request: borrowing RequestValues, query: ([UInt8]) -> [UInt8], bodyDigest: String?, _ value: (String) -> String?
  ) -> RecordingKey {
    let path = split(request).path
    return RecordingKey(
      method: ObsText.text(request.bytes.extracting(request.head.method).copied),
      path: context.pattern.hasRest ? path : canonicalPath(request),
      query: request.query.flatMap { RecordingKey.canonicalQuery(query($0).span, options.key.query) },
      headers: options.key.headers.compactMap { name in value(name).map { RecordingKey.Header(name: name, value: $0) } },
      bodyDigest: bodyDigest, upstream: upstream.map { RecordingKey.upstream(ofURL: $0.url(path: path, query: nil)) })
  }

  private func owner(_ credentials: [UInt8], _ secret: [UInt8]?) -> RecordingKey.Owner? {
    if credentials.isEmpty { return .nobody }
    return secret.map { .client(digest: SHA256.hexAuthentication(of: credentials, secret: $0)) }
  }

  // MARK: The secret

  /// Whether a key of this route may have secrets in it.
  private var hasKeyedSecrets: Bool { redaction.redactsQuery || options.key.headers.contains { redaction.isSecret(field: $0) } }

  /// Whether it takes the store's secret to know what a request asks for.
  private func needsSecret(_ request: borrowing RequestValues) -> Bool {
    if hasKeyedSecrets { return true }
    for name in redaction.credentials where request.octets(ofField: name) != nil { return true }
    return false
  }

  /// The secret for the key of a request that is looked up; nil where it needs none, or the store has none.
  func knownSecret(_ request: borrowing RequestValues) -> [UInt8]? {
    needsSecret(request) ? store.secret.known(in: store.root) : nil
  }

  /// The same for a request whose answer is recorded: made, away from the thread, where the store has none.
  func madeSecret(_ request: Request, _ kept: KeptRequest) async -> [UInt8]? {
    guard kept.withValues(of: request, { needsSecret($0) }) else { return nil }
    if let known = store.secret.known(in: store.root) { return known }
    return await BackgroundThread.run { [store] in store.secret.made(in: store.root) }
  }

  // MARK: The body

  /// Whether it takes the request's body to know its key.
  func needsBody(_ head: borrowing RequestHead) -> Bool { options.key.body != .none && head.framing != .none }

  /// The part of the key that a request's body is.
  func digest(ofBody body: [UInt8]) -> String {
    SHA256.hexDigest(of: options.key.body == .json ? CanonicalJSON.spelling(of: body) ?? body : body)
  }

  // MARK: The path

  /// Routing lets no path through that has no canonical form.
  private func canonicalPath(_ request: borrowing RequestValues) -> String {
    (try? PathNormalization.canonicalEncoded(request.bytes.extracting(request.head.path))) ?? "/"
  }

  /// The canonical path in two: the route's own, and what the upstream is asked for.
  func split(_ request: borrowing RequestValues) -> (prefix: String, path: String) {
    // Routing merges slashes, so empty segments before the second part do not count.
    let path = Array(canonicalPath(request).utf8)
    var index = 0
    for _ in 0..<prefixLength {
      while index < path.count, path[index] == UInt8(ascii: "/") { index += 1 }
      while index < path.count, path[index] != UInt8(ascii: "/") { index += 1 }
    }
    return (String(decoding: path[..<index], as: UTF8.self), String(decoding: path[index...], as: UTF8.self))
  }

  /// What the upstream of this route is asked for; empty for a route without one.
  func upstreamURL(_ request: borrowing RequestValues) -> String {
    upstream?.url(path: split(request).path, query: request.query) ?? ""
  }

  /// Where a static file server would look; nil for what is no name of a file, or is not text.
  func plainPath(_ request: borrowing RequestValues) -> String? {
    if request.hasEncodedSlash { return nil }
    let range = request.match.rest(in: request.path) ?? min(1, request.path.count)..<request.path.count
    return String(validating: request.path.extracting(range).copied, as: UTF8.self)
  }
}
