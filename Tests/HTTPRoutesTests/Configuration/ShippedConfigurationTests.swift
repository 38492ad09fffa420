// The reference file and the examples: each is loaded as it is shipped.

import Foundation
import Testing

@testable import HTTPRoutes

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
    let kinds = Set(settings.routes.map { type(of: $0.answer.responder).kind })
    #expect(kinds == ["static", "proxy_to_file", "json", "text", "resource", "redirect", "events", "sequence", "weighted"])
  }

  @Test func `the reference says every default of the server`() throws {
    let settings = try #require(load("asynchttpd.yaml").settings)
    #expect(settings.workers == nil)
    #expect(settings.limits == LimitSettings())
    #expect(settings.timeouts == TimeoutSettings())
    #expect(settings.log == LogSettings())
  }

  private static let reference =
    (try? String(contentsOf: Fixtures.repository.appending(path: "config/asynchttpd.yaml"), encoding: .utf8)) ?? ""

  /// The comment before each line of the reference that gives one of `keys`, commented out or not, and the line itself.
  private static func passages(of keys: [String]) -> [String] {
    let lines = reference.split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
    return lines.indices.compactMap { index in
      let line = lines[index].drop { " #-".contains($0) }
      guard keys.contains(where: { line.hasPrefix("\($0):") }) else { return nil }
      let comment = lines[..<index].reversed().prefix { $0.hasPrefix("#") }.reversed()
      return (comment + [lines[index]]).map { $0.drop { "# ".contains($0) } }.joined(separator: " ")
    }
  }

  @Test(arguments: KeyTable.configuration.withNested)
  func `the reference documents every key of a mapping, with its default`(table: KeyTable) {
    for key in table.keys {
      // A mapping of another key, such as on_miss, is documented with that key.
      let passages = Self.passages(of: [key.name, table.name])
      #expect(!passages.isEmpty || Self.reference.contains("`\(key.name)`"), "\(table.name).\(key.name)")
      guard let value = key.defaultValue else { continue }
      #expect(passages.contains { $0.contains("\(value) by default") }, "\(table.name).\(key.name): \(value) by default")
    }
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
