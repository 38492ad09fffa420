// Routes in code: the patterns of the YAML file, with closures behind them.
//
//   RouteGroup   collects routes, prefixes and middleware while the router is built
//   Router       the compiled routes, as a handler

public import AsyncHTTPServer
import HTTPCore

/// Routes that are written in Swift, by the patterns that the YAML file has: `/users/{id}`, `/assets/**`.
///
/// ```swift
/// let router = try Router { routes in
///   routes.get("/health") { _ in .text("ok") }
///   routes.get("/users/{id}") { request, path in
///     let id = try path.require("id", as: Int.self)
///     return .text("user \(id)")
///   }
/// }
/// try await server.serve(port: 8080, handler: router)
/// ```
///
/// The first route that matches the path and the method answers, in the order in which they were added. HEAD is
/// answered wherever GET is. A path that no route has is answered 404, and one whose routes lack the method 405 with
/// Allow (RFC 9110 §15.5.6), unless another handler stands behind the router.
public struct Router: RequestHandler {
  /// Answers a request, given the values of its path: those of `{name}` by their names, and what `**` matched under the
  /// name `**`.
  public typealias Handler = nonisolated(nonsending) @Sendable (_ request: Request, _ path: NamedValues) async throws -> Response

  private let index: RouteIndex
  private let handlers: [Handler]
  private let otherwise: (any RequestHandler)?

  /// Compiles the routes that `build` adds.
  ///
  /// - Parameters:
  ///   - otherwise: answers the requests that none of the routes is meant for, such as a `RouteTable`; by default the router says 404 or 405.
  ///
  /// Throws `RouterError` with every pattern that cannot be read, and what `build` throws.
  public init(otherwise: (any RequestHandler)? = nil, _ build: (inout RouteGroup) throws -> Void) throws {
    var group = RouteGroup(prefix: "", middleware: [])
    try build(&group)
    guard group.problems.isEmpty else { throw RouterError(problems: group.problems) }
    index = RouteIndex(group.routes.map { ($0.pattern, $0.methods) })
    handlers = group.routes.map(\.handler)
    self.otherwise = otherwise
  }

  /// Answers a request by a value, for a test that needs no server: `try await router.respond(to: Request(.get,
  /// "/users/7"))`. What `handle` would send, but that requests which no route is meant for are answered by the router
  /// itself. A thrown `HTTPError` is an answer as well; any other error is thrown on.
  public nonisolated(nonsending) func respond(to request: Request) async throws -> Response {
    do {
      let decision = decide(request)
      if case .route(let handler, let path) = decision { return try await handler(request, path) }
      return try Self.answer(decision, request.method == .options)
    } catch let error as HTTPError {
      return Response(error)
    }
  }

  /// Answers a request.
  public nonisolated(nonsending) func handle(_ request: Request) async throws {
    let decision = decide(request)
    switch decision {
    case .route(let handler, let path): try await request.respond(try await handler(request, path))
    case .refused, .notFound, .methodNotAllowed:
      if let otherwise { return try await otherwise.handle(request) }
      try await request.respond(try Self.answer(decision, request.method == .options))
    }
  }

  /// Answers a request that one of the routes is meant for, by path and method. False for any other, of which nothing
  /// is touched: another handler may answer it.
  public nonisolated(nonsending) func answer(_ request: Request) async throws -> Bool {
    guard case .route(let handler, let path) = decide(request) else { return false }
    try await request.respond(try await handler(request, path))
    return true
  }

  // MARK: Deciding

  private enum Decision {
    case route(Handler, NamedValues)
    case refused(TargetError)
    case notFound
    case methodNotAllowed(MethodSet)
  }

  private func decide(_ request: Request) -> Decision {
    let (head, bytes) = (request.head, request.headBytes)
    if head.pathIsCanonical { return decide(head, bytes.span.extracting(head.path), bytes.span) }
    do throws(TargetError) {
      // The absolute form may leave the path out (RFC 9112 §3.2.2).
      let raw = head.path.isEmpty ? [UInt8(ascii: "/")] : Array(bytes[head.path])
      let normalized = try PathNormalization.normalize(raw.span)
      return decide(head, normalized.bytes.span, bytes.span)
    } catch {
      return .refused(error)
    }
  }

  private func decide(_ head: RequestHead, _ path: Span<UInt8>, _ bytes: Span<UInt8>) -> Decision {
    switch index.match(path: path, method: RequestMethod(head, bytes)) {
    case .notFound: return .notFound
    case .methodNotAllowed(let allowed): return .methodNotAllowed(allowed)
    case .matched(let match):
      var values = index.patterns[match.routeIndex].parameterNames.enumerated().map { position, name in
        NamedValues.Element(name: name, value: PathValue.parameter(path.extracting(match.parameter(at: position, in: path))))
      }
      if let rest = index.rest(of: match, in: path) { values.append(.init(name: "**", value: rest)) }
      return .route(handlers[match.routeIndex], NamedValues(values))
    }
  }

  private static func answer(_ decision: Decision, _ isOptions: Bool) throws -> Response {
    switch decision {
    case .route: preconditionFailure("a route answers for itself")
    case .refused(let error): throw HTTPError(.init(code: error.status), error.description)
    case .notFound: throw HTTPError(.notFound, "no route has this path")
    case .methodNotAllowed(var allowed):
      allowed.insert(.options)
      let headers: HTTPFields = [.allow: allowed.allowValue]
      if isOptions { return Response(.noContent, headers: headers) }
      throw HTTPError(.methodNotAllowed, "this path answers \(allowed.allowValue)", headers: headers)
    }
  }
}

/// What is wrong with the routes of a router.
public struct RouterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One sentence for each, with the pattern in it.
  public let problems: [String]

  /// The problems, one in each line.
  public var description: String { problems.joined(separator: "\n") }
}
