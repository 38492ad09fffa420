import Foundation
import Testing

@testable import Recordings

extension RecordingTests {
  @Suite struct RecordingInventoryTests {
    private func key(_ path: String) -> RecordingKey { RecordingKey(method: "GET", path: path) }

    @Test func `every recording is listed with its key, and what somebody put there`() throws {
      let store = TemporaryStore()
      try store.record(key("/v2/items"), "[1]")
      try store.record(key("/gone"), "no", type: "text/plain", status: 404)
      try store.put("img/logo.svg", "<svg/>")
      let exchanges = try RecordingInventory.exchanges(in: store.root)
      #expect(exchanges.map(\.key) == [["GET /gone"], ["GET /img/logo.svg"], ["GET /v2/items"]])
      #expect(exchanges.map(\.status) == [404, 200, 200])
      #expect(exchanges.map(\.size) == [2, 6, 3])
      #expect(exchanges.map(\.isRecording) == [true, false, true])
      #expect(exchanges.allSatisfy { RecordingInventory.verify($0) == .whole })
    }

    @Test func `a store that is not there has no recordings`() throws {
      #expect(try RecordingInventory.exchanges(in: TemporaryStore().root).isEmpty)
    }

    @Test func `an edited body is told from a damaged recording`() throws {
      let store = TemporaryStore()
      for name in ["same-size", "longer", "bodiless", "garbled"] { try store.record(key("/\(name)"), "[1]") }
      try store.put("same-size.json", "[2]")
      try store.put("longer.json", "[1, 2]")
      try FileManager.default.removeItem(atPath: "\(store.root)/bodiless.json")
      try store.put("garbled.head.yaml", "status: [\n")
      var verdicts: [String: StoredExchange.Agreement] = [:]
      for exchange in try RecordingInventory.exchanges(in: store.root) {
        verdicts[exchange.headPath ?? ""] = RecordingInventory.verify(exchange)
      }
      guard case .edited(let same) = verdicts["same-size.head.yaml"], case .edited(let longer) = verdicts["longer.head.yaml"],
        case .damaged(let bodiless) = verdicts["bodiless.head.yaml"], case .damaged(let garbled) = verdicts["garbled.head.yaml"]
      else {
        Issue.record("\(verdicts)")
        return
      }
      #expect(same.contains("same-size.json") && same.contains("SHA-256"))
      #expect(longer.contains("longer.json: 6 bytes, the head file says 3"))
      #expect(bodiless.contains("bodiless.json, is not there"))
      #expect(garbled.contains("garbled.head.yaml:"))
    }

    @Test func `what is removed is a miss, body and head`() throws {
      let store = TemporaryStore()
      try store.record(key("/a"), "[1]")
      try store.record(key("/b"), "[2]")
      let first = try #require(try RecordingInventory.exchanges(in: store.root).first)
      #expect(try RecordingInventory.remove(first))
      #expect(store.files == ["b.head.yaml", "b.json"])
      #expect(try store.found(key("/a")) == nil)
      #expect(try RecordingInventory.remove(first) == false)
    }

    @Test func `what has been recorded anew since is not removed`() throws {
      let store = TemporaryStore()
      try store.record(key("/a"), "[1]")
      let old = try #require(try RecordingInventory.exchanges(in: store.root).first)
      try store.record(key("/a"), "[2]")
      #expect(try RecordingInventory.remove(old) == false)
      #expect(try store.found(key("/a"))?.text == "[2]")
    }

    @Test func `a head that cannot be read goes with the body of its name, and no other`() throws {
      let store = TemporaryStore()
      try store.record(key("/items"), "[1]")
      try store.put("items.head.yaml", "status: [\n")
      try store.put("items.old.json", "[0]")
      let damaged = try #require(try RecordingInventory.exchanges(in: store.root).first { $0.damage != nil })
      #expect(try RecordingInventory.remove(damaged))
      #expect(store.files == ["items.old.json"])
    }
  }
}
