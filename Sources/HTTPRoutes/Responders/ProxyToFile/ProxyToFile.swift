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
  let prefixLength: Int

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
        if !isStale(entry.recordedAt, request.now), let answer = entry.answer(request) {
          request.origin.attribute(to: .recorded)
          return answer
        }
        cache.replace(entry)
      }
    }
    return lookUp(request, isCacheable ? cache : nil)
  }

  private func lookUp(_ request: borrowing RequestValues, _ cache: RecordingCache?) -> Answer {
    let sought = sought(request, bodyDigest: nil, secret: knownSecret(request))
    let clock = FileContent.clock()
    switch store.find(sought, plainPath: plainPath(request)) {
    case .found(let recording):
      if isStale(recording.recordedAt, request.now) { return fetch(request) }
      let response = RecordingResponse(recording, self, prefix: split(request).prefix, now: request.now)
      // A task can log.
      if let notice = response.notice, notices.isPending(notice) { return fetch(request) }
      request.origin.attribute(to: .recorded)
      return response.answer(request, store: store, cache: cache, clock: clock)
    case .missing(let miss):
      guard upstream != nil, options.mode != .replay else {
        // Whose the others are takes a look into their heads.
        if miss.hasPrivate { return fetch(request) }
        request.origin.attribute(to: .missed)
        return self.miss(sought, reason(miss))
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

  /// A request whose recording is not known without its body, or without a look at several heads, does not wait.
  package func recordedDuration(_ request: borrowing RequestValues) -> Duration? {
    guard [.replay, .once, .refresh].contains(options.mode), !needsBody(request.head) else { return nil }
    let sought = sought(request, bodyDigest: nil, secret: knownSecret(request))
    guard case .found(let recording) = store.find(sought, plainPath: plainPath(request)), !isStale(recording.recordedAt, request.now),
      let milliseconds = recording.head?.head.durationMilliseconds
    else { return nil }
    return min(max(.milliseconds(milliseconds), .zero), AnswerDelay.longest)
  }

  private func isStale(_ recordedAt: Int64, _ now: Int64) -> Bool {
    options.mode == .refresh && now - recordedAt >= options.refreshAfter.components.seconds
  }

  // MARK: Tasks

  private func fetch(_ request: borrowing RequestValues) -> Answer {
    let kept = KeptRequest(request)
    return .task { request in try await MissedRequest(self, request, kept).run() }
  }

  private func forward(_ request: borrowing RequestValues) -> Answer {
    let kept = KeptRequest(request)
    return .task { request in try await MissedRequest(self, request, kept).forward() }
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
