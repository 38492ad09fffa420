// The admin listener: a server of its own in this process, with a thread of its own, so that it neither waits for the
// requests of clients nor holds them up. The descriptors that it needs are kept from the server for clients.

import AsyncHTTPServer
import HTTPRoutes
import Logging
import Reactor
import RouteAdmin
import Synchronization
import SystemPackage

final class AdminListener: Sendable {
  /// Where it listens, as the kernel spells it.
  let address: SocketAddress
  private let server: AsyncHTTPServer
  private let context: AdminContext
  private let serving: Task<Void, Never>

  /// How long requests in flight may take when the listener goes away.
  private static let grace = Duration.seconds(5)
  /// Room that a connection needs beyond its own: an answer reads one file at a time.
  private static let descriptorsPerRequest = 1

  /// Serves on an open socket. Throws where its thread cannot be made.
  init(
    _ opened: OpenedListener, _ settings: AdminSettings, context: AdminContext, logger: Logger, on control: Reactor
  ) throws(Errno) {
    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.maxConnections = AdminSettings.maxConnections
    configuration.maxBodySize = AdminRequest.maxBodySize
    configuration.logger = logger
    let server = AsyncHTTPServer(configuration: configuration)
    let listening = try [opened].listen(on: server)
    guard let address = listening.first?.addresses.first else { throw .badFileDescriptor }
    self.server = server
    self.address = address
    self.context = context
    let handler = AdminHandler(settings, context: context)
    serving = Task(executorPreference: control) {
      do {
        try await server.serve(assumedDescriptorsPerRequest: Self.descriptorsPerRequest, handler: handler)
      } catch {
        logger.error("the admin listener does not serve", error: error)
      }
    }
  }

  /// Requests that begin from now on meet these settings and this journal; the address stays.
  func use(_ settings: AdminSettings, _ journal: Journal?) async {
    let context = AdminContext(source: context.source, traffic: context.traffic, series: context.series, journal: journal)
    await server.replaceHandler(AdminHandler(settings, context: context))
  }

  /// Lets requests in flight finish, and ends. The request that asked for the reload may be one of them.
  func retire(on control: Reactor) {
    Task(executorPreference: control) { [server] in await server.shutdown(gracePeriod: Self.grace, on: control) }
  }

  /// Ends now, and removes the path of its socket.
  func end() async {
    server.close()
    await serving.value
  }
}
