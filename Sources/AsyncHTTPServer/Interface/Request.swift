// A request as a handler sees it, and the way to answer it.

import HTTPCore
import Synchronization

/// One request. A value that may be passed to any task; what it does, it does on its connection's thread.
public struct Request: Sendable {
  let exchange: Exchange

  /// The method, `GET` and its like, whatever token the client sent; case counts (RFC 9110 §9.1).
  public var method: HTTPRequest.Method {
    // The parser has let only a token through, which is what a method's initialiser asks for.
    HTTPRequest.Method(rawValue: exchange.text(exchange.head.method)) ?? .get
  }

  /// The fields in the order they came (RFC 9110 §5). Octets beyond ASCII are read as UTF-8.
  public var headers: HTTPFields {
    exchange.headers.withLock { cached in
      if let cached { return cached }
      var fields = HTTPFields()
      for line in exchange.head.fields {
        guard let name = HTTPField.Name(exchange.text(line.name)) else { continue }
        fields.append(HTTPField(name: name, value: exchange.text(line.value)))
      }
      cached = fields
      return fields
    }
  }

  /// The version the request line names.
  public var httpVersion: ProtocolVersion {
    ProtocolVersion(major: Int(exchange.head.version.major), minor: Int(exchange.head.version.minor))
  }

  /// What the request is for.
  public var target: RequestTarget {
    let bytes = exchange.bytes
    return RequestTarget(
      raw: exchange.text(exchange.head.target), rawPath: exchange.text(exchange.head.path),
      query: exchange.head.query.map { QueryText.escaped(bytes.span.extracting($0)) })
  }

  /// The host and port the request names: that of an absolute target, or the Host field (RFC 9112 §3.2). Nil in
  /// HTTP/1.0 without either.
  public var host: String? { exchange.head.host.map(exchange.text) }

  /// The peer of the connection: the client, or the proxy in front.
  public var remoteAddress: SocketAddress { exchange.peer }

  /// The client, through the proxies that the configuration trusts: the nearest address in Forwarded, X-Forwarded-For
  /// or X-Real-IP that is not one of theirs. Its port is 0 where they do not say it.
  public var clientAddress: SocketAddress {
    exchange.trustedProxies.clientAddress(peer: exchange.peer) { exchange.value(of: $0) }
  }

  /// The body as it arrives.
  public var body: RequestBody { RequestBody(exchange: exchange) }

  // MARK: Answering

  /// Sends the answer: a status, a body, fields. Date, Content-Length (or chunked framing) and Connection are added;
  /// what HEAD, 204 and 304 do not have is not sent. What is left of the request's body is read first, within its
  /// limits.
  ///
  /// Throws `ServerError.alreadyAnswered` the second time, `connectionClosed` when the client is gone,
  /// `unsendableStatus` below 200, `unreadableFile` for a file, `invalidBody` or `bodyTooLarge` when the rest of the
  /// request's body does not come as it should, and whatever a stream's closure throws. `Connection: close` among the
  /// fields ends the connection after the answer; Content-Length, Transfer-Encoding, Date and other options of
  /// Connection are left out.
  public nonisolated(nonsending) func respond(_ status: HTTPResponse.Status, _ body: ResponseBody, headers: HTTPFields = [:]) async throws {
    let exchange = exchange
    if exchange.reactor.isCurrent {
      if try exchange.respondAtOnce(status: status.code, fields: headers, body: body) { return }
      return try await exchange.respond(status: status.code, fields: headers, body: body)
    }
    try await exchange.onReactor {
      try await $0.respond(status: status.code, fields: headers, body: body)
    }
  }

  /// The same with text, sent in UTF-8, as `text/plain; charset=utf-8` unless `headers` has another Content-Type.
  public nonisolated(nonsending) func respond(_ status: HTTPResponse.Status, _ text: String = "", headers: HTTPFields = [:]) async throws {
    let body = ResponseBody.text(text)
    if exchange.reactor.isCurrent, try exchange.respondAtOnce(status: status.code, fields: headers, body: body) { return }
    try await respond(status, body, headers: headers)
  }

