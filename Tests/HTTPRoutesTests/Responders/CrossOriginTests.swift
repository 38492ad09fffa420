import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct CrossOriginTests {
  private static let yaml = """
    defaults: {cors: {origins: ["http://page.example"], expose: [X-A]}}
    routes:
      - {path: /get, method: GET, text: got}
      - {path: /any, text: any}
      - {path: /closed, method: GET, text: closed, cors: off}
      - {path: /star, method: POST, text: star, cors: "*"}
      - {path: /star, method: PUT, text: star, cors: off}
      - {path: /twice, text: twice, headers: {Access-Control-Allow-Origin: "http://other.example"}}
    """

  private func get(_ target: String, _ fields: String..., method: String = "GET") async throws -> Reply {
    try await Site.with(Self.yaml) { site, _ in
      switch fields.count {
      case 0: try await site.get(target, "Origin: http://page.example", method: method)
      case 1: try await site.get(target, "Origin: http://page.example", fields[0], method: method)
      default: try await site.get(target, "Origin: http://page.example", fields[0], fields[1], method: method)
      }
    }
  }

  @Test(arguments: [
    ("GET", "/missing", 404), ("POST", "/get", 405), ("GET", "/%zz", 400), ("OPTIONS", "/get", 204), ("OPTIONS", "/any", 204),
    ("OPTIONS", "/missing", 404), ("GET", "/any", 200),
  ])
  func `a page may read the answers that no route gives`(_ method: String, _ target: String, _ status: Int) async throws {
    let answer = try await get(target, method: method)
    #expect(answer.status == status)
    #expect(answer["Access-Control-Allow-Origin"] == "http://page.example")
    #expect(answer["Access-Control-Expose-Headers"] == "X-A")
    // A 404 that explains depends on Accept too.
    #expect(answer["Vary"]?.hasSuffix("Origin") == true)
  }

  @Test(arguments: [("GET", "/closed", 200), ("POST", "/closed", 405), ("OPTIONS", "/closed", 204)])
  func `a route that is closed to pages stays so`(_ method: String, _ target: String, _ status: Int) async throws {
    let answer = try await get(target, method: method)
    #expect(answer.status == status)
    #expect(answer["Access-Control-Allow-Origin"] == nil)
    #expect(answer["Vary"] == nil)
  }

  @Test func `the first route of a path has the say where none has the method`() async throws {
    let answer = try await get("/star", method: "DELETE")
    #expect(answer.status == 405)
    #expect(answer["Access-Control-Allow-Origin"] == "*")
  }

  @Test func `a request body that is too large is refused where the page can read it`() async throws {
    let answer = try await get("/get", "Content-Length: 99999999999", method: "POST")
    #expect(answer.status == 413)
    #expect(answer["Access-Control-Allow-Origin"] == "http://page.example")
    let chunked = try await get("/any", "Transfer-Encoding: chunked", "X-Ignored: 1\r\n\r\nFFFFFFFFF\r\n", method: "POST")
    #expect(chunked.status == 413)
    #expect(chunked["Access-Control-Allow-Origin"] == "http://page.example")
  }

  @Test(arguments: [
    ("/get", "PUT", "GET, HEAD, OPTIONS"), ("/any", "PUT", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"), ("/missing", "PATCH", "PATCH"),
  ])
  func `a preflight lets a page through to the answer that refuses it`(_ target: String, _ method: String, _ methods: String) async throws {
    let answer = try await get(target, "Access-Control-Request-Method: \(method)", method: "OPTIONS")
    #expect(answer.status == 204)
    #expect(answer["Access-Control-Allow-Origin"] == "http://page.example")
    #expect(answer["Access-Control-Allow-Methods"] == methods)
  }

  @Test func `a field that the route sets by hand gives way to its rule`() async throws {
    let answer = try await get("/twice")
    #expect(answer.fields.filter { $0.name == "Access-Control-Allow-Origin" }.map(\.value) == ["http://page.example"])
  }
}
