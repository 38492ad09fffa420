// The ancestor's example: a loop of your own that accepts only while there are descriptors to serve what it accepts.
//
//     swift run HelloWorld [port]
//     curl http://localhost:8080/

import AsyncHTTPServer

@main
struct HelloWorld {
  static func main() async throws {
    let server = AsyncHTTPServer()
    let address = try server.listen(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080)
    print("listening on \(address)")
    while true {
      if server.shouldAcceptRequest() {
        try await server.acceptRequest { request in
          try await request.respond(.ok, "Hello World", headers: [.contentType: "text/plain; charset=utf-8"])
        }
      } else {
        try await server.descriptorAvailable()
      }
    }
  }
}