  /// The same with bytes.
  public nonisolated(nonsending) func respond(_ status: HTTPResponse.Status, _ bytes: [UInt8], headers: HTTPFields = [:]) async throws {
    try await respond(status, .bytes(bytes), headers: headers)
  }

  /// Sends an interim answer before the final one: 102, 103 with Link fields, or another of 1xx (RFC 9110 §15.2). A
  /// client of HTTP/1.0, which knows none, is sent nothing. Suspends while more than 256 KiB wait for the client.
  ///
  /// Throws `ServerError.unsendableStatus` for what is not 1xx and for 100 and 101, which `body` and `takeOver` send;
  /// `alreadyAnswered` once the final answer has begun; `connectionClosed`.
  public nonisolated(nonsending) func sendInterim(_ status: HTTPResponse.Status, headers: HTTPFields = [:]) async throws {
    let exchange = exchange
    if exchange.reactor.isCurrent { return try await exchange.sendInterim(status: status.code, fields: headers) }
    try await exchange.onReactor { try await $0.sendInterim(status: status.code, fields: headers) }
  }

  /// Sends the head of an answer alone; its body follows through what is returned. With a Content-Length among the
  /// fields exactly as much must follow; without, the body is chunked (RFC 9112 §7.1), and for HTTP/1.0 ended by the
  /// end of the connection.
  ///
  /// Throws what `respond` does, and `ServerError.invalidContentLength`.
  public nonisolated(nonsending) func sendHeaders(_ headers: HTTPFields, status: HTTPResponse.Status = .ok) async throws -> OpenResponse {
    let exchange = exchange
    if exchange.reactor.isCurrent {
      try await exchange.beginStream(status: status.code, fields: headers)
    } else {
      try await exchange.onReactor { try await $0.beginStream(status: status.code, fields: headers) }
    }
    return OpenResponse(exchange: exchange)
  }

  /// Takes the connection over: HTTP ends here, and the bytes are the handler's (RFC 9110 §7.8). With a `status`, such
  /// as 101, a head of it and `headers` is sent first. The connection closes with the server at the latest, and when
  /// the handler throws; close it when done. Answers to earlier requests on the connection are sent first. Throws what
  /// `respond` does.
  public nonisolated(nonsending) func takeOver(status: HTTPResponse.Status? = nil, headers: HTTPFields = [:]) async throws
    -> TakenConnection
  {
    let exchange = exchange
    if exchange.reactor.isCurrent { return try await exchange.takeOver(status: status?.code, fields: headers) }
    return try await exchange.onReactor { try await $0.takeOver(status: status?.code, fields: headers) }
  }
}

/// A version of HTTP.
public struct ProtocolVersion: Sendable, Equatable, CustomStringConvertible {
  /// The first number.
  public let major: Int
  /// The second number.
  public let minor: Int

  /// `HTTP/1.1`.
  public var text: String { "HTTP/\(major).\(minor)" }

  /// `HTTP/1.1`.
  public var description: String { text }
}

/// The target of a request (RFC 9112 §3.2).
public struct RequestTarget: Sendable, Equatable {
  /// As it stands in the request line. Octets of the query that are not UTF-8 come out as U+FFFD.
  public let raw: String
  /// The path as it was sent, escapes and all; empty for `*`.
  public let rawPath: String
  /// What follows the first `?`, as it was sent but for octets that no URI has plain (`"`, `{`, letters beyond ASCII),
  /// which are escaped here; nil without a `?`.
  public let query: String?

  /// The path with escapes decoded and dot segments removed, as routes are matched (RFC 3986 §6.2.2); nil when that is
  /// not possible: a malformed escape, NUL, octets that are not UTF-8, or a way out of the root. An encoded slash stays
  /// `%2F`. Escaped control characters are decoded too: escape them before they are shown.
  public var path: String? {
    guard let normalized = try? PathNormalization.normalize(rawPath.utf8.span) else { return nil }
    let text = String(validating: normalized.bytes, as: UTF8.self)
    return normalized.hasEncodedSlash ? text?.replacing("\0", with: "%2F") : text
  }

  /// The value of the first query parameter of this name, decoded as forms are (`+` is a space); nil without one.
  public func queryValue(_ name: String) -> String? {
    guard let query else { return nil }
    return QueryParameters(query)[name]
  }
}
