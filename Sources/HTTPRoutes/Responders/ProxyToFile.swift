// `proxy_to_file`: answers of another server, replayed from files, and fetched into them.
//
//   answer ─ known to this thread, unchanged on disk ──────────────────────────────────────────→ from memory, or sendfile
//          ─ RecordingStore.find ─ found ─ fresh enough ───────────────────────────────────────→ FileResponse
//                                ─ missing, or to be fetched anyway ─ RecordingFlight (joined) → streamed as it arrives
//                                ─ missing, and no network ────────────────────────────────────→ 404

package import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import Logging
import Reactor
import Synchronization
import UpstreamClient

package struct ProxyToFile: Responder {
  let options: ProxyToFileOptions
  let context: ResponderContext
  let store: RecordingStore
  let upstream: UpstreamLocation?
  let redaction: RecordingRedaction
  let notices = RecordingNotices()
  /// Tells this route's entries in a thread's cache from others'.
  private let identity: UInt64
  /// Segments of a path that are the route's own, before what the upstream is asked for.
  private let prefixLength: Int

  package init(_ options: ProxyToFileOptions, context: ResponderContext) {
    self.options = options
    self.context = context
    store = RecordingStore.shared(root: options.store)
    if options.upstream != nil, options.mode != .replay { store.isRecorded.store(true, ordering: .relaxed) }
    upstream = options.upstream.map { UpstreamLocation($0) }
    redaction = RecordingRedaction(headers: options.redactedHeaders, query: options.redactedQuery)
    identity = RecordingCache.makeIdentity()
    // A pattern with parameters and no `**` asks for the whole path: the upstream's URL alone would be the same for all of them.
    prefixLength = context.pattern.hasRest || context.pattern.parameterNames.isEmpty ? context.pattern.segments.count : 0
  }

  package func answer(_ request: borrowing RoutedRequest, path: Span<UInt8>, bytes: Span<UInt8>) -> Answer {
    switch options.mode {
    case .passthrough:
      return forward(request, bytes)
    case .record:
      return fetch(request, path, bytes, key: needsBody(request) ? nil : key(request, bytes, bodyDigest: nil))
    case .replay, .once, .refresh:
      break
    }
    // A key with the body's digest needs the body.
    if needsBody(request) { return fetch(request, path, bytes, key: nil) }
    let isCacheable = request.head.knownMethod == .get || request.head.knownMethod == .head
    let cache = request.reactor.local { RecordingCache() }
    if isCacheable {
      let entry = cache.current(
        identity, request.head, bytes, options.key.headers, now: request.now, turn: request.reactor.turnCount)
      if let entry {
        if !isStale(entry.recordedAt, request.now), let answer = entry.answer(request, bytes) { return answer }
        cache.replace(entry)
      }
    }
    return lookUp(request, path, bytes, isCacheable ? cache : nil)
  }

  private func lookUp(_ request: borrowing RoutedRequest, _ path: Span<UInt8>, _ bytes: Span<UInt8>, _ cache: RecordingCache?) -> Answer {
    let key = key(request, bytes, bodyDigest: nil)
    let clock = FileContent.clock()
    switch store.find(key, plainPath: plainPath(request, path)) {
    case .found(let recording):
      if isStale(recording.recordedAt, request.now) { return fetch(request, path, bytes, key: key) }
      let response = RecordingResponse(recording, self, prefix: prefix(request, bytes), now: request.now)
      // A task can log.
      if let notice = response.notice, notices.isPending(notice) { return fetch(request, path, bytes, key: key) }
      return response.answer(request, bytes, store: store, cache: cache, clock: clock)
    case .missing:
      guard upstream != nil, options.mode != .replay else { return miss(key) }
      return fetch(request, path, bytes, key: key)
    // A task can wait for one.
    case .outOfDescriptors: return fetch(request, path, bytes, key: key)
    case .damaged(let reason):
      return .task { [context] request in
        request.logger.error("recording cannot be used", metadata: ["reason": "\(reason)"])
        try await request.send(Self.json(500, [("error", "the recording cannot be used"), ("reason", reason)], context))
      }
    }
  }

  private func needsBody(_ request: borrowing RoutedRequest) -> Bool { options.key.body != .none && request.head.framing != .none }

  private func isStale(_ recordedAt: Int64, _ now: Int64) -> Bool {
    options.mode == .refresh && now - recordedAt >= options.refreshAfter.components.seconds
  }

  // MARK: What a request asks for

  func key(_ request: borrowing RoutedRequest, _ bytes: Span<UInt8>, bodyDigest: String?) -> RecordingKey {
    key(request.head, bytes, bodyDigest: bodyDigest)
  }

  func key(_ head: borrowing RequestHead, _ bytes: Span<UInt8>, bodyDigest: String?) -> RecordingKey {
    let headers = options.key.headers.compactMap { name in
      combinedValue(name, head, bytes).map { RecordingKey.Header(name: name, value: redaction.keyValue($0, ofField: name)) }
    }
    return RecordingKey(
      method: String(decoding: bytes.extracting(head.method).copied, as: UTF8.self), path: storePath(head, bytes),
      query: head.query.flatMap { RecordingKey.canonicalQuery(redaction.keyQuery(bytes.extracting($0).copied).span, options.key.query) },
      headers: headers,
      bodyDigest: bodyDigest)
  }

  /// The part of the key that a request's body is.
  func digest(ofBody body: [UInt8]) -> String {
    SHA256.hexDigest(of: options.key.body == .json ? CanonicalJSON.spelling(of: body) ?? body : body)
  }

  private func combinedValue(_ name: String, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> String? {
    let known = KnownField(name)
    if known != .other { return head.combinedValue(of: known, in: bytes) }
    var values: [String] = []
    for field in head.fields where FieldSyntax.equalIgnoringCase(String(decoding: bytes.extracting(field.name).copied, as: UTF8.self), name)
    {
      values.append(String(decoding: bytes.extracting(field.value).copied, as: UTF8.self))
    }
    return values.isEmpty ? nil : values.joined(separator: ", ")
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

  private func prefix(_ request: borrowing RoutedRequest, _ bytes: Span<UInt8>) -> String { split(request.head, bytes).prefix }

  /// Where a static file server would look; nil for what is no name of a file, or is not text.
  private func plainPath(_ request: borrowing RoutedRequest, _ path: Span<UInt8>) -> String? {
    if request.hasEncodedSlash { return nil }
    let range = request.match.rest(in: path) ?? min(1, path.count)..<path.count
    return String(validating: path.extracting(range).copied, as: UTF8.self)
  }

  // MARK: Tasks

  private func fetch(_ request: borrowing RoutedRequest, _ path: Span<UInt8>, _ bytes: Span<UInt8>, key: RecordingKey?) -> Answer {
    let plainPath = plainPath(request, path)
    return .task { request in try await ProxyFetch(self, request, plainPath: plainPath).run(key) }
  }

  private func forward(_ request: borrowing RoutedRequest, _ bytes: Span<UInt8>) -> Answer {
    .task { request in try await ProxyFetch(self, request, plainPath: nil).forward() }
  }

  // MARK: Answers without a recording

  func miss(_ key: RecordingKey) -> Answer {
    let miss = options.onMiss
    if let body = miss.body {
      let fields = context.fields([("Content-Type", miss.contentType), ("Cache-Control", "no-store")])
      return .bytes(status: miss.status, fields: fields, body: body)
    }
    let names = RecordingNames(key)
    return Self.json(
      miss.status,
      [
        ("error", "nothing is recorded for this request"), ("key", key.lines.joined(separator: "\n")),
        ("looked_for", store.absolute(names.path(names.bodyBase))), ("head_file", store.absolute(names.headPath)),
      ], context)
  }

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
      body += ",\n  \"\(member.name)\": \"".utf8
      JSONSpelling.appendEscaped(member.value, care: .showing, to: &body)
      body.append(UInt8(ascii: "\""))
    }
    body += "\n}\n".utf8
    return .bytes(
      status: status, fields: context.fields([("Content-Type", "application/json"), ("Cache-Control", "no-store")]), body: body)
  }
}

extension ProxyToFileOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { ProxyToFile(self, context: context) }
}
