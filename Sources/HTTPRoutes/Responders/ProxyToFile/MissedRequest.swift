// What a request does that a recording does not answer: join the fetch of its key or begin it, and pass on what
// arrives.

import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import Logging
import Reactor
import Recordings
import Synchronization
import SystemPackage
import UpstreamClient

struct MissedRequest {
  private let route: ProxyToFile
  private let request: Request
  private let kept: KeptRequest

  init(_ route: ProxyToFile, _ request: Request, _ kept: KeptRequest) {
    self.route = route
    self.request = request
    self.kept = kept
  }

  /// Milliseconds that a response's head waits for the first byte of its content, or its end, before it goes to the
  /// client.
  static let patienceForContent: Milliseconds = 250

  private var now: Int64 { request.reactor.wallClockSeconds }
  /// The route's own part of the path.
  private var prefix: String { kept.withValues(of: request) { route.split($0).prefix } }

  // MARK: Recorded

  /// Answers from a recording, or else from a fetch.
  func run() async throws {
    guard let content = try await requestContent() else { return }
    let digest = route.needsBody(request.head) ? await content.digest(for: route) : nil
    guard route.upstream != nil, route.options.mode != .replay else { return try await replay(digest) }
    let secret = await route.madeSecret(request, kept)
    let sought = kept.withValues(of: request) { route.sought($0, bodyDigest: digest, secret: secret) }
    route.store.sweepOnce()
    var key = FlightKey(sought.key, credentials: route.redaction.credentials(of: request.head, request.headBytes.span))
    // What a body says that is sent and not in the key may differ from one request to the next.
    if !content.isNone, digest == nil { key.close() }
    // A flight that was called off, because the recording was there after all or because its thread ended, is not
    // joined twice; nor one whose answer turned out to be for other requests.
    for attempt in 1...Self.maxAttempts {
      if attempt == Self.maxAttempts { key.close() }
      let (flight, reader) = route.flights.join(key)
      defer { route.flights.leave(flight, reader, key) }
      // A writer ends its flight after it publishes, so with a flight of ours in place there is no recording that
      // this request does not know of.
      let (found, miss) = try await recorded(sought)
      if let found, route.options.mode != .record, !found.isStale {
        callOff(flight, key)
        return try await send(found.recording)
      }
      let isOwn = start(flight, key, sought, content)
      if isOwn, let reason = miss.flatMap(route.reason) { request.logger.notice("fetched anew", metadata: ["reason": "\(reason)"]) }
      switch try await answer(from: flight, reader, sought, isOwn: isOwn, old: found?.recording) {
      case .answered: return
      case .calledOff: continue
      case .isForOthers(let vary): key.tell(apart: vary)
      }
    }
    try await fail(.cancelled)
  }

  /// Answers without the network.
  private func replay(_ digest: String?) async throws {
    let sought = kept.withValues(of: request) { route.sought($0, bodyDigest: digest, secret: route.knownSecret($0)) }
    let (found, miss) = try await recorded(sought)
    if let found { return try await send(found.recording) }
    var reason = miss.flatMap(route.reason)
    if miss?.hasPrivate == true, await route.store.privateRecording(of: sought) != nil { reason = ProxyToFile.credentialsReason }
    if let reason { request.logger.notice("nothing replayed", metadata: ["reason": "\(reason)"]) }
    request.attribute(to: .missed)
    try await request.send(route.miss(sought, reason))
  }

  private static let maxAttempts = 4

  private enum Outcome {
    case answered
    case calledOff
    /// The answer is for requests that have other values than this one for these fields.
    case isForOthers([RecordingKey.Header])
  }

  /// Passes on what the flight brings.
  ///
  /// - Parameter isOwn: whether this request caused the fetch: to others goes nothing of it that is one client's.
  private func answer(
    from flight: Flight, _ reader: Int, _ sought: SoughtRecording, isOwn: Bool, old: Recording?
  ) async throws -> Outcome {
    let old = route.options.mode == .refresh ? old : nil
    var head: Flight.Head
    switch try await flight.head(reader) {
    case .failure(.cancelled): return .calledOff
    case .failure(let error):
      if let old { try await sendStale(old, "\(error)") } else { try await fail(error) }
      return .answered
    case .success(let arrived): head = arrived
    }
    if !isOwn {
      let values = sought.fields.map { head.audience.values(in: $0) } ?? []
      let isSingular = head.audience.isSingular && route.options.credentials != .share
      if isSingular || values != head.varied { return .isForOthers(values) }
      head.fields.removeAll { route.redaction.isOfOneClient(field: $0.name) }
    }
    if let old, head.status >= 500, !route.isWorthSaving(head.status) {
      try await sendStale(old, "the upstream answers \(head.status)")
      return .answered
    }
    request.attribute(to: !route.isWorthSaving(head.status) ? .passed : old == nil ? .fetched : .refreshed)
    let representation = representation(head)
    switch representation.decide(request.head, request.headBytes.span, now: now) {
    case .parts(let ranges) where ranges.count == 1 && head.contentLength != nil:
      try await send(ranges[0], of: representation, flight, reader)
    case .whole, .parts: try await sendWhole(head, flight, reader)
    case .unsatisfiable where head.contentLength == nil: try await sendWhole(head, flight, reader)
    case .notModified: try await request.send(representation.withoutContent(.notModified))
    case .preconditionFailed: try await request.send(representation.withoutContent(.preconditionFailed))
    case .unsatisfiable: try await request.send(representation.withoutContent(.unsatisfiable))
    }
    return .answered
  }

