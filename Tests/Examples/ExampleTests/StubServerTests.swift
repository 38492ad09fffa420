// A stub server inside a Swift test: the code under test talks to a real server on a free port, which answers from the very file that staging
// runs. To copy: any of the tests.
//
//     swift test --filter StubServerTests
//     curl http://127.0.0.1:8080/api/v3/pet/7      (the same answers, from `asynchttpd serve --config config/examples/petstore.yaml`)

import AsyncHTTPServer
import Foundation
import FoundationNetworking
import HTTPRoutes
import Testing

@Suite struct StubServerTests {
  @Test func `the client decodes a pet`() async throws {
    let routes = try RouteTable(contentsOf: Repository.path("config/examples/petstore.yaml"))
    try await withServer(routes) { url in
      let pet = try await PetstoreClient(url).pet(7)
      #expect(pet.id == 7)
    }
  }

  @Test func `the client tells a pet that does not exist from one it cannot ask for`() async throws {
    let routes = try RouteTable(contentsOf: Repository.path("config/examples/petstore.yaml"))
    try await withServer(routes) { url in
      let client = PetstoreClient(url)
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
    try await withServer(routes) { url in
      let pet = try await PetstoreClient(url).pet(12)
      #expect(pet.name == "from 12")
    }
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

  init(_ url: String) { base = URL(string: url + "/api/v3")! }

  func pet(_ id: some CustomStringConvertible) async throws -> Pet {
    let (body, response) = try await URLSession.shared.data(from: base.appendingPathComponent("pet/\(id)"))
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard status == 200 else {
      throw Failure(status: status, message: try JSONDecoder().decode(Explanation.self, from: body).message)
    }
    return try JSONDecoder().decode(Pet.self, from: body)
  }
}
