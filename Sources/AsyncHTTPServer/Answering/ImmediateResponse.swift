// The way out for an answer that needs no task: written where the request is dispatched, on the connection's thread.

package import HTTPCore
package import Logging
package import Reactor

/// Takes one answer to one request. A worker has one of these and lends it for each request.
package final class ImmediateResponse {
  /// Lent for the length of one dispatch, by a connection that is alive in it; so that nothing need be counted.
  private var connection: Unmanaged<Connection>?
  private var method = KnownMethod.other
  private var version = HTTPVersion.http11
  /// What observers hear of the answer that was given last.
  private var status = 0
  private var bodyBytes: Int64 = 0
  /// Of those, the octets in memory.
  private var queuedBodyCount = 0
  /// Kept by the handler, which is there for the length of a dispatch.
  private var route: Unmanaged<RouteName>?
  private var outcome: AnswerOutcome?

  /// The reactor this runs on.
  package let reactor: Reactor

  init(reactor: Reactor) { self.reactor = reactor }

  @inline(__always)
  func begin(_ connection: Connection, _ head: borrowing RequestHead) {
    self.connection = .passUnretained(connection)
    method = head.knownMethod
    version = head.version
    route = nil
    outcome = nil
  }

  func end() { connection = nil }

  /// Tells observers of the answer that was given last, whose octets are queued from `start` on.
  @inline(never)
  func report(on connection: Connection, _ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, from start: Int) {
    let worker = connection.worker
    if let counter = worker.onlyCounter {
      let (microseconds, time) = worker.endRequest(began: worker.requestStart)
      let figures = AnswerFigures(
        status: status, outcome: outcome, microseconds: microseconds, time: time, sentBytes: bodyBytes, receivedBytes: 0)
      return counter.requestCounted(figures, of: route)
    }
    var account = AnsweredRequest(
      status: status, on: connection, began: worker.requestStart, worker.identifiesRequests ? worker.currentRequestID : nil)
    account.sentBytes = bodyBytes
    account.route = route?.takeUnretainedValue()
    account.outcome = outcome
    connection.reportImmediate(account, head, bytes, from: start, bodyCount: queuedBodyCount)
  }

  /// Says which route answers, for observers. The handler that is asked keeps the name.
  package func attribute(to route: Unmanaged<RouteName>) { self.route = route }

  /// Says how the answer came about, for observers.
  package func attribute(to outcome: AnswerOutcome) { self.outcome = outcome }

  /// The id of the request; nil where requests have none.
  package var requestID: RequestID? {
    withConnection { $0.worker.identifiesRequests ? $0.worker.currentRequestID : nil }
  }

  private var isHEAD: Bool { method.isHEAD }

  /// Whole seconds since 1970: what conditions on dates are compared with.
  package var now: Int64 { reactor.wallClockSeconds }

  /// The peer of the connection: the client itself, or the proxy in front.
  package var remoteAddress: SocketAddress { withConnection { $0.peer } }

  /// Whether the peer is one of the proxies whose word on the client is believed.
  package var peerIsTrusted: Bool { withConnection { $0.worker.settings.trustedProxies.trusts($0.peer) } }

  /// The server's log.
  package var logger: Logger { withConnection { $0.worker.settings.logger } }

  /// The client, found through the proxies that the configuration trusts.
  package func clientAddress(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> SocketAddress {
    let connection = withConnection { ($0.peer, $0.worker.settings.trustedProxies) }
    // A closure may not keep the span, so what may be asked for is read before.
    guard connection.1.trusts(connection.0) else { return connection.0 }
    var values: [KnownField: String] = [:]
    for field in [KnownField.forwarded, .xForwardedFor, .xRealIP] { values[field] = head.combinedValue(of: field, in: bytes) }
    return connection.1.clientAddress(peer: connection.0) { values[$0] }
  }

  /// Answers with what `answer` says. One that needs a task cannot be sent here: false, and nothing is done.
  package func send(_ answer: Answer, additionalFields: [FieldLine] = []) -> Bool {
    switch answer {
    case .prepared(let response): send(response, additionalFields: additionalFields)
    case .bytes(let status, let fields, let body): send(status: status, fields: fields + additionalFields, body: body)
    case .file(let status, let fields, let region): send(status: status, fields: fields + additionalFields, file: region)
    case .task: return false
    }
    return true
  }

  /// Answers with what was laid out at load. HEAD gets the head alone.
  package func send(_ response: PreparedResponse, additionalFields: [FieldLine] = []) {
    withConnection { $0.append(response, isHEAD: isHEAD, requestVersion: version, additionalFields: additionalFields) }
    let count = isHEAD ? 0 : response.bodyCount
    record(status: response.status, bodyBytes: Int64(count), queued: count)
  }

  /// Answers with a head and a body in memory; the framing is added. `contentLength` stands in for the body's where it
  /// is not sent.
  package func send(status: Int, fields: [FieldLine], body: [UInt8], contentLength: Int64? = nil) {
    let sendsContent = withConnection { connection in
      let sendsContent = appendHead(connection, status, fields, contentLength ?? Int64(body.count))
      if sendsContent { connection.output.tail.append(contentsOf: body) }
      return sendsContent
    }
    let count = sendsContent ? body.count : 0
    record(status: status, bodyBytes: Int64(count), queued: count)
  }

  /// Answers with a stretch of a file, which is sent by sendfile(2).
  package func send(status: Int, fields: [FieldLine], file: FileRegion) {
    let count = file.remaining
    let sendsContent = withConnection { connection in
      let sendsContent = appendHead(connection, status, fields, count)
      if sendsContent, count > 0 { connection.output.append(file) }
      return sendsContent
    }
    record(status: status, bodyBytes: sendsContent ? count : 0, queued: 0)
  }

  private func appendHead(
    _ connection: Connection, _ status: Int, _ fields: [FieldLine], _ contentLength: Int64
  ) -> Bool {
    let (framing, sendsContent) = ResponseFraming.choose(
      requestMethod: method, status: status, requestVersion: version, contentLength: contentLength)
    connection.appendHead(status: status, framing: framing, requestVersion: version) { output in
      ResponseSerializer.appendValidFields(fields, to: &output)
    }
    return sendsContent
  }

  private func record(status: Int, bodyBytes: Int64, queued count: Int) {
    self.status = status
    self.bodyBytes = bodyBytes
    queuedBodyCount = count
  }

  @inline(__always)
  private func withConnection<R>(_ body: (Connection) -> R) -> R {
    guard let connection else { preconditionFailure("an immediate answer is given within its call") }
    return connection._withUnsafeGuaranteedRef(body)
  }
}

extension ResponseSerializer {
  /// Appends fields whose names and values were checked when they were laid out; one that is invalid all the same is
  /// left out rather than sent broken.
  static func appendValidFields(_ fields: [FieldLine], to output: inout [UInt8]) {
    for field in fields { try? appendField(field.name, field.value, to: &output) }
  }
}
