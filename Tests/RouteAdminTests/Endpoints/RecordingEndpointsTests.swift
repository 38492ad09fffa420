// What the stores of recordings hold.

import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPRoutes
import JSONText
import Testing

@testable import RouteAdmin

@Suite struct RecordingEndpointsTests {
  /// Serves routes of a store that holds two bodies put there by hand.
  private func withStore(_ body: @escaping @Sendable (AdminSite, String) async throws -> Void) async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
    let folder = root.appending(path: "catalog")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    try Data("{\"a\": 1}".utf8).write(to: folder.appending(path: "items"))
    try Data(String(repeating: "é", count: 40_000).utf8).write(to: folder.appending(path: "long"))
    let routes = "routes: [{path: /catalog/**, proxy_to_file: \(root.path)}, {path: /again/**, proxy_to_file: \(root.path)}]"
    try await AdminSite.with(routes) { try await body($0, root.path) }
  }

  @Test func `a store is listed once, with what it holds`() async throws {
    try await withStore { site, root in
      let stores = try await site.json("/recordings")
      #expect(stores["stores"]?[0]?["store"] == .string(root) && stores["stores"]?[1] == nil)
      #expect(stores["stores"]?[0]?["count"] == .integer(2))
      #expect(stores["stores"]?[0]?["bytes"] == .integer(80_008))
      let one = try await site.json("/recordings?limit=1")
      #expect(one["stores"]?[0]?["count"] == .integer(2) && one["stores"]?[0]?["recordings"]?[1] == nil)
    }
  }

  @Test func `one is found by its file, with its body as far as it is shown`() async throws {
    try await withStore { site, _ in
      let stores = try await site.json("/recordings")
      guard case .array(let recordings)? = stores["stores"]?[0]?["recordings"] else {
        Issue.record("no recordings")
        return
      }
      let files = recordings.compactMap { recording -> String? in
        if case .string(let file)? = recording["body"] { file } else { nil }
      }
      let short = try #require(files.first { $0.contains("items") })
      let long = try #require(files.first { $0.contains("long") })
      let whole = try await site.json("/recordings/\(short)")
      #expect(whole["body_text"] == .string("{\"a\": 1}") && whole["body_cut"] == .bool(false))
      let cut = try await site.json("/recordings/\(long)")
      #expect(cut["body_text"] == .string(String(repeating: "é", count: 32_768)) && cut["body_cut"] == .bool(true))
    }
  }

  @Test(arguments: ["/recordings/none", "/recordings/..%2F..%2Fetc%2Fpasswd", "/recordings/%2Fetc%2Fpasswd"])
  func `a file of no store is not there`(target: String) async throws {
    try await withStore { site, _ in
      let answer = try await site.ask(.get, target)
      #expect(answer.status == .notFound)
    }
  }
}
