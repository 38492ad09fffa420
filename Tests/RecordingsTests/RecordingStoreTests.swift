import Foundation
import HTTPCore
import Reactor
import SystemPackage
import Testing

@testable import Recordings

/// A store in a directory of its own, gone with the value.
final class TemporaryStore {
  let root: String
  let store: RecordingStore

  init() {
    root = NSTemporaryDirectory() + "store-\(UUID().uuidString)"
    store = RecordingStore(root: root)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func put(_ path: String, _ text: String) throws {
    let url = URL(fileURLWithPath: "\(root)/\(path)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: "\(root)/\(path)").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Every file below the root, sorted, without the lock.
  var files: [String] {
    let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isDirectory) && !isDirectory.boolValue
        && path != ".~~lock"
    }.sorted()
  }

  func record(_ key: RecordingKey, _ body: String, type: String = "application/json", status: Int = 200) throws {
    let writer = try RecordingWriter(store, key)
    try Array(body.utf8).withUnsafeBytes { try writer.write($0, at: 0) }
    try writer.publish(Self.head(type, status), hasContent: true)
  }

  static func head(_ type: String, _ status: Int) -> RecordingHead {
    var head = RecordingHead()
    head.status = status
    head.headers = [.init("Content-Type", type), .init("ETag", "\"v1\"")]
    return head
  }

  /// Every directory below the root, sorted.
  var directories: [String] {
    let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isDirectory) && isDirectory.boolValue
    }.sorted()
  }

  /// Status, body and whether it is edited; nil for a miss.
  func found(_ key: RecordingKey, plainPath: String? = nil) throws -> (status: Int?, text: String?, isEdited: Bool)? {
    try found(SoughtRecording(key), plainPath: plainPath)
  }

  func found(_ sought: SoughtRecording, plainPath: String? = nil) throws -> (status: Int?, text: String?, isEdited: Bool)? {
    switch store.find(sought, plainPath: plainPath) {
    case .found(let recording):
      let text = recording.body.map {
        FileManager.default.contents(atPath: "\(root)/\($0.path)").map { String(decoding: $0, as: UTF8.self) } ?? ""
      }
      return (recording.head?.head.status, text, recording.isEdited)
    case .missing: return nil
    case .damaged(let reason): throw Damage(reason: reason)
    case .outOfDescriptors: throw Damage(reason: "no descriptor is left")
    }
  }

  struct Damage: Error { let reason: String }
}

extension RecordingTests {
  @Suite struct RecordingStoreTests {
    fileprivate let items = RecordingKey(method: "GET", path: "/v2/items")

    @Test func `a recording is found again, and lies where people look`() throws {
      let store = TemporaryStore()
      #expect(try store.found(items) == nil)
      try store.record(items, "[1]")
      #expect(store.files == ["v2/items.head.yaml", "v2/items.json"])
      #expect(store.text("v2/items.json") == "[1]")
      let found = try #require(try store.found(items))
      #expect(found == (200, "[1]", false))
    }

    @Test func `a new recording takes the place of the old`() throws {
      let store = TemporaryStore()
      try store.record(items, "[1]")
      try store.record(items, "[1, 2]", status: 404)
      #expect(try #require(try store.found(items)) == (404, "[1, 2]", false))
      try store.record(items, "<p>", type: "text/html")
      #expect(store.files == ["v2/items.head.yaml", "v2/items.html"])
      #expect(try #require(try store.found(items)) == (200, "<p>", false))
    }

