// Which endpoint answers a path, and what is said of a path or a method that none has.

import AsyncHTTPServer
import HTTPCore
import Testing

@testable import RouteAdmin

@Suite struct AdminRouterTests {
  private let router = AdminRouter([
    endpoint("GET", "/items"), endpoint("DELETE", "/items"), endpoint("GET", "/items/{id}"), endpoint("GET", "/items/count"),
    endpoint("POST", "/items/count"),
  ])

  private static func endpoint(_ method: String, _ path: String) -> AdminEndpoint {
    AdminEndpoint(method, path, "", answers: [], action: { _, _ in Response() })
  }

  private func found(_ method: String, _ path: String) throws -> String {
    let found = try router.find(method, path: path)
    let parameters = found.parameters.map { " \($0)=\($1)" }.joined()
    return found.endpoint.method + " " + found.endpoint.path + parameters
  }

  @Test func `a literal path goes before a parameter, and HEAD is GET`() throws {
    #expect(try found("GET", "/items") == "GET /items")
    #expect(try found("HEAD", "/items/count") == "GET /items/count")
    #expect(try found("POST", "/items/count") == "POST /items/count")
    #expect(try found("GET", "/items/7") == "GET /items/{id} id=7")
  }

  @Test func `the last parameter takes slashes, escaped or not`() throws {
    #expect(try found("GET", "/items/GET%20%2Fapi%2F%7Bid%7D") == "GET /items/{id} id=GET /api/{id}")
    #expect(try found("GET", "/items/GET%20/api") == "GET /items/{id} id=GET /api")
    #expect(try found("GET", "/items//api") == "GET /items/{id} id=/api")
  }

  @Test(arguments: ["/", "/item", "/items/", "/items/%zz", "/items/%FF", "", "*", "/items/count/7%"])
  func `an unknown path is 404`(path: String) {
    let problem = #expect(throws: AdminProblem.self) { try router.find("GET", path: path) }
    #expect(problem?.status == 404)
  }

  @Test func `an unknown method is 405 with those of the path`() {
    let problem = #expect(throws: AdminProblem.self) { try router.find("PUT", path: "/items") }
    #expect(problem?.status == 405)
    #expect(problem?.headers[.allow] == "GET, HEAD, DELETE")
    // The parameter of another endpoint is not this path's method.
    #expect(#expect(throws: AdminProblem.self) { try router.find("DELETE", path: "/items/count") }?.headers[.allow] == "GET, HEAD, POST")
  }
}
