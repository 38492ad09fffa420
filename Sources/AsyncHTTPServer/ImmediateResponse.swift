// The way out for an answer that needs no task: written where the request is dispatched, on the connection's thread.

import HTTPCore
package import Reactor

/// Takes one answer to one request. A worker has one of these and lends it for each request.
package final class ImmediateResponse {
  /// Owns this object, so it outlives it.
  private unowned(unsafe) let worker: Worker
  /// Lent for the length of one dispatch, by a connection that is alive in it.
  private unowned(unsafe) var connection: Connection?
  private var method = KnownMethod.other
  private var version = HTTPVersion.http11
  /// What the access log wants to know; nothing is kept without one.
  private var logged: (head: RequestHead, bytes: UnsafeRawBufferPointer)?

  /// The reactor this runs on.
  package let reactor: Reactor

  init(worker: Worker) {
    self.worker = worker
    reactor = worker.reactor
  }

  func begin(_ connection: Connection, _ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
    self.connection = connection
    method = head.knownMethod
    version = head.version
    if worker.accessLog != nil { logged = (head, bytes) }
  }

  func end() {
    connection = nil
    if logged != nil { logged = nil }
  }

  private var isHEAD: Bool { method == .head }

  /// Whole seconds since 1970: what conditions on dates are compared with.
  package var now: Int64 { reactor.wallClockSeconds }

  /// The peer of the connection: the client itself, or the proxy in front.
  package var remoteAddress: SocketAddress { borrowConnection().peer }

  /// Answers with what `answer` says. One that needs a task cannot be sent here: false, and nothing is done.
  package func send(_ answer: Answer, additionalFields: [(name: String, value: String)] = []) -> Bool {
    switch answer {
    case .prepared(let response): send(response, additionalFields: additionalFields)
    case .bytes(let status, let fields, let body): send(status: status, fields: fields + additionalFields, body: body)
    case .file(let status, let fields, let region): send(status: status, fields: fields + additionalFields, file: region)
    case .task: return false
    }
    return true
  }

  /// Answers with what was laid out at load. HEAD gets the head alone.
  package func send(_ response: PreparedResponse, additionalFields: [(name: String, value: String)] = []) {
    let connection = borrowConnection()
    connection.append(response, isHEAD: isHEAD, requestVersion: version, additionalFields: additionalFields)
    record(status: response.status, bodyBytes: isHEAD ? 0 : Int64(response.bodyCount))
  }

  /// Answers with a head and a body in memory; the framing is added. `contentLength` stands in for the body's where it is not sent.
  package func send(status: Int, fields: [(name: String, value: String)], body: [UInt8], contentLength: Int64? = nil) {
    let connection = borrowConnection()
    let sendsContent = appendHead(connection, status, fields, contentLength ?? Int64(body.count))
    if sendsContent { connection.output.tail.append(contentsOf: body) }
    record(status: status, bodyBytes: sendsContent ? Int64(body.count) : 0)
  }

  /// Answers with a stretch of a file, which is sent by sendfile(2).
  package func send(status: Int, fields: [(name: String, value: String)], file: FileRegion) {
    let connection = borrowConnection()
    let count = file.remaining
    let sendsContent = appendHead(connection, status, fields, count)
    if sendsContent, count > 0 { connection.output.append(file) }
    record(status: status, bodyBytes: sendsContent ? count : 0)
  }

  private func appendHead(
    _ connection: Connection, _ status: Int, _ fields: [(name: String, value: String)], _ contentLength: Int64
  ) -> Bool {
    let (framing, sendsContent) = ResponseFraming.choose(
      requestMethod: method, status: status, requestVersion: version, contentLength: contentLength)
    connection.appendHead(status: status, framing: framing, requestVersion: version) { output in
      ResponseSerializer.appendValidFields(fields, to: &output)
    }
    return sendsContent
  }

  private func record(status: Int, bodyBytes: Int64) {
    guard let logged, let log = worker.accessLog else { return }
    log.record(
      connection: borrowConnection(), head: logged.head, bytes: logged.bytes, status: status, bodyBytes: bodyBytes, milliseconds: 0)
  }

  private func borrowConnection() -> Connection {
    guard let connection else { preconditionFailure("an immediate answer is given within its call, and once") }
    return connection
  }
}

extension ResponseSerializer {
  /// Appends fields whose names and values whoever laid them out has checked; one that is invalid all the same is left out
  /// rather than sent broken.
  static func appendValidFields(_ fields: [(name: String, value: String)], to output: inout [UInt8]) {
    for field in fields { try? appendField(field.name, field.value, to: &output) }
  }
}
