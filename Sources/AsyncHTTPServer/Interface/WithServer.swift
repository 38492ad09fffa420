// A server for the length of a test.

/// Serves with `handler` on a free port of loopback while `body` runs, and ends the server in order, whether `body`
/// returns or throws.
///
/// ```swift
/// let routes = try RouteTable(contentsOf: "config/examples/petstore.yaml")
/// try await withServer(routes) { url in
///   let pet = try await PetstoreClient(base: url + "/api/v3").pet(7)
///   #expect(pet.id == 7)
/// }
/// ```
///
/// - Parameters:
///   - configuration: of the server.
///   - gracePeriod: how long requests in flight may go on after `body` has returned. After it has thrown they are cancelled at once.
///   - body: is given the server's URL, `http://127.0.0.1:40123`, without a slash at its end.
///
/// Returns what `body` returns, and throws what it throws, or `ServerError.cannotListen`.
public nonisolated(nonsending) func withServer<R>(
  _ handler: any RequestHandler, configuration: ServerConfiguration = ServerConfiguration(), gracePeriod: Duration = .seconds(1),
  _ body: nonisolated(nonsending) (_ url: String) async throws -> R
) async throws -> R {
  let server = AsyncHTTPServer(configuration: configuration)
  guard let url = try server.listen(port: 0).url else { preconditionFailure("loopback has a URL") }
  // The handler is there before `body` is; a client that comes before the first accept waits in the kernel's queue.
  await server.replaceHandler(handler)
  let serving = Task { try await server.serve(assumedDescriptorsPerRequest: 5) }
  do {
    let result = try await body(url)
    await server.shutdown(gracePeriod: gracePeriod)
    // Throws `serverClosed` where `body` was over before the task began: there was nothing to serve.
    _ = await serving.result
    return result
  } catch {
    server.close()
    _ = await serving.result
    throw error
  }
}

/// The same with a closure that returns its answers.
public nonisolated(nonsending) func withServer<R>(
  _ handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Response,
  configuration: ServerConfiguration = ServerConfiguration(), gracePeriod: Duration = .seconds(1),
  _ body: nonisolated(nonsending) (_ url: String) async throws -> R
) async throws -> R {
  try await withServer(ResponseHandler(body: handler), configuration: configuration, gracePeriod: gracePeriod, body)
}
