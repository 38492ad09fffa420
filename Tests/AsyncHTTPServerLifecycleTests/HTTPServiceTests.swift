import AsyncHTTPServer
import AsyncHTTPServerLifecycle
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@Suite struct HTTPServiceTests {
  private static func server() throws -> AsyncHTTPServer {
    var configuration = ServerConfiguration()
    configuration.workers = 1
    let server = AsyncHTTPServer(configuration: configuration)
    try server.listen(port: 0, address: "127.0.0.1")
    return server
  }

  @Test func `a graceful shutdown ends the service and its server`() async throws {
    let server = try Self.server()
    let service = HTTPService(server: server) { try await $0.respond(.ok) }
    try await testGracefulShutdown { trigger in
      async let running: Void = service.run()
      trigger.triggerGracefulShutdown()
      try await running
    }
    #expect(server.localAddress == nil)
    await #expect { try await server.serve { _ in } } throws: { if case ServerError.serverClosed = $0 { true } else { false } }
  }

  @Test func `a shutdown that came before the service is no failure`() async throws {
    let server = try Self.server()
    try await testGracefulShutdown { trigger in
      trigger.triggerGracefulShutdown()
      try await HTTPService(server: server) { try await $0.respond(.ok) }.run()
    }
    #expect(server.localAddress == nil)
  }

  @Test func `cancelling the task of the service closes the server`() async throws {
    let server = try Self.server()
    let running = Task { try await HTTPService(server: server) { try await $0.respond(.ok) }.run() }
    running.cancel()
    try await running.value
    #expect(server.localAddress == nil)
  }

  @Test func `closing the server ends the service`() async throws {
    let server = try Self.server()
    struct Handler: RequestHandler {
      func handle(_ request: Request) async throws { try await request.respond(.ok) }
    }
    let running = Task { try await HTTPService(server: server, handler: Handler()).run() }
    server.close()
    // Closed before or after `serve` began: both are an end, only the former is an error.
    do { try await running.value } catch ServerError.serverClosed {}
    #expect(server.localAddress == nil)
  }

  @Test func `a server that does not listen is an error of the group`() async throws {
    let service = HTTPService(server: AsyncHTTPServer()) { try await $0.respond(.ok) }
    let group = ServiceGroup(services: [service], logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    await #expect { try await group.run() } throws: { if case ServerError.notListening = $0 { true } else { false } }
  }

  @Test func `the group's graceful shutdown reaches the server`() async throws {
    let server = try Self.server()
    let service = HTTPService(server: server, gracePeriod: .zero) { try await $0.respond(.ok) }
    let group = ServiceGroup(services: [service], logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    async let running: Void = group.run()
    await group.triggerGracefulShutdown()
    try await running
    #expect(server.localAddress == nil)
  }
}
