// Collections that threads share, in memory and in a file, with system calls that fail.

import Foundation
import JSONText
import Reactor
import SystemPackage
import Testing

@testable import HTTPRoutes

@Suite struct SharedCollectionTests {
  private static func seed(_ ids: Range<Int>) -> ItemCollection {
    var collection = ItemCollection(rules: CollectionRules())
    for id in ids { _ = try? collection.insert(JSONObject([("id", .number(JSONNumber(id)))])) }
    return collection
  }

  @Sendable private static func add(_ collection: inout ItemCollection) -> Int? {
    guard let id = collection.nextNumber else { return nil }
    return (try? collection.insert(JSONObject([("id", .number(JSONNumber(id)))]))).map { _ in id }
  }

  private static func content(of path: String) throws -> [String] {
    guard case .array(let items) = try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path)))) else { return [] }
    return items.map { JSONWriter.text(of: $0["id"] ?? .null) }
  }

  @Test func `many threads get each id once, and read what they wrote`() async throws {
    let shared = SharedCollection(seed: Self.seed(1..<1))
    let ids = await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<4 {
        group.addTask {
          await onOwnThread {
            (0..<500).compactMap { _ in
              let id = shared.changeInMemory(Self.add)
              return id.flatMap { shared.item(String($0)) == nil ? nil : $0 }
            }
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(ids.sorted() == Array(1...2_000))
    #expect(shared.items.map(\.id) == (1...2_000).map(String.init))
  }

  @Test func `a list that is being read stays what it was`() throws {
    let shared = SharedCollection(seed: Self.seed(1..<4))
    let items = shared.items
    shared.changeInMemory { collection in for item in collection.items { collection.remove(item) } }
    #expect(items.map(\.id) == ["1", "2", "3"])
    #expect(shared.items.isEmpty)
  }

  @Test func `a change is in the file when it is done, one after the other`() async throws {
    let files = try Files()
    let shared = SharedCollection(seed: Self.seed(1..<3), file: CollectionFile(path: files["items.json"], directory: files.path))
    let ids = try await withThrowingTaskGroup(of: (Int?, Bool).self) { group in
      for _ in 0..<20 {
        group.addTask {
          let id = try await shared.change(Self.add)
          return (id, try Self.content(of: files["items.json"]).contains("\(id ?? 0)"))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(ids.compactMap(\.0).sorted() == Array(3...22))
    #expect(ids.allSatisfy { $0.1 })
    #expect(try Self.content(of: files["items.json"]) == (1...22).map(String.init))
    #expect(try FileManager.default.contentsOfDirectory(atPath: files.path) == ["items.json"])
  }

  @Test func `a change that changes nothing writes nothing`() async throws {
    let files = try Files()
    let shared = SharedCollection(seed: Self.seed(1..<3), file: CollectionFile(path: files["items.json"], directory: files.path))
    #expect(try await shared.change { $0.items.count } == 2)
    #expect(!FileManager.default.fileExists(atPath: files["items.json"]))
  }

  #if DEBUG
  @Test func `a file that cannot be written leaves memory and file as they were`() async {
    // In a process of its own: what fails, fails for every thread.
    await #expect(processExitsWith: .success) {
      for call in [SyscallName.openat, .pwrite, .fsync, .renameat] {
        let files = try Files()
        let path = files["items.json"]
        let shared = SharedCollection(seed: Self.seed(1..<3), file: CollectionFile(path: path, directory: files.path))
        _ = try await shared.change(Self.add)
        let error = await #expect(throws: SharedCollection.Unsaved.self, "\(call)") {
          try await FaultInjection.with({ name, _ in name == call ? .noSpace : nil }) { try await shared.change(Self.add) }
        }
        #expect(error == SharedCollection.Unsaved(path: path, errno: .noSpace))
        #expect(shared.items.map(\.id) == ["1", "2", "3"])
        #expect(try Self.content(of: path) == ["1", "2", "3"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.path) == ["items.json"])
        // The next one gets the id that was not given.
        #expect(try await shared.change(Self.add) == 4)
        #expect(try Self.content(of: path) == ["1", "2", "3", "4"])
      }
    }
  }
  #endif

  @Test func `a reset goes back to the seed, in the file as well`() async throws {
    let files = try Files()
    let shared = SharedCollection(
      seed: Self.seed(1..<3), saved: Self.seed(5..<9), file: CollectionFile(path: files["items.json"], directory: files.path))
    #expect(shared.items.map(\.id) == ["5", "6", "7", "8"])
    try await shared.reset()
    #expect(shared.items.map(\.id) == ["1", "2"])
    #expect(try Self.content(of: files["items.json"]) == ["1", "2"])
    #expect(try await shared.change(Self.add) == 3)
  }
}
