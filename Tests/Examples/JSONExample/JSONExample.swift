// The ancestor's JSON example: an answer with a type of its own, and what the client said.
//
//     swift run JSONExample           then: curl http://localhost:8080/anything?name=Ada

import AsyncHTTPServer

@main
struct JSONExample {
  static func main() async throws {
    let server = AsyncHTTPServer()
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
    try await server.serve(port: port) { request in
      print(request.method.rawValue, request.target.raw, request.headers[.userAgent] ?? "-")
      try await request.respond(
        .ok, #"{"message": "Hello, World!"}"#, headers: [.contentType: "application/json", .cacheControl: "no-store"])
    }
  }
}
