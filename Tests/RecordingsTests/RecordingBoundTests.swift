import Foundation
import Reactor
import Testing

@testable import Recordings

extension RecordingTests {
  @Suite struct RecordingBoundTests {
    private func key(_ name: String) -> RecordingKey { RecordingKey(method: "GET", path: "/\(name)") }

    private func publish(_ name: String, _ store: TemporaryStore, maxSize: Int64) throws -> Int {
      let writer = try RecordingWriter(store.store, key(name))
      try [UInt8](repeating: 7, count: 10_000).withUnsafeBytes { try writer.write($0, at: 0) }
      let (headPath, growth) = try writer.publish(TemporaryStore.head("application/json", 200), hasContent: true)
      return store.store.bound.published(headPath, adding: growth, maxSize: maxSize, root: store.root)
    }

    @Test func `what was not used for longest goes, until there is room`() throws {
      let store = TemporaryStore()
      for name in ["a", "b", "c", "d"] { #expect(try publish(name, store, maxSize: 70_000) == 0) }
      store.store.bound.use("a.head.yaml")
      #expect(try publish("e", store, maxSize: 60_000) == 2)
      #expect(store.files.filter { $0.hasSuffix(".json") } == ["a.json", "d.json", "e.json"])
      #expect(try store.found(key("b")) == nil)
      #expect(try store.found(key("a"))?.status == 200)
    }

    @Test func `recording the same again does not fill the store`() throws {
      let store = TemporaryStore()
      _ = try publish("other", store, maxSize: 40_000)
      for _ in 0..<10 { #expect(try publish("same", store, maxSize: 40_000) == 0) }
    }

    @Test func `what somebody wrote or edited counts, and stays`() throws {
      let store = TemporaryStore()
      try store.put("by-hand.json", String(repeating: "x", count: 20_000))
      try store.put("noted.head.yaml", "status: 201\n")
      #expect(try publish("edited", store, maxSize: 60_000) == 0)
      try store.put("edited.json", String(repeating: "y", count: 10_001))
      #expect(try publish("a", store, maxSize: 60_000) == 0)
      #expect(try publish("b", store, maxSize: 30_000) == 1)
      #expect(store.files == ["b.head.yaml", "b.json", "by-hand.json", "edited.head.yaml", "edited.json", "noted.head.yaml"])
    }

    @Test func `directories count, and go with the last recording in them`() throws {
      let store = TemporaryStore()
      func publishDeep(_ name: String, maxSize: Int64) throws -> Int {
        let writer = try RecordingWriter(store.store, key("\(name)/b/c/d/e/f/g/h/x"))
        let (headPath, growth) = try writer.publish(TemporaryStore.head("application/json", 200), hasContent: false)
        return store.store.bound.published(headPath, adding: growth, maxSize: maxSize, root: store.root)
      }
      // Each takes one block for its head and eight for its directories, where a directory takes one.
      let block = try #require(
        try? Syscalls.use(
          of: {
            try? store.put("d/x", ""); return store.root + "/d"
          }())
      ).byteCount
      try FileManager.default.removeItem(atPath: store.root + "/d")
      let each = 4096 + 8 * block
      #expect(try publishDeep("1", maxSize: 2 * each) == 0)
      #expect(try publishDeep("2", maxSize: 2 * each) == 0)
      #expect(try publishDeep("3", maxSize: 2 * each) == 2)
      #expect(store.files == ["3/b/c/d/e/f/g/h/x.head.yaml"])
      #expect(store.directories.first == "3" && store.directories.count == 8)
    }

    @Test func `a directory that is removed under a writer is made again`() async throws {
      let store = TemporaryStore()
      let root = store.root
      try await withThrowingTaskGroup { group in
        group.addTask {
          while !Task.isCancelled { RecordingStore(root: root).sweep() }
        }
        group.addTask {
          let own = RecordingStore(root: root)
          for number in 0..<100 {
            let writer = try RecordingWriter(own, RecordingKey(method: "GET", path: "/a/b/\(number)/c/x"))
            try writer.publish(TemporaryStore.head("text/plain", 200), hasContent: true)
            for exchange in try RecordingInventory.exchanges(in: root) { _ = try RecordingInventory.remove(exchange) }
          }
        }
        try await group.next()
        group.cancelAll()
      }
      #expect(store.directories == [])
    }

    @Test func `a body that is being read is read to its end`() throws {
      let store = TemporaryStore()
      _ = try publish("a", store, maxSize: 60_000)
      guard case .found(let recording) = store.store.find(SoughtRecording(key("a")), plainPath: nil), let body = recording.body,
        let file = body.file.take()
      else {
        Issue.record("nothing was found")
        return
      }
      #expect(try publish("b", store, maxSize: 15_000) == 1)
      #expect(try Syscalls.readAll(file.rawValue, limit: 20_000).count == 10_000)
    }
  }
}