    @Test func `an edited body is told from the recorded one`() throws {
      let store = TemporaryStore()
      try store.record(items, "[1]")
      try store.put("v2/items.json", "[12]")
      #expect(try #require(try store.found(items)) == (200, "[12]", true))
      // The same size, and a date after the head's.
      try store.put("v2/items.json", "[2]")
      let later = Date(timeIntervalSinceNow: 60)
      try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: store.root + "/v2/items.json")
      #expect(try #require(try store.found(items)).isEdited)
      try store.put("v2/items.json", "[1]")
      try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: store.root + "/v2/items.json")
      #expect(try #require(try store.found(items)).isEdited == false)
    }

    #if DEBUG
    @Test func `a recording that begins while its store is swept is kept`() async {
      await #expect(processExitsWith: .success) {
        let items = RecordingKey(method: "GET", path: "/v2/items")
        let store = TemporaryStore()
        let recordings = store.store
        // Between the making of the temporary and the taking of its lock.
        try await FaultInjection.with { call, ordinal in
          if call == .flock, ordinal == 1 { recordings.sweep() }
          return nil
        } _: {
          try store.record(items, "[1]")
        }
        #expect(try #require(try store.found(items)) == (200, "[1]", false))
        #expect(store.files == ["v2/items.head.yaml", "v2/items.json"])
      }
    }
    #endif

    @Test func `a recording that gives up leaves nothing`() throws {
      let store = TemporaryStore()
      let writer = try RecordingWriter(store.store, items)
      try Array("half".utf8).withUnsafeBytes { try writer.write($0, at: 0) }
      #expect(try store.found(items) == nil)
      #expect(store.files.count == 1)
      writer.abandon()
      #expect(store.files.isEmpty)
    }

    @Test func `a response without content has a head file alone`() throws {
      let store = TemporaryStore()
      let writer = try RecordingWriter(store.store, items)
      try writer.publish(TemporaryStore.head("text/plain", 204), hasContent: false)
      #expect(store.files == ["v2/items.head.yaml"])
      #expect(try #require(try store.found(items)) == (204, nil, false))
    }

    @Test func `a deleted body is a miss, a deleted head leaves a plain body`() throws {
      let store = TemporaryStore()
      try store.record(items, "[1]")
      try FileManager.default.removeItem(atPath: store.root + "/v2/items.head.yaml")
      #expect(try #require(try store.found(items)) == (nil, "[1]", false))
      try store.record(items, "[1]")
      try FileManager.default.removeItem(atPath: store.root + "/v2/items.json")
      #expect(try store.found(items) == nil)
    }

    // MARK: Two recordings, one name

    @Test func `recordings that want the same body file have one each`() throws {
      let store = TemporaryStore()
      let named = RecordingKey(method: "GET", path: "/v2/items.json")
      try store.record(items, "[1]")
      #expect(try store.found(named, plainPath: "v2/items.json") == nil)
      try store.record(named, "[2]")
      #expect(try #require(try store.found(items)).text == "[1]")
      #expect(try #require(try store.found(named)).text == "[2]")
      try store.record(items, "[3]")
      #expect(try #require(try store.found(items)).text == "[3]")
      #expect(try #require(try store.found(named)).text == "[2]")
      #expect(store.files.count == 4)
    }

    @Test func `the index of a directory is not its index file`() throws {
      let store = TemporaryStore()
      let index = RecordingKey(method: "GET", path: "/v2/")
      let file = RecordingKey(method: "GET", path: "/v2/index.html")
      try store.record(index, "index", type: "text/html")
      #expect(try store.found(file, plainPath: "v2/index.html") == nil)
      try store.record(file, "file", type: "text/html")
      #expect(try #require(try store.found(index)).text == "index")
      #expect(try #require(try store.found(file)).text == "file")
    }

    @Test func `a name that the file system takes for another's goes to a digest`() throws {
      let store = TemporaryStore()
      // What a file system without case would do to /v2/ITEMS.
      var head = TemporaryStore.head("application/json", 200)
      head.key = ["GET /v2/ITEMS"]
      head.body = .init(file: "items.json")
      try store.put("v2/items.head.yaml", head.yaml)
      try store.put("v2/items.json", "theirs")
      #expect(try store.found(items) == nil)
      try store.record(items, "ours")
      #expect(try #require(try store.found(items)).text == "ours")
      #expect(store.text("v2/items.json") == "theirs")
    }

    // MARK: Plain directories

    @Test func `a plain directory is a store`() throws {
      let store = TemporaryStore()
      try store.put("a/logo.svg", "<svg/>")
      try store.put("a/index.html", "index")
      try store.put("a/items.json", "[]")
      try store.put("LICENSE", "text")
      try store.put("[x] 100%.txt", "odd")
      func found(_ path: String, _ plainPath: String) throws -> String? {
        try store.found(RecordingKey(method: "GET", path: path), plainPath: plainPath)?.text
      }
      #expect(try found("/a/logo.svg", "a/logo.svg") == "<svg/>")
      #expect(try found("/a/", "a/") == "index")
      #expect(try found("/a/items", "a/items") == "[]")
      #expect(try found("/LICENSE", "LICENSE") == "text")
      #expect(try found("/%5Bx%5D%20100%25.txt", "[x] 100%.txt") == "odd")
      #expect(try found("/a", "a") == nil)
      #expect(try found("/b", "b") == nil)
      #expect(try store.found(RecordingKey(method: "GET", path: "/a/logo.svg", query: "v=1"), plainPath: "a/logo.svg") == nil)
      #expect(try store.found(RecordingKey(method: "POST", path: "/a/logo.svg"), plainPath: "a/logo.svg") == nil)
    }

    @Test func `what belongs to a recording is nobody's plain body`() throws {
      let store = TemporaryStore()
      let paged = RecordingKey(method: "GET", path: "/items", query: "page=2")
      try store.record(paged, "[2]")
      for name in ["items?page=2.json", "items?page=2.head.yaml", ".~~lock"] {
        #expect(try store.found(RecordingKey(method: "GET", path: "/x"), plainPath: name) == nil)
      }
    }

    // MARK: Containment

    @Test func `links do not lead out of the store`() throws {
      let store = TemporaryStore()
      let outside = TemporaryStore()
      try outside.put("secret.json", "secret")
      try store.put("inside.json", "inside")
      try FileManager.default.createSymbolicLink(atPath: store.root + "/leak.json", withDestinationPath: outside.root + "/secret.json")
      try FileManager.default.createSymbolicLink(atPath: store.root + "/tree", withDestinationPath: outside.root)
      try FileManager.default.createSymbolicLink(atPath: store.root + "/alias.json", withDestinationPath: "inside.json")
      #expect(throws: TemporaryStore.Damage.self) {
        try store.found(RecordingKey(method: "GET", path: "/leak.json"), plainPath: "leak.json")
      }
      #expect(throws: TemporaryStore.Damage.self) {
        try store.found(RecordingKey(method: "GET", path: "/tree/secret.json"), plainPath: nil)
      }
      #expect(try #require(try store.found(RecordingKey(method: "GET", path: "/alias.json"), plainPath: "alias.json")).text == "inside")
      #expect(throws: RecordingFault.self) { try store.record(RecordingKey(method: "GET", path: "/tree/new"), "x") }
      #expect(outside.files == ["secret.json"])
    }

    @Test func `what is no regular file is not there`() throws {
      let store = TemporaryStore()
      try store.put("a/x.json", "x")
      mkfifo(store.root + "/pipe.json", 0o644)
      #expect(try store.found(RecordingKey(method: "GET", path: "/pipe.json"), plainPath: "pipe.json") == nil)
      #expect(try store.found(RecordingKey(method: "GET", path: "/a"), plainPath: "a") == nil)
    }

    @Test func `a head file that makes no sense is damage, not a miss`() throws {
      let store = TemporaryStore()
      try store.put("v2/items.head.yaml", "status: [")
      try store.put("v2/items.json", "[]")
      #expect {
        try store.found(items)
      } throws: { error in
        (error as? TemporaryStore.Damage)?.reason.hasPrefix(store.root + "/v2/items.head.yaml:1:") == true
      }
    }

    // MARK: Killed

    /// The store after a writer was killed at `step`: 1 body written, 2 pending head written, 3 body renamed.
    fileprivate func killed(at step: Int, over old: String?) throws -> TemporaryStore {
      let store = TemporaryStore()
      if let old { try store.record(items, old, status: 404) }
      let fresh = TemporaryStore()
      try fresh.record(items, "[1, 2, 3]")
      try store.put("v2/.~~1-1-1.part", step == 1 ? "[1, 2" : "[1, 2, 3]")
      if step >= 2 { try store.put("v2/.~~items.head.yaml", try #require(fresh.text("v2/items.head.yaml"))) }
      if step >= 3 {
        let root = store.root
        #expect(rename(root + "/v2/.~~1-1-1.part", root + "/v2/items.json") == 0)
      }
      return store
    }

    @Test(arguments: [1, 2, 3], [nil, "[1]"] as [String?])
    func `a kill leaves the old exchange or the new, before and after the sweep`(_ step: Int, _ old: String?) throws {
      let store = try killed(at: step, over: old)
      for _ in 0..<2 {
        let found = try store.found(items)
        if step == 3 {
          #expect(try #require(found) == (200, "[1, 2, 3]", false))
        } else if old != nil {
          #expect(try #require(found) == (404, "[1]", false))
        } else {
          #expect(found == nil)
        }
        store.store.sweep()
        #expect(store.files == (step == 3 || old != nil ? ["v2/items.head.yaml", "v2/items.json"] : []))
      }
    }

    // In processes of their own: what fails, fails for every thread.

    @Test func `a file that cannot be opened for want of a descriptor is not taken for one that is not there`() async {
      await #expect(processExitsWith: .success) {
        let tests = RecordingStoreTests()
        let store = try tests.killed(at: 3, over: "[1]")
        let (own, items) = (store.store, tests.items)
        for failing in 1...8 {
          let lookup = await FaultInjection.with { call, ordinal in
            call == .openat2 && ordinal == failing ? .tooManyOpenFiles : nil
          } _: {
            own.find(SoughtRecording(items), plainPath: nil)
          }
          switch lookup {
          case .found(let recording):
            #expect(recording.head?.head.status == 200)
            #expect(!recording.isEdited)
          case .outOfDescriptors: break
          case .missing, .damaged: Issue.record("the \(failing)th file: \(lookup)")
          }
        }
      }
    }

    @Test func `a recording waits for a descriptor`() async {
      await #expect(processExitsWith: .success) {
        let tests = RecordingStoreTests()
        let reactor = try Reactor(name: "writer")
        reactor.start()
        defer { reactor.stop() }
        for failing in 1...6 {
          let store = try tests.killed(at: 3, over: "[1]")
          let writer = try RecordingWriter(store.store, tests.items)
          try Array("[6]".utf8).withUnsafeBytes { try writer.write($0, at: 0) }
          _ = try await FaultInjection.with { call, ordinal in
            call == .openat2 && ordinal == failing ? .tooManyOpenFiles : nil
          } _: {
            try await Task(executorPreference: reactor) {
              try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(RecordingFault) in
                try writer.publish(TemporaryStore.head("text/plain", 200), hasContent: true)
              }
            }.value
          }
          #expect(try #require(try store.found(tests.items)).text == "[6]")
          #expect(store.files == ["v2/items.head.yaml", "v2/items.txt"])
        }
      }
    }

    @Test func `the next recording settles what was cut short`() throws {
      let store = try killed(at: 3, over: "[1]")
      try store.record(RecordingKey(method: "GET", path: "/v2/other"), "x")
      try store.record(items, "[4]")
      #expect(try #require(try store.found(items)) == (200, "[4]", false))
      #expect(store.files == ["v2/items.head.yaml", "v2/items.json", "v2/other.head.yaml", "v2/other.json"])
    }

    @Test func `a pending head that was cut short counts for nothing`() throws {
      let whole = try killed(at: 3, over: "[1]")
      let text = try #require(whole.text("v2/.~~items.head.yaml"))
      for length in stride(from: 0, to: text.utf8.count, by: 7) {
        let store = try killed(at: 2, over: "[1]")
        try store.put("v2/.~~items.head.yaml", String(text.prefix(length)))
        #expect(try #require(try store.found(items)) == (404, "[1]", false))
        store.store.sweep()
        #expect(store.files == ["v2/items.head.yaml", "v2/items.json"])
      }
    }

    @Test func `the sweep leaves the temporaries of the living`() throws {
      let store = TemporaryStore()
      let writer = try RecordingWriter(store.store, items)
      try Array("[5]".utf8).withUnsafeBytes { try writer.write($0, at: 0) }
      RecordingStore(root: store.root).sweep()
      try writer.publish(TemporaryStore.head("application/json", 200), hasContent: true)
      #expect(try #require(try store.found(items)).text == "[5]")
    }

    @Test func `writers that begin while another process sweeps lose nothing`() async throws {
      let store = TemporaryStore()
      let root = store.root
      try await withThrowingTaskGroup { group in
        group.addTask {
          while !Task.isCancelled { RecordingStore(root: root).sweep() }
        }
        group.addTask {
          let own = RecordingStore(root: root)
          for number in 0..<300 {
            let writer = try RecordingWriter(own, RecordingKey(method: "GET", path: "/\(number % 10)"))
            try Array("\(number)".utf8).withUnsafeBytes { try writer.write($0, at: 0) }
            try writer.publish(TemporaryStore.head("text/plain", 200), hasContent: true)
          }
        }
        try await group.next()
        group.cancelAll()
      }
      #expect(try #require(try store.found(RecordingKey(method: "GET", path: "/9"))).text == "299")
    }

    @Test func `a kill while the body changes its name leaves no body behind`() throws {
      // The new body is in place, the old one is gone, the head is still the old one.
      let store = TemporaryStore()
      let fresh = TemporaryStore()
      try store.record(items, "[1]")
      try fresh.record(items, "new", type: "text/plain")
      try store.put("v2/.~~items.head.yaml", try #require(fresh.text("v2/items.head.yaml")))
      try store.put("v2/items.txt", "new")
      #expect(unlink(store.root + "/v2/items.json") == 0)
      for _ in 0..<2 {
        #expect(try #require(try store.found(items)).text == "new")
        store.store.sweep()
        #expect(store.files == ["v2/items.head.yaml", "v2/items.txt"])
      }
    }

    /// Two processes on one store: each has its own `RecordingStore`, and nothing in common but the files.
    @Test func `readers see whole exchanges while others publish`() async throws {
      let store = TemporaryStore()
      let root = store.root
      try store.record(items, "0 0", status: 200)
      let items = items
      try await withThrowingTaskGroup { group in
        for writer in 1...2 {
          group.addTask {
            let own = RecordingStore(root: root)
            for number in 1...60 {
              // Status, type and body go together: a mixture would show.
              let status = 200 + writer * 100 + number
              let recording = try RecordingWriter(own, items)
              try Array("\(status) \(String(repeating: "x", count: number))".utf8).withUnsafeBytes { try recording.write($0, at: 0) }
              try recording.publish(TemporaryStore.head(number % 5 == 0 ? "text/plain" : "application/json", status), hasContent: true)
            }
          }
        }
        for _ in 0..<2 {
          group.addTask {
            let own = RecordingStore(root: root)
            for _ in 0..<400 {
              guard case .found(let recording) = own.find(SoughtRecording(items), plainPath: "v2/items"),
                let body = recording.body?.file?.rawValue,
                let head = recording.head?.head
              else {
                Issue.record("nothing found")
                return
              }
              let text = String(decoding: try Syscalls.readAll(body, limit: 1000), as: UTF8.self)
              #expect(text.hasPrefix("\(head.status) ") || text == "0 0")
              #expect(!recording.isEdited)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
