// Who may ask, and what every answer has.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct AdminHandlerTests {
  private static let yaml = "routes: [{path: /, text: a}]"
  private static let write = HTTPField.Name("X-Asynchttpd-Admin")!

  @Test func `health is text, and readiness ends with the drain`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      #expect(try await site.ask(.get, "/healthz").body.textInMemory == "ok\n")
      #expect(try await site.ask(.get, "/readyz").status == .ok)
      site.process.drain()
      #expect(try await site.ask(.get, "/healthz").status == .ok)
      let drained = try await site.ask(.get, "/readyz")
      #expect(drained.status == .serviceUnavailable)
      #expect(drained.headers[.contentType] == "application/problem+json")
    }
  }

  @Test func `every answer is for this moment and this site alone`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      for target in ["/", "/healthz", "/status", "/nowhere"] {
        let headers = try await site.ask(.get, target).headers
        #expect(headers[.cacheControl] == "no-store")
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
        #expect(headers[.accessControlAllowOrigin] == nil)
      }
    }
  }

  @Test func `an error is a problem with a title, a sentence and its status`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      let missing = try await site.ask(.get, "/nowhere")
      #expect(missing.status == .notFound)
      #expect(
        missing.body.textInMemory
          == "{\"title\":\"Not Found\",\"detail\":\"there is no /nowhere; /openapi.json lists what is here\",\"status\":404}\n")
      let other = try await site.ask(.put, "/status")
      #expect(other.status == .methodNotAllowed && other.headers[.allow] == "GET, HEAD")
    }
  }

  @Test(arguments: ["127.0.0.1", "127.0.0.1:8081", "127.0.0.1:9", "localhost", "LOCALHOST:8081", "[::1]", "[::1]:8081", "127.1.2.3"])
  func `a host of this machine may be asked for`(host: String) async throws {
    let response = try await AdminSite.with(Self.yaml) { try await $0.ask(.get, "/healthz", [HTTPField.Name("Host")!: host]) }
    #expect(response.status == .ok)
  }

  @Test(arguments: ["evil.example", "evil.example:8081", "localhost.evil.example", "192.0.2.1", "127.0.0.1.evil.example", "0.0.0.0"])
  func `another host is one that a browser was lured to`(host: String) async throws {
    let response = try await AdminSite.with(Self.yaml) { try await $0.ask(.get, "/healthz", [HTTPField.Name("Host")!: host]) }
    #expect(response.status.code == 421)
    #expect(response.body.textInMemory?.contains("ask for 127.0.0.1 or localhost") == true)
  }

  @Test func `a socket in the file system has no host to check`() async throws {
    let admin = AdminSettings(listen: ListenSettings(.unix(path: "/run/admin.sock")))
    let response = try await AdminSite.with(Self.yaml, admin: admin) {
      try await $0.ask(.get, "/healthz", [HTTPField.Name("Host")!: "anything"])
    }
    #expect(response.status == .ok)
  }

  @Test func `a token is asked for, and compared whole`() async throws {
    let admin = AdminSettings(listen: ListenSettings(.tcp(host: "", port: 8081)), token: "0123456789abcdef")
    try await AdminSite.with(Self.yaml, admin: admin) { site in
      let without = try await site.ask(.get, "/healthz")
      #expect(without.status == .unauthorized && without.headers[.wwwAuthenticate] == "Bearer realm=\"asynchttpd\"")
      for given in ["Bearer 0123456789abcdee", "Bearer 0123456789abcde", "Basic 0123456789abcdef", "0123456789abcdef", "Bearer "] {
        #expect(try await site.ask(.get, "/healthz", [.authorization: given]).status == .unauthorized, "\(given)")
      }
      #expect(try await site.ask(.get, "/healthz", [.authorization: "bearer 0123456789abcdef"]).status == .ok)
    }
  }

  @Test func `a write needs the header that no form can send`() async throws {
    try await AdminSite.with(Self.yaml) { site in
      let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
      for headers in [HTTPFields(), [Self.write: "0"], form] {
        let refused = try await site.ask(.post, "/reset", headers)
        #expect(refused.status == .forbidden)
      }
      #expect(site.process.resets.isEmpty)
      let done = try await site.ask(.post, "/reset", [Self.write: "1"])
      #expect(done.status == .ok && site.process.resets.count == 1)
    }
  }

  @Test(arguments: [
    ("{\"ids\": [\"jobs\"]}", 200), ("{\"ids\": []}", 400), ("{\"ids\": \"jobs\"}", 400), ("{\"ids\": [1]}", 400), ("[]", 400), ("{", 400),
    ("{\"id\": [\"jobs\"]}", 400), ("{\"ids\": [\"unknown\"]}", 404),
  ])
  func `a reset names what it resets, or nothing`(body: String, status: Int) async throws {
    let response = try await AdminSite.with(Self.yaml) { try await $0.ask(.post, "/reset", [Self.write: "1"], body: body) }
    #expect(response.status.code == status)
  }
}