  /// What is being fetched, as far as its head tells; the recording that it becomes decides alike.
  private func representation(_ head: Flight.Head) -> FileResponse {
    func value(_ name: String) -> String? { head.fields.first { FieldSyntax.equalIgnoringCase($0.name, name) }?.value }
    return FileResponse(
      statusCode: head.status, size: head.contentLength ?? 0, entityTag: value("etag").flatMap { EntityTag($0) },
      lastModified: value("last-modified").flatMap { HTTPDate.parse($0, now: now) },
      contentType: value("content-type") ?? MediaType.octetStream, isCoded: value("content-encoding") != nil,
      fields: route.context.fields(rewritten(head.fields)))
  }

  private func sendWhole(_ head: Flight.Head, _ flight: Flight, _ reader: Int) async throws {
    let response = try await begin(head.status, head.fields, contentLength: head.contentLength)
    // HEAD has its answer; the recording goes on.
    if request.head.knownMethod != .head {
      while let bytes = try await flight.next(reader) { try await response.write(bytes) }
    }
    try await response.finish()
  }

  /// A part of what is being fetched, as soon as it arrives: a film can be seeked before all of it is here.
  private func send(_ range: Range<Int64>, of whole: FileResponse, _ flight: Flight, _ reader: Int) async throws {
    let contentRange = FieldLine("Content-Range", ByteRanges.contentRange(range, size: whole.size))
    let response = try await begin(206, whole.fields + [contentRange], contentLength: range.upperBound - range.lowerBound)
    flight.skip(reader, to: range.lowerBound)
    var left = Int(range.upperBound - range.lowerBound)
    while left > 0, let bytes = try await flight.next(reader) {
      try await response.write(bytes.count > left ? Array(bytes[..<left]) : bytes)
      left -= min(left, bytes.count)
    }
    try await response.finish()
  }

  /// Answers that the upstream has failed.
  private func fail(_ error: UpstreamError) async throws {
    request.attribute(to: .failed)
    try await request.send(route.failure(error, request.logger))
  }

  /// The request's body, whole; nil, with an answer sent, where it cannot be kept.
  private func requestContent() async throws -> RequestContent? {
    let asksForWhole = route.options.mode != .passthrough
    guard request.head.hasBody, !route.withholdsBody(of: request.head, request.headBytes, asksForWhole: asksForWhole) else {
      return RequestContent.none
    }
    do {
      return try await RequestContent.receive(request)
    } catch let fault as RecordingFault {
      request.logger.error("a request's body cannot be kept", metadata: ["reason": "\(fault)"])
      try await request.send(
        ProxyToFile.json(500, [("error", "the request's body cannot be kept"), ("reason", fault.description)], route.context))
      return nil
    }
  }

  /// What is recorded, or else why nothing is.
  private func recorded(_ sought: SoughtRecording) async throws -> (found: (recording: Recording, isStale: Bool)?, miss: RecordingMiss?) {
    let plainPath = kept.withValues(of: request) { route.plainPath($0) }
    var lookup = try await lookup { route.store.find(sought, plainPath: plainPath) }
    // What was recorded for one client is shared as well.
    if case .missing(let miss) = lookup, miss.hasPrivate, sought.credentials == .share,
      let path = await route.store.privateRecording(of: sought)
    {
      lookup = try await self.lookup { route.store.recording(at: path) }
    }
    switch lookup {
    case .missing(let miss): return (nil, miss)
    case .damaged, .outOfDescriptors: return (nil, nil)
    case .found(let recording):
      let age = now - recording.recordedAt
      return ((recording, route.options.mode == .refresh && age >= route.options.refreshAfter.components.seconds), nil)
    }
  }

  private func lookup(_ find: () -> RecordingLookup) async throws -> RecordingLookup {
    try await DescriptorShortage.retrying(on: request.reactor, { $0 == .tooManyOpenFiles }) { () throws(Errno) in
      let lookup = find()
      if case .outOfDescriptors = lookup { throw .tooManyOpenFiles }
      return lookup
    }
  }

