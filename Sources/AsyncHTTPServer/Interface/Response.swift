// An answer as a value: what a handler returns, and what a function around a handler may look at and change.

import HTTPCore
import SystemPackage

/// An answer: a status, fields and a body. A handler may return one instead of calling `respond`.
///
/// ```swift
/// try await server.serve(port: 8080) { request in
///   guard request.path == "/" else { return .text("nothing here\n", status: .notFound) }
///   return .text("Hello World")
/// }
/// ```
public struct Response: Sendable {
  /// A final status, 200 to 999; any other makes the answer fail with `ServerError.unsendableStatus`.
  public var status: HTTPResponse.Status
  /// Fields. Content-Length, Transfer-Encoding and Date are the server's to write, and so are options of Connection
  /// other than `close`.
  public var headers: HTTPFields
  /// The body. Text whose type `headers` does not say is sent as `text/plain; charset=utf-8`.
  public var body: ResponseBody

  /// An answer.
  public init(_ status: HTTPResponse.Status = .ok, _ body: ResponseBody = .empty, headers: HTTPFields = [:]) {
    self.status = status
    self.body = body
    self.headers = headers
  }

  /// Text in UTF-8, as `text/plain; charset=utf-8` unless `headers` has another Content-Type.
  public static func text(_ text: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
    Response(status, .text(text), headers: headers)
  }

  /// Sends the client elsewhere (RFC 9110 §15.4).
  ///
  /// - Parameters:
  ///   - location: a URI reference (RFC 9110 §10.2.2), absolute or relative to that of the request.
  ///   - status: 303 has the client fetch the other with GET; 307 and 308 have it repeat its method.
  public static func redirect(to location: String, status: HTTPResponse.Status = .seeOther) -> Response {
    Response(status, .text("\(location)\n"), headers: [.location: location])
  }

  /// A file, with an ETag and a Last-Modified by which it is sent again only when it has changed (RFC 9110 §13), and in
  /// part where the request asks for one range of it (§14). It is opened when the answer is sent.
  ///
  /// A path that does not exist, or is not a regular file, is answered 404.
  ///
  /// - Parameters:
  ///   - path: of the program's choice. `..` and links are followed, so it must not be made of what a client sent.
  ///   - contentType: by default what the extension of the name stands for, `application/octet-stream` for one that is unknown.
  public static func file(_ path: String, contentType: String? = nil, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    if let contentType {
      headers[.contentType] = contentType
    } else if !headers.contains(.contentType) {
      headers[.contentType] = MediaType.forFileName(path) ?? MediaType.octetStream
    }
    return Response(.ok, ResponseBody(storage: .file(FileSource(path: path, range: nil, isConditional: true))), headers: headers)
  }
}

/// A handler made of a closure that returns its answer.
struct ResponseHandler: RequestHandler {
  let body: nonisolated(nonsending) @Sendable (Request) async throws -> Response

  nonisolated(nonsending) func handle(_ request: Request) async throws { try await request.respond(try await body(request)) }
}

extension Request {
  /// Sends an answer; see `respond(_:_:headers:)` for what is added and what is thrown.
  public nonisolated(nonsending) func respond(_ response: Response) async throws {
    do throws(any Error) {
      try await respond(response.status, response.body, headers: response.headers)
    } catch ServerError.unreadableFile(_, let errno)
      where response.body.isConditionalFile && [.noSuchFileOrDirectory, .notDirectory, .invalidArgument].contains(errno)
    {
      throw HTTPError(.notFound, "there is no such file")
    }
  }
}
