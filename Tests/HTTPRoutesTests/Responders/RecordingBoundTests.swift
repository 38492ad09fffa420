import Foundation
import Reactor
import Testing

@testable import HTTPRoutes

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
      for name in ["a", "b", "c", "d"] { #expect(try publish(name, store, maxSize: 60_000) == 0) }
      store.store.bound.use("a.head.yaml")
      #expect(try publish("e", store, maxSize: 42_000) == 2)
      #expect(store.files.filter { $0.hasSuffix(".json") } == ["a.json", "d.json", "e.json"])
      #expect(try store.found(key("b")) == nil)
      #expect(try store.found(key("a"))?.status == 200)
    }

    @Test func `recording the same again does not fill the store`() throws {
      let store = TemporaryStore()
      _ = try publish("other", store, maxSize: 30_000)
      for _ in 0..<10 { #expect(try publish("same", store, maxSize: 30_000) == 0) }
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

    @Test func `a body that is being read is read to its end`() throws {
      let store = TemporaryStore()
      _ = try publish("a", store, maxSize: 60_000)
      guard case .found(let recording) = store.store.find(key("a"), plainPath: nil), let body = recording.body, let file = body.file.take()
      else {
        Issue.record("nothing was found")
        return
      }
      #expect(try publish("b", store, maxSize: 15_000) == 1)
      #expect(try FileContent.read(file.rawValue, at: 0, count: 20_000).count == 10_000)
    }
  }
}
