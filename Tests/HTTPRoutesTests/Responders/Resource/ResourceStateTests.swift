// What a resource keeps: among workers, over reloads, and in a file.

import AsyncHTTPServer
import Foundation
import JSONText
import Testing

@testable import HTTPRoutes

@Suite struct ResourceStateTests {
  private static let yaml = """
    routes:
      - {id: todos, path: /todos/**, resource: {seed: seed.json, save: saved.json}}
    """

  private static func ids(_ text: String) throws -> [String] {
    guard case .array(let items) = try JSONValue(parsing: text) else { return [] }
    return items.map { JSONWriter.text(of: $0["id"] ?? .null) }
  }

  @Test func `two workers have one truth`() async throws {
    try await Site.with("routes: [{path: /todos/**, resource: {items: []}}]", workers: 2) { (site, _) async throws in
      let locations = try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<4 {
          group.addTask {
            var locations: [String] = []
            for _ in 0..<25 {
              let made = try await site.request("POST", "/todos", #"{"a":1}"#)
              let location = made["Location"] ?? ""
              // Another connection, and so perhaps another worker, sees it.
              if made.status == 201, try await site.get(location).body == made.body { locations.append(location) }
            }
            return locations
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(Set(locations) == Set((1...100).map { "/todos/\($0)" }))
      #expect(locations.count == 100)
      #expect(try await site.get("/todos")["X-Total-Count"] == "100")
    }
  }

  @Test func `a reload keeps the items while what they depend on is the same`() throws {
    func table(_ keys: String, items: String = "[{id: 1}]", replacing old: RouteTable? = nil) throws -> RouteTable {
      try RouteTable(yaml: "routes: [{id: r, path: /r/**, resource: {items: \(items)\(keys)}}]", replacing: old)
    }
    func collection(_ table: RouteTable) throws -> SharedCollection { try #require(table.states.all(SharedCollection.self).first) }
    let first = try table("")
    let collection = try collection(first)
    collection.changeInMemory { collection in
      if let item = collection[id: "1"] { collection.remove(item) }
    }
    // What stands around the list and what clients may do changes no item.
    let second = try table(", list: {d: \"{{items}}\"}, methods: [list]", replacing: first)
    #expect(try table("", replacing: second).states.all(SharedCollection.self).first === collection)
    #expect(second.states.begunAnew.isEmpty)
    for (keys, items) in [
      (", id: key", "[{id: 1, key: 1}]"), (", new_id: uuid", "[{id: 1}]"), (", defaults: {a: 1}", "[{id: 1}]"),
      (", max_items: 5", "[{id: 1}]"),
      ("", "[{id: 2}]"),
    ] {
      let other = try table(keys, items: items, replacing: second)
      #expect(other.states.begunAnew == ["r"], "\(keys)")
      #expect(try self.collectionCount(other) == 1)
    }
  }

  private func collectionCount(_ table: RouteTable) throws -> Int {
    try #require(table.states.all(SharedCollection.self).first).items.count
  }

  @Test func `an edited seed begins anew, and what is saved stands in for it`() async throws {
    try await Site.with(Self.yaml) { files in
      try files.write(#"[{"id": 1, "a": 1.0}]"#, to: "seed.json")
    } _: { (site, files) async throws in
      #expect(try await site.request("POST", "/todos", "{}").status == 201)
      #expect(try await site.request("PATCH", "/todos/1", #"{"b":2}"#).status == 200)
      let saved = try String(contentsOfFile: files["saved.json"], encoding: .utf8)
      #expect(saved == "[\n{\"id\":1,\"a\":1.0,\"b\":2},\n{\"id\":2}\n]\n")
      #expect(try String(contentsOfFile: files["seed.json"], encoding: .utf8) == #"[{"id": 1, "a": 1.0}]"#)
      // The next start reads it, and so does a reload that begins anew.
      func ids(replacing old: RouteTable?) throws -> [String] {
        let table = try RouteTable(yaml: Self.yaml, fileName: files["routes.yaml"], environment: [:], replacing: old)
        return try #require(table.states.all(SharedCollection.self).first).items.map(\.id)
      }
      #expect(try ids(replacing: nil) == ["1", "2"])
      try files.write(#"[{"id": 1}, {"id": 5}]"#, to: "seed.json")
      #expect(try ids(replacing: site.table) == ["1", "2"])
      // A reset goes to the seed.
      let states = site.table.states.all(SharedCollection.self)
      try await states.first?.reset()
      #expect(try await site.get("/todos").text == #"[{"id":1,"a":1.0}]"#)
      #expect(try Self.ids(String(contentsOfFile: files["saved.json"], encoding: .utf8)) == ["1"])
    }
  }

  @Test func `a change that cannot be saved is 507, and is not made`() async throws {
    try await Site.with(Self.yaml.replacing("saved.json", with: "dir/saved.json")) { files in
      try files.write("[]", to: "seed.json")
    } _: { (site, files) async throws in
      #expect(try await site.request("POST", "/todos", "{}").status == 201)
      // No directory any more: ENOTDIR.
      try files.remove("dir")
      try files.write("", to: "dir")
      for (method, target) in [("POST", "/todos"), ("PUT", "/todos/1"), ("PATCH", "/todos/1"), ("DELETE", "/todos/1")] {
        let reply = try await site.request(method, target, #"{"a":1}"#)
        #expect(reply.status == 507 && reply["Content-Type"] == "application/problem+json", "\(method)")
      }
      #expect(try await site.get("/todos").text == #"[{"id":1}]"#)
      try files.remove("dir")
      #expect(try await site.request("POST", "/todos", "{}")["Location"] == "/todos/2")
      #expect(try await site.get("/todos/2", method: "DELETE").status == 204)
    }
  }
}
