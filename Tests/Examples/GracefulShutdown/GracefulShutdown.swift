// Graceful shutdown: on SIGTERM or SIGINT the server takes no further connections, answers what is under way, and the program ends with
// status 0. What has not ended ten seconds later is cut off.
//
//     swift run GracefulShutdown [port]
//     curl --limit-rate 2K --data-binary @Package.swift http://localhost:8080/ &
//     kill -TERM $(pidof GracefulShutdown)

import AsyncHTTPServer
import AsyncHTTPServerLifecycle
import Logging
import ServiceLifecycle
import UnixSignals

@main
struct GracefulShutdown {
  static func main() async throws {
    let server = AsyncHTTPServer()
    let address = try server.listen(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080)
    print("listening on \(address)")

    let service = HTTPService(server: server, gracePeriod: .seconds(10)) { request in
      var count = 0
      for try await piece in request.body { count += piece.count }
      return .text("\(count) bytes arrived\n")
    }
    let group = ServiceGroup(
      services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "GracefulShutdown"))
    try await group.run()
    print("ended")
  }
}
