// Server-sent events: an answer that goes on, one event at a time, for as long as the client listens. When it stops listening the
// handler's task is cancelled, which ends the sleep, the loop and the answer.
//
//     swift run ServerSentEvents [port]
//     curl --no-buffer 'http://localhost:8080/clock?every=500'
//     curl --no-buffer 'http://localhost:8080/clock?count=3'

import AsyncHTTPServer

@main
struct ServerSentEvents {
  static func main() async throws {
    let server = AsyncHTTPServer()
    let address = try server.listen(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080)
    print("listening on \(address)")

    try await server.serve { request in
      guard request.target.path == "/clock" else { return try await request.respond(.notFound, "try /clock\n") }
      let interval = Duration.milliseconds(request.target.queryValue("every").flatMap { Int($0) } ?? 1000)
      let count = request.target.queryValue("count").flatMap { Int($0) } ?? .max

      // X-Accel-Buffering has nginx pass on every piece as it comes; see its proxy_buffering.
      let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-store", HTTPField.Name("X-Accel-Buffering")!: "no",
      ]
      try await request.respond(
        .ok,
        .stream { writer in
          let start = ContinuousClock.now
          var number = 0
          while number < count {
            number += 1
            try await writer.write("id: \(number)\nevent: tick\ndata: \(ContinuousClock.now - start)\n\n")
            if number < count { try await Task.sleep(for: interval) }
          }
        }, headers: headers)
    }
  }
}
