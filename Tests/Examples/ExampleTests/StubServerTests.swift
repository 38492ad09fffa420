// A stub server inside a Swift test: the code under test talks to a real server on a free port, which answers from the very file that staging
// runs. To copy: `withPetstore`, and a test that uses it.
//
//     swift test --filter StubServerTests
//     curl http://127.0.0.1:8080/api/v3/pet/7      (the same answers, from `asynchttpd serve --config config/examples/petstore.yaml`)

import AsyncHTTPServer
import Foundation
import FoundationNetworking
import HTTPRoutes
import Testing

/// Runs `body` against the Petstore of config/examples, and ends the server.
func withPetstore<R>(_ body: (SocketAddress) async throws -> R) async throws -> R {
  let routes = try RouteTable(contentsOf: Repository.path("config/examples/petstore.yaml"))
  let server = AsyncHTTPServer()
  let address = try server.listen(port: 0, address: "127.0.0.1")
  async let serving: Void = server.serve(handler: routes)
  let result = try await body(address)
  await server.shutdown(gracePeriod: .seconds(1))
  try await serving
  return result
}

@Suite struct StubServerTests {
  @Test func `the client decodes a pet`() async throws {
    let pet = try await withPetstore { address in try await PetstoreClient(address).pet(7) }
    #expect(pet.id == 7)
    #expect(!pet.name.isEmpty)
  }

  @Test func `the client tells a pet that does not exist from one it cannot ask for`() async throws {
    try await withPetstore { address in
      let client = PetstoreClient(address)
      await #expect(throws: PetstoreClient.Failure(status: 404, message: "Pet not found")) { try await client.pet(404) }
      await #expect(throws: PetstoreClient.Failure(status: 400, message: "Invalid ID supplied")) { try await client.pet("invalid") }
    }
  }

  @Test func `routes may stand in the test itself`() async throws {
    let routes = try RouteTable(
      yaml: """
        routes:
          - path: /api/v3/pet/{id}
            json: {id: 1, name: "from {{path.id}}"}
        """)
    let server = AsyncHTTPServer()
    let address = try server.listen(port: 0, address: "127.0.0.1")
    async let serving: Void = server.serve(handler: routes)
    #expect(try await PetstoreClient(address).pet(12).name == "from 12")
    server.close()
    try await serving
  }
}

/// The code under test: a client as a program might have one.
private struct PetstoreClient {
  struct Pet: Decodable {
    let id: Int
    let name: String
  }

  struct Failure: Error, Equatable {
    let status: Int
    let message: String
  }

  private struct Explanation: Decodable { let message: String }

  let base: URL

  init(_ address: SocketAddress) { base = URL(string: "http://\(address)/api/v3")! }

  func pet(_ id: some CustomStringConvertible) async throws -> Pet {
    let (body, response) = try await URLSession.shared.data(from: base.appendingPathComponent("pet/\(id)"))
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard status == 200 else {
      throw Failure(status: status, message: try JSONDecoder().decode(Explanation.self, from: body).message)
    }
    return try JSONDecoder().decode(Pet.self, from: body)
  }
}
