// What a router is built from.

public import AsyncHTTPServer

/// Routes with a prefix and middleware in common; the outermost group is what the closure of `Router.init` is given.
public struct RouteGroup {
  /// A function around a handler: it sees the request first and the answer last, and may change the answer, give one of
  /// its own, or throw.
  ///
  /// ```swift
  /// routes.use { request, next in
  ///   guard request.headers[.authorization] == "Bearer secret" else { throw HTTPError(.unauthorized, "say who you are") }
  ///   var response = try await next(request)
  ///   response.headers[.cacheControl] = "no-store"
  ///   return response
  /// }
  /// ```
  public typealias Middleware = nonisolated(nonsending) @Sendable (_ request: Request, _ next: Next) async throws -> Response

  /// What stands behind a middleware: the next one, or the handler.
  public typealias Next = nonisolated(nonsending) @Sendable (_ request: Request) async throws -> Response

  struct Route {
    let pattern: PathPattern
    let methods: MethodSet
    let handler: Router.Handler
  }

  private let prefix: String
  private var middleware: [Middleware]
  private(set) var routes: [Route] = []
  private(set) var problems: [String] = []

  init(prefix: String, middleware: [Middleware]) {
    self.prefix = prefix
    self.middleware = middleware
  }

  /// Puts a function around the handlers of the routes and groups that are added to this group from now on. Of several
  /// the first is the outermost.
  public mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

  /// Adds routes whose patterns all begin with `prefix`, such as `/api`, behind the middleware of this group and their
  /// own.
  public mutating func group(_ prefix: String, _ build: (inout RouteGroup) throws -> Void) rethrows {
    var inner = RouteGroup(prefix: self.prefix + prefix, middleware: middleware)
    try build(&inner)
    routes += inner.routes
    problems += inner.problems
  }

  /// Adds a route.
  ///
  /// - Parameters:
  ///   - methods: none for every method. GET includes HEAD.
  ///   - path: a pattern as the YAML file has it; the prefix of the group stands before it.
  public mutating func on(_ methods: [HTTPRequest.Method], _ path: String, _ handler: @escaping Router.Handler) {
    do throws(PathPatternError) {
      let pattern = try PathPattern(parsing: prefix + path)
      let methods = methods.isEmpty ? .any : MethodSet(methods.map { RequestMethod(name: $0.rawValue) })
      routes.append(Route(pattern: pattern, methods: methods, handler: Self.wrap(handler, in: middleware)))
    } catch {
      problems.append("\(prefix + path): \(error.message)")
    }
  }

  private static func wrap(_ handler: @escaping Router.Handler, in middleware: [Middleware]) -> Router.Handler {
    middleware.reversed().reduce(handler) { inner, middleware in
      { request, path in try await middleware(request) { try await inner($0, path) } }
    }
  }

  /// Adds a route for GET and HEAD.
  public mutating func get(_ path: String, _ handler: @escaping Router.Handler) { on([.get], path, handler) }
  /// Adds a route for POST.
  public mutating func post(_ path: String, _ handler: @escaping Router.Handler) { on([.post], path, handler) }
  /// Adds a route for PUT.
  public mutating func put(_ path: String, _ handler: @escaping Router.Handler) { on([.put], path, handler) }
  /// Adds a route for PATCH.
  public mutating func patch(_ path: String, _ handler: @escaping Router.Handler) { on([.patch], path, handler) }
  /// Adds a route for DELETE.
  public mutating func delete(_ path: String, _ handler: @escaping Router.Handler) { on([.delete], path, handler) }

  /// Adds a route for GET and HEAD whose handler does not ask for the values of the path.
  public mutating func get(_ path: String, _ handler: @escaping Next) { on([.get], path) { request, _ in try await handler(request) } }
  /// Adds a route for POST whose handler does not ask for the values of the path.
  public mutating func post(_ path: String, _ handler: @escaping Next) { on([.post], path) { request, _ in try await handler(request) } }
}
