// The reference file and the examples: each is loaded as it is shipped.

import Foundation
import HTTPRoutes
import Testing

@Suite struct ShippedConfigurationTests {
  private func load(_ name: String) -> LoadResult {
    SettingsLoader.load(path: Fixtures.repository.appending(path: "config/\(name)").path, environment: [:])
  }

  @Test(arguments: ["asynchttpd.yaml", "examples/static-site.yaml", "examples/recording-proxy.yaml", "examples/petstore.yaml"])
  func `it loads without a word`(name: String) {
    let result = load(name)
    #expect(result.diagnostics.map { $0.render() } == [])
    #expect(result.settings != nil)
  }

  @Test func `the reference has a route of every kind, on loopback`() throws {
    let settings = try #require(load("asynchttpd.yaml").settings)
    #expect(settings.listen.map(\.address) == [.tcp(host: "127.0.0.1", port: 8080)])
    let kinds = Set(settings.routes.map { type(of: $0.responder).kind })
    #expect(kinds == ["static", "proxy_to_file", "json", "text", "redirect"])
  }

  @Test func `the reference says every default of the server`() throws {
    let settings = try #require(load("asynchttpd.yaml").settings)
    #expect(settings.workers == nil)
    #expect(settings.limits == LimitSettings())
    #expect(settings.timeouts == TimeoutSettings())
    #expect(settings.log == LogSettings())
  }

  @Test(arguments: [
    "listen", "workers", "include", "trusted_proxies", "limits", "connections", "descriptors", "descriptors_per_request", "body", "head",
    "timeouts", "keep_alive", "write", "drain", "log", "level", "format", "access_log", "path", "defaults", "routes", "text",
    "content_type",
    "static", "root", "index", "fallback", "listing", "precompressed", "dotfiles", "symlinks", "cache_control", "file", "json", "json_file",
    "id", "methods", "status", "headers", "cors", "origins", "expose", "credentials", "max_age", "delay", "proxy_to_file", "store",
    "upstream", "mode", "key", "query", "save_status", "refresh_after", "redact", "max_size", "max_body", "on_miss", "ca_file", "timeout",
    "redirect", "to",
  ])
  func `the reference documents the key`(key: String) throws {
    let text = try String(contentsOf: Fixtures.repository.appending(path: "config/asynchttpd.yaml"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.drop { " #-".contains($0) } }
    #expect(lines.contains { $0.hasPrefix("\(key):") })
  }

  @Test func `the petstore has every operation of its API`() throws {
    let settings = try #require(load("examples/petstore.yaml").settings)
    let operations = [
      "updatePet", "addPet", "findPetsByStatus", "findPetsByTags", "getPetById", "updatePetWithForm", "deletePet", "uploadFile",
      "getInventory", "placeOrder", "getOrderById", "deleteOrder", "createUser", "createUsersWithListInput", "loginUser", "logoutUser",
      "getUserByName", "updateUser", "deleteUser",
    ]
    #expect(Set(operations).subtracting(settings.routes.map(\.id)).isEmpty)
  }
}
