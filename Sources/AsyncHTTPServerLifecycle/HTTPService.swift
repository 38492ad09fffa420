// A server as a service of swift-service-lifecycle. A product of its own: who does not import it does not build that
// package.

public import AsyncHTTPServer
public import ServiceLifecycle

/// An ``AsyncHTTPServer/AsyncHTTPServer`` that runs in a `ServiceGroup`.
///
/// The server listens before the service runs, so that an address in use is an error of `main` and not of the group:
///
/// ```swift
/// let server = AsyncHTTPServer()
/// try server.listen(port: 8080)
/// let service = HTTPService(server: server, gracePeriod: .seconds(10)) { request in
///   try await request.respond(.ok, "Hello World")
/// }
/// let group = ServiceGroup(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
/// try await group.run()
/// ```
public struct HTTPService: Service {
  private let server: AsyncHTTPServer
  private let gracePeriod: Duration
  private let assumedDescriptorsPerRequest: Int
  private let handler: any RequestHandler

  /// A service that answers with a `RequestHandler`.
  ///
  /// - Parameters:
  ///   - server: a server that listens already. It belongs to the service: when the service ends, so has the server.
  ///   - gracePeriod: how long requests in flight may take once a graceful shutdown has begun; then they are cut off.
  ///   - assumedDescriptorsPerRequest: what one more connection may need; see `AsyncHTTPServer.shouldAcceptRequest`.
  ///   - handler: answers the requests.
  public init(
    server: AsyncHTTPServer, gracePeriod: Duration = .seconds(30), assumedDescriptorsPerRequest: Int = 5, handler: any RequestHandler
  ) {
    self.server = server
    self.gracePeriod = gracePeriod
    self.assumedDescriptorsPerRequest = assumedDescriptorsPerRequest
    self.handler = handler
  }

  /// A service that answers with a closure; the parameters are those of
  /// ``init(server:gracePeriod:assumedDescriptorsPerRequest:handler:)``.
  public init(
    server: AsyncHTTPServer, gracePeriod: Duration = .seconds(30), assumedDescriptorsPerRequest: Int = 5,
    handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Void
  ) {
    self.init(
      server: server, gracePeriod: gracePeriod, assumedDescriptorsPerRequest: assumedDescriptorsPerRequest,
      handler: ClosureHandler(body: handler))
  }

  /// The same with a closure that returns its answer.
  @_disfavoredOverload
  public init(
    server: AsyncHTTPServer, gracePeriod: Duration = .seconds(30), assumedDescriptorsPerRequest: Int = 5,
    handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Response
  ) {
    self.init(server: server, gracePeriod: gracePeriod, assumedDescriptorsPerRequest: assumedDescriptorsPerRequest) { request in
      try await request.respond(try await handler(request))
    }
  }

  /// Serves until the server is closed, the group shuts down gracefully, or the task is cancelled, which ends requests
  /// in flight at once.
  ///
  /// Throws `ServerError.notListening` if the server does not listen yet, and `serverClosed` if it has been closed.
  public func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Throws CancellationError when serving has ended of itself.
        guard (try? await gracefulShutdown()) != nil else { return }
        await server.shutdown(gracePeriod: gracePeriod)
      }
      defer { group.cancelAll() }
      do {
        try await server.serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: handler)
      } catch ServerError.serverClosed where Task.isShuttingDownGracefully {
        // The shutdown came before the first turn of `serve`: nothing was served, and that is no failure.
      }
    }
  }
}

private struct ClosureHandler: RequestHandler {
  let body: nonisolated(nonsending) @Sendable (Request) async throws -> Void

  nonisolated(nonsending) func handle(_ request: Request) async throws { try await body(request) }
}
