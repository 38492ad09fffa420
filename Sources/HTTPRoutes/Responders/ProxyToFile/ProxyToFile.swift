// `proxy_to_file`: answers of another server, replayed from files, and fetched into them.
//
//   answer ─ known to this thread, unchanged on disk ──────────────────────────────────────────→ from memory, or sendfile
//          ─ RecordingStore.find ─ found ─ fresh enough ───────────────────────────────────────→ FileResponse
//                                ─ missing, or to be fetched anyway ─ Flight (joined) → streamed as it arrives
//                                ─ missing, and no network ────────────────────────────────────→ 404

package import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import JSONText
import Logging
import Reactor
import Recordings
import Synchronization
import UpstreamClient

package struct ProxyToFile: Responder {
  let options: ProxyToFileOptions
  let context: ResponderContext
  let store: RecordingStore
  /// Fetches into the store.
  let flights: FlightBoard
  let upstream: UpstreamLocation?
  let redaction: RecordingRedaction
  let notices = RecordingNotices()
  /// Tells this route's entries in a thread's cache from others'.
  private let identity: UInt64
  /// The request fields, besides those of the key, that tell one client's entries in a thread's cache from another's.
  private let cachedCredentials: [String]
  /// Segments of a path that are the route's own, before what the upstream is asked for.
  private let prefixLength: Int

  package init(_ options: ProxyToFileOptions, context: ResponderContext) {
    self.options = options
    self.context = context
    let shared = context.states.proxiedStore(root: options.store)
    (store, flights) = (shared.recordings, shared.flights)
    if options.upstream != nil, options.mode != .replay { store.isRecorded.store(true, ordering: .relaxed) }
    upstream = options.upstream.map { UpstreamLocation($0) }
    redaction = RecordingRedaction(headers: options.redactedHeaders, query: options.redactedQuery)
    cachedCredentials = options.credentials == .share ? [] : redaction.credentials
    identity = SerialNumber.next()
    // A pattern with parameters and no `**` asks for the whole path: the upstream's URL alone would be the same for all
    // of them.
    prefixLength = context.pattern.hasRest || context.pattern.parameterNames.isEmpty ? context.pattern.segments.count : 0
  }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    switch options.mode {
    case .passthrough:
      return forward(request)
    case .record:
      return fetch(request)
    case .replay, .once, .refresh:
      break
    }
    // A key with the body's digest needs the body.
    if needsBody(request.head) { return fetch(request) }
    let isCacheable = request.head.knownMethod == .get || request.head.knownMethod == .head
    let cache = request.reactor.local { RecordingCache() }
    if isCacheable {
      let entry = cache.current(
        identity, request.head, request.bytes, options.key.headers, credentials: cachedCredentials, now: request.now,
        turn: request.reactor.turnCount)
      if let entry {
        if !isStale(entry.recordedAt, request.now), let answer = entry.answer(request) { return answer }
        cache.replace(entry)
      }
    }
    return lookUp(request, isCacheable ? cache : nil)
  }

  private func lookUp(_ request: borrowing RequestValues, _ cache: RecordingCache?) -> Answer {
    let sought = sought(request.head, request.bytes.copied, bodyDigest: nil, secret: knownSecret(request.head, request.bytes))
    let clock = FileContent.clock()
    switch store.find(sought, plainPath: plainPath(request)) {
    case .found(let recording):
      if isStale(recording.recordedAt, request.now) { return fetch(request) }
      let response = RecordingResponse(recording, self, prefix: prefix(request), now: request.now)
      // A task can log.
      if let notice = response.notice, notices.isPending(notice) { return fetch(request) }
      return response.answer(request, store: store, cache: cache, clock: clock)
    case .missing(let miss):
      guard upstream != nil, options.mode != .replay else {
        // Whose the others are takes a look into their heads.
        return miss.hasPrivate ? fetch(request) : self.miss(sought, reason(miss))
      }
      return fetch(request)
    // A task can wait for one.
    case .outOfDescriptors: return fetch(request)
    case .damaged(let reason):
      return .task { [context] request in
        request.logger.error("recording cannot be used", metadata: ["reason": "\(reason)"])
        try await request.send(Self.json(500, [("error", "the recording cannot be used"), ("reason", reason)], context))
      }
    }
  }

  /// Whether it takes the request's body to know its key.
  func needsBody(_ head: borrowing RequestHead) -> Bool { options.key.body != .none && head.framing != .none }

  private func isStale(_ recordedAt: Int64, _ now: Int64) -> Bool {
    options.mode == .refresh && now - recordedAt >= options.refreshAfter.components.seconds
  }

  // MARK: What a request asks for

  /// What the store is asked for.
  ///
  /// - Parameters:
  ///   - bytes: what the head's offsets point into.
  ///   - secret: the store's; nil where it has none.
  func sought(_ head: RequestHead, _ bytes: [UInt8], bodyDigest: String?, secret: [UInt8]?) -> SoughtRecording {
    let method = String(decoding: bytes[head.method], as: UTF8.self)
    let path = storePath(head, bytes.span)
    let fields = HeadFields(head, bytes)
    let query = head.query.map { Array(bytes[$0]) }
    let url = upstream.map { RecordingKey.upstream(ofURL: $0.url(path: split(head, bytes.span).path, query: nil)) }
    func key(_ value: (String) -> String?, _ query: [UInt8]?) -> RecordingKey {
      RecordingKey(
        method: method, path: path, query: query.flatMap { RecordingKey.canonicalQuery($0.span, options.key.query) },
        headers: options.key.headers.compactMap { name in value(name).map { RecordingKey.Header(name: name, value: $0) } },
        bodyDigest: bodyDigest, upstream: url)
    }
    let own = key(
      { name in redaction.isSecret(field: name) ? fields.octets(name).map { RecordingRedaction.keyed($0, secret) } : fields.value(name) },
      query.map { redaction.keyQuery($0, secret) })
    let former =
      hasKeyedSecrets
      ? key({ name in fields.octets(name).map { redaction.formerKeyValue($0, ofField: name) } }, query.map { redaction.formerKeyQuery($0) })
      : own
    return SoughtRecording(
      own, former: former, owner: owner(redaction.credentials(of: head, bytes.span), secret), credentials: options.credentials,
      fields: fields)
  }

  private func owner(_ credentials: [UInt8], _ secret: [UInt8]?) -> RecordingKey.Owner? {
    if credentials.isEmpty { return .nobody }
    return secret.map { .client(digest: SHA256.hexAuthentication(of: credentials, secret: $0)) }
  }

  /// Whether a key of this route may have secrets in it.
  private var hasKeyedSecrets: Bool { redaction.redactsQuery || options.key.headers.contains { redaction.isSecret(field: $0) } }

  /// Whether it takes the store's secret to know what a request asks for.
  private func needsSecret(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Bool {
    hasKeyedSecrets || redaction.credentials.contains { head.octets(ofField: $0, in: bytes) != nil }
  }

  func knownSecret(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> [UInt8]? {
    needsSecret(head, bytes) ? store.secret.known(in: store.root) : nil
  }

  /// The same for a recording: made, away from the thread, where the store has none.
  func madeSecret(_ request: Request) async -> [UInt8]? {
    guard needsSecret(request.head, request.headBytes.span) else { return nil }
    if let known = store.secret.known(in: store.root) { return known }
    return await BackgroundThread.run { [store] in store.secret.made(in: store.root) }
  }

  /// The part of the key that a request's body is.
  func digest(ofBody body: [UInt8]) -> String {
    SHA256.hexDigest(of: options.key.body == .json ? CanonicalJSON.spelling(of: body) ?? body : body)
  }

  /// What the store mirrors: the path below the route, or the whole of it where the pattern has no `**`.
  private func storePath(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> String {
    context.pattern.hasRest ? split(head, bytes).path : canonicalPath(head, bytes)
  }

  /// Routing lets no path through that has no canonical form.
  private func canonicalPath(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> String {
    (try? PathNormalization.canonicalEncoded(bytes.extracting(head.path))) ?? "/"
  }

  /// The canonical path in two: the route's own, and what the upstream is asked for.
  func split(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> (prefix: String, path: String) {
    // Routing merges slashes, so empty segments before the second part do not count.
    let path = Array(canonicalPath(head, bytes).utf8)
    var index = 0
    for _ in 0..<prefixLength {
      while index < path.count, path[index] == UInt8(ascii: "/") { index += 1 }
      while index < path.count, path[index] != UInt8(ascii: "/") { index += 1 }
    }
    return (String(decoding: path[..<index], as: UTF8.self), String(decoding: path[index...], as: UTF8.self))
  }

  private func prefix(_ request: borrowing RequestValues) -> String { split(request.head, request.bytes).prefix }

  /// Where a static file server would look; nil for what is no name of a file, or is not text.
  private func plainPath(_ request: borrowing RequestValues) -> String? {
    if request.hasEncodedSlash { return nil }
    let range = request.match.rest(in: request.path) ?? min(1, request.path.count)..<request.path.count
    return String(validating: request.path.extracting(range).copied, as: UTF8.self)
  }

  // MARK: Tasks

  private func fetch(_ request: borrowing RequestValues) -> Answer {
    let plainPath = plainPath(request)
    return .task { request in try await MissedRequest(self, request, plainPath: plainPath).run() }
  }

  private func forward(_ request: borrowing RequestValues) -> Answer {
    .task { request in try await MissedRequest(self, request, plainPath: nil).forward() }
  }

  // MARK: Answers without a recording

  /// - Parameter reason: what there is all the same, and why it does not answer.
  func miss(_ sought: SoughtRecording, _ reason: String?) -> Answer {
    let miss = options.onMiss
    if let body = miss.body {
      let fields = context.fields([FieldLine("Content-Type", miss.contentType), FieldLine("Cache-Control", "no-store")])
      return .bytes(status: miss.status, fields: fields, body: body)
    }
    let names = sought.names
    return Self.json(
      miss.status,
      [
        ("error", "nothing is recorded for this request"), ("key", sought.key.requestLines.joined(separator: "\n")),
        ("looked_for", store.absolute(names.path(names.plainBase))), ("head_file", store.absolute(names.headPath)),
      ] + (reason.map { [("reason", $0)] } ?? []), context)
  }

  /// Why what is recorded does not answer, if that is why nothing does.
  func reason(_ miss: RecordingMiss) -> String? {
    miss.otherUpstream.map { recorded in
      "it was recorded from \(redaction.readable(recorded)), which is not this route's upstream; a route without upstream replays it"
    }
  }

  static let credentialsReason =
    "it is recorded for other credentials (Authorization, Cookie) than this request has; credentials: share replays it to every client"

  func failure(_ error: UpstreamError, _ logger: Logger) -> Answer {
    let status = error.isTimeout ? 504 : 502
    logger.warning("upstream failed", metadata: ["upstream": "\(error.upstream ?? options.upstream ?? "")", "reason": "\(error.reason)"])
    return Self.json(
      status,
      [("error", ReasonPhrase.phrase(for: status)), ("upstream", error.upstream ?? options.upstream ?? ""), ("reason", error.reason)],
      context)
  }

  static func json(_ status: Int, _ members: [(name: String, value: String)], _ context: ResponderContext) -> Answer {
    var body = Array("{\n  \"status\": \(status)".utf8)
    for member in members {
      body += ",\n  \"\(member.name)\": ".utf8
      JSONString.append(member.value, care: .showing, to: &body)
    }
    body += "\n}\n".utf8
    return .bytes(
      status: status, fields: context.fields([FieldLine("Content-Type", "application/json"), FieldLine("Cache-Control", "no-store")]),
      body: body)
  }
}

extension ProxyToFileOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { ProxyToFile(self, context: context) }
}