  private func send(_ recording: Recording, as outcome: AnswerOutcome = .recorded, extra: [FieldLine] = []) async throws {
    request.attribute(to: outcome)
    let prefix = prefix
    let response = RecordingResponse(recording, route, prefix: prefix, now: now, extra: extra)
    if let notice = response.notice, route.notices.claim(notice) {
      request.logger.warning("a head file has fields of the server", metadata: ["reason": "\(notice)"])
    }
    try await request.send(response.answer(request.head, request.headBytes, now: now))
  }

  /// The old recording stands in for an upstream that fails, and says so (RFC 9111 section 5.5 had a field for it).
  private func sendStale(_ recording: Recording, _ reason: String) async throws {
    request.logger.warning("refresh failed, the old recording is served", metadata: ["reason": "\(reason)"])
    try await send(recording, as: .stale, extra: [FieldLine("Warning", "111 asynchttpd \"Revalidation Failed\"")])
  }

  /// Begins the fetch, unless another request has: then false.
  private func start(_ flight: Flight, _ key: FlightKey, _ sought: SoughtRecording, _ content: RequestContent) -> Bool {
    guard flight.claim() else { return false }
    UpstreamFetch(route, request, kept, sought, key, content).start(flight)
    return true
  }

  private func callOff(_ flight: Flight, _ key: FlightKey) {
    guard flight.claim() else { return }
    route.flights.remove(flight, key)
    flight.end(.failure(.cancelled))
  }

  // MARK: Passed through

  /// Passes the request on and the answer back, and keeps neither.
  func forward() async throws {
    guard let content = try await requestContent() else { return }
    guard await ProxyDescriptors.shared.enter(request.descriptorBudget) else { throw CancellationError() }
    let exchange: UpstreamExchange
    do throws(UpstreamError) {
      // With the response on its way, all descriptors are taken that this takes: who reads it slowly holds up no other
      // fetch.
      defer { ProxyDescriptors.shared.leave() }
      let client = try UpstreamClients.client(on: request.reactor).get()
      let upstreamRequest = route.upstreamRequest(request, kept, content, asksForWhole: false)
      exchange = try await client.fetchWaiting(upstreamRequest, on: request.reactor, interim: { passInterim($0) })
      // What breaks off before its first byte is a 502.
      _ = try await exchange.untilContent(atMost: Self.patienceForContent)
    } catch {
      if Task.isCancelled { throw error }
      return try await fail(error)
    }
    request.attribute(to: .passed)
    let fields = AnswerFields.permitted(exchange.headers, ofStatus: exchange.status)
    let response = try await begin(exchange.status, fields, contentLength: exchange.contentLength)
    while let bytes = try await exchange.nextChunk() { try await response.write(bytes) }
    try await response.finish()
  }

  /// What an upstream says before its answer, 102 or 103, is said to the client; 100 is between the upstream and this
  /// server. The client of the upstream bounds them, in number and in size.
  private func passInterim(_ head: UpstreamHead) {
    guard head.status > 101 else { return }
    request.queueInterim(status: head.status, fields: rewritten(AnswerFields.permitted(head.headers, ofStatus: head.status)))
  }

  private func begin(_ status: Int, _ fields: [FieldLine], contentLength: Int64?) async throws -> OpenResponse {
    var result = HTTPFields(route.context.fields(rewritten(fields)))
    if let contentLength { result[.contentLength] = String(contentLength) }
    return try await request.sendHeaders(result, status: HTTPResponse.Status(code: status))
  }

  /// The fields with the upstream's references leading back to the route.
  private func rewritten(_ fields: [FieldLine]) -> [FieldLine] {
    guard let upstream = route.upstream else { return fields }
    return upstream.mapped(fields, prefix: prefix)
  }
}

extension ProxyToFile {
  func isWorthSaving(_ status: Int) -> Bool {
    // A part of something, or a confirmation of what we have not, is no recording even if the route says so.
    options.mode != .passthrough && status != 206 && status != 304 && options.saveStatus.contains { $0.matches(status) }
  }

  /// The request for the upstream of this route, which has one.
  func upstreamRequest(
    _ request: Request, _ kept: KeptRequest, _ content: RequestContent, asksForWhole: Bool
  ) -> UpstreamRequest {
    let head = request.head
    let bytes = request.headBytes
    let method = String(decoding: bytes[head.method], as: UTF8.self)
    let milliseconds = options.timeoutMilliseconds
    return UpstreamRequest(
      method: asksForWhole && head.knownMethod == .head ? "GET" : method,
      url: kept.withValues(of: request) { upstreamURL($0) },
      headers: ProxiedFields.forUpstream(request, self, asksForWhole: asksForWhole), body: content.bytes, bodyFile: content.file,
      timeouts: UpstreamRequest.Timeouts(connect: min(milliseconds, 10_000), idle: milliseconds),
      caFile: options.caFile, maxBodySize: .max, decodesContent: asksForWhole,
      keepsConnection: ProxyDescriptors.isAmple(request.descriptorBudget))
  }
}
