import AsyncHTTPServer
import Logging
import Reactor
import Testing

/// A server on a free loopback port for the length of `body`.
func withServer<R: Sendable>(
  _ configuration: ServerConfiguration = .forTests, handler: @escaping @Sendable (Request) async throws -> Void,
  _ body: @escaping @Sendable (AsyncHTTPServer, SocketAddress) async throws -> R
) async throws -> R {
  let server = AsyncHTTPServer(configuration: configuration)
  let address = try server.listen(port: 0, address: "127.0.0.1")
  return try await withThrowingTaskGroup(of: R?.self) { group in
    group.addTask {
      try await server.serve(handler: handler)
      return nil
    }
    group.addTask { try await body(server, address) }
    defer { server.close() }
    while let result = try await group.next() {
      if let result { return result }
    }
    throw ServerError.serverClosed
  }
}

/// Sends `request` on a connection of its own and answers everything that comes back until the server closes.
func roundTrip(_ address: SocketAddress, _ request: String) async throws -> String {
  let wire = try await Wire.connect(to: address)
  defer { wire.close() }
  try await wire.send(request)
  return try await wire.receiveAll()
}

/// Looks again until it is so. What does not come within the deadline has failed.
func waitFor(_ what: String, until isSo: () -> Bool) async {
  let deadline = ContinuousClock.now + .seconds(Wire.deadlineSeconds)
  while !isSo() {
    guard ContinuousClock.now < deadline else {
      Issue.record("waited for \(what) in vain")
      return
    }
    await Task.yield()
  }
}

extension ServerConfiguration {
  /// One thread is enough for a test. Deadlines are beyond what any machine takes, but for the tests that are about one and set it.
  static var forTests: ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.headTimeout = .seconds(300)
    configuration.bodyTimeout = .seconds(300)
    configuration.writeTimeout = .seconds(300)
    configuration.logger.logLevel = .critical
    return configuration
  }
}

extension String {
  /// The response with its Date removed: the one thing in it that no test can foresee.
  var withoutDate: String {
    split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Date: ") }.joined(separator: "\r\n")
  }
}
