// A request that a test makes, and that no client waits for.

import HTTPCore
import Reactor

extension Request {
  /// A request in memory, for a test of what returns a `Response`: `Router.respond(to:)`, or a function of the
  /// program's own. It is read as one from the wire is. Its body is there whole; what answers by `respond` or
  /// `takeOver` finds no client, and throws `ServerError.connectionClosed`.
  ///
  /// ```swift
  /// let response = try await router.respond(to: Request(.get, "/users/7"))
  /// #expect(response.status == .ok)
  /// ```
  ///
  /// - Parameters:
  ///   - target: as it stands in a request line, encoded: `/users/7?verbose=1`.
  ///   - headers: sent in this order. Host is added where it is missing, and Content-Length.
  ///   - remoteAddress: the client's.
  ///
  /// Throws `HTTPError` with the status by which a server refuses such a head.
  public init(
    _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: String = "",
    remoteAddress: SocketAddress = SocketAddress("127.0.0.1", port: 0)!
  ) throws {
    let content = Array(body.utf8)
    var lines = ["\(method.rawValue) \(target) HTTP/1.1"]
    if !headers.contains(.init("Host")!) { lines.append("Host: localhost") }
    lines += headers.filter { !Exchange.isServersOwn($0.name) }.map { "\($0.name.rawName): \($0.value)" }
    if !content.isEmpty { lines.append("Content-Length: \(content.count)") }
    let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    var parser = HeadParser()
    do throws(HeadError) {
      guard try parser.parse(bytes.span), parser.head.byteCount == bytes.count else { throw .invalidTarget(at: 0) }
    } catch {
      throw HTTPError(.init(code: error.status), error.description)
    }
    exchange = Exchange(inMemory: &parser, bytes, body: content, peer: remoteAddress)
  }
}
