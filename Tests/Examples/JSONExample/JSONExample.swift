// The ancestor's JSON example: an answer with a type of its own, and what the client said.
//
//     swift run JSONExample [port]
//     curl http://localhost:8080/anything?name=Ada

import AsyncHTTPServer

@main
struct JSONExample {
  static func main() async throws {
    let server = AsyncHTTPServer()
    let address = try server.listen(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080)
    print("listening on \(address)")
    try await server.serve { request in
      print(request.method.rawValue, request.target.raw, request.headers[.userAgent] ?? "-")
      try await request.respond(
        .ok, #"{"message": "Hello, World!"}"#, headers: [.contentType: "application/json", .cacheControl: "no-store"])
    }
  }
}
