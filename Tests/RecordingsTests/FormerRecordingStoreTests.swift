import Foundation
import Testing

@testable import Recordings

extension RecordingTests {
  /// Stores as the version before wrote them, file by file.
  @Suite struct FormerRecordingStoreTests {
    private let store = TemporaryStore()

    private func put(
      _ stem: String, _ key: [String], body: String, file: String, fetched: String = "http://upstream.test/v2/x", status: Int = 200
    ) throws {
      let directory = stem.split(separator: "/").dropLast().map { $0 + "/" }.joined()
      try store.put(
        "\(stem).head.yaml",
        """
        request: "GET /r/x HTTP/1.1"
        key:
        \(key.map { "  - \"\($0)\"\n" }.joined())status: \(status)
        headers:
          - Content-Type: application/json
        recorded_at: 2026-11-02T03:04:05Z
        upstream: "\(fetched)"
        duration: 3ms
        body:
          file: "\(file)"
          size: \(body.utf8.count)
          sha256: \(SHA256.hexDigest(of: body.utf8))

        """)
      try store.put(directory + file, body)
    }

    private func key(_ path: String, query: String? = nil, upstream: String? = nil) -> RecordingKey {
      RecordingKey(method: "GET", path: path, query: query, upstream: upstream)
    }

    @Test(
      arguments: [
        ("/v2/items", nil, "v2/items", "items.json"), ("/v2/items", "page=2", "v2/items?page=2", "items?page=2.json"),
        ("/logo.svg", nil, "logo.svg", "logo.svg"), ("/v2/", nil, "v2/index~", "index.html"), ("/index", nil, "index", "index.html"),
        ("/foo.head", nil, "foo.head", "foo.head.json"), ("/x.head.yaml", nil, "x~2Ehead.yaml", "x~2Ehead.yaml"),
        ("/.well-known/x", nil, ".well-known/x", "x.json"), ("", nil, "~", "index.json"), ("/a", nil, "a", "a~0123456789abcdef.json"),
        ("/app.css", nil, "app.css", "app.css.gz"), ("/o.yaml", "v=1.head", "o.yaml?v=1.head", "o.yaml?v=1.head.json"),
        (
          "/" + String(repeating: "d/", count: 40) + "x", nil, String(repeating: "d/", count: 40) + "x", "x.json"
        ),
      ] as [(String, String?, String, String)])
    func `a recording of the version before replays`(_ path: String, _ query: String?, _ stem: String, _ file: String) throws {
      let key = key(path, query: query)
      try put(stem, key.lines, body: "old", file: file, fetched: "http://upstream.test/v2\(path)?page=2")
      #expect(try store.found(key)?.text == "old")
      let fetched = self.key(path, query: query, upstream: "http://upstream.test/v2\(path)")
      #expect(try store.found(fetched)?.text == "old")
      // Recorded anew, it is the new one's.
      try store.record(fetched, "new")
      #expect(try store.found(fetched)?.text == "new")
    }

    @Test func `a long name, and one that was taken, replay from under their digests of 64 bits`() throws {
      let long = key("/" + String(repeating: "x", count: 300))
      let digest = long.requestDigest.prefix(16)
      let cut = String(repeating: "x", count: 180)
      try put("\(cut)~\(digest)", long.lines, body: "long", file: "\(cut)~\(digest).json")
      #expect(try store.found(long)?.text == "long")
      let taken = key("/taken")
      try put("taken", ["GET /TAKEN"], body: "other", file: "taken.json")
      try put("taken~\(taken.requestDigest.prefix(16))", taken.lines, body: "mine", file: "taken~\(taken.requestDigest.prefix(16)).json")
      #expect(try store.found(taken)?.text == "mine")
    }

    @Test func `a recording of the version before is not that of another upstream`() throws {
      try put("items", ["GET /items"], body: "old", file: "items.json", fetched: "http://upstream.test/v2/items?page=2")
      #expect(try store.found(key("/items", upstream: "http://upstream.test/v2/items"))?.text == "old")
      #expect(try store.found(key("/items", upstream: "http://upstream.test/v3/items")) == nil)
      #expect(try store.found(key("/items", upstream: "http://other.test/v2/items")) == nil)
    }

    @Test func `a body of the version before that is named like a head is no head`() throws {
      // The upstream said this of /foo.head, as application/yaml; it would have been the head of /foo.
      let planted = "key: [\"GET /foo\"]\nstatus: 302\nheaders: {Location: 'http://evil.test/'}\nbody: {file: victim.json}\n"
      try put("foo.head", ["GET /foo.head"], body: planted, file: "foo.head.yaml")
      try put("victim", ["GET /victim"], body: "victim", file: "victim.json")
      #expect(try store.found(key("/foo")) == nil)
      try store.record(key("/foo", upstream: "http://upstream.test/v2/foo"), "mine")
      #expect(try store.found(key("/foo", upstream: "http://upstream.test/v2/foo"))?.text == "mine")
      #expect(try store.found(key("/victim"))?.text == "victim")
      #expect(store.text("foo.head.yaml") == planted)
    }

    @Test func `two recordings of the version before that shared a body's name keep their bodies`() throws {
      try put("a.json", ["GET /a.json"], body: "file", file: "a.json", fetched: "http://u/a.json")
      let upstream = "http://u/a"
      try store.record(key("/a", upstream: upstream), "mine")
      #expect(try store.found(key("/a", upstream: upstream))?.text == "mine")
      #expect(try store.found(key("/a.json", upstream: "http://u/a.json"))?.text == "file")
    }
  }

  @Suite struct RecordingHeadTrustTests {
    private let items = RecordingKey(method: "GET", path: "/items", upstream: "http://u/items")

    @Test(arguments: [
      "victim.json", "items.head.yaml", "victim.head.yaml", ".~~lock", ".~~secret", ".~~1-1-1.part", ".~~items.head.yaml", "items.JSON.exe",
    ])
    func `a head names no file but a body of its own`(_ file: String) throws {
      for key in ["", "key: [\"GET /items\"]\n", "key: [\"GET /items\", \"upstream http://u/items\"]\n"] {
        let store = TemporaryStore()
        try store.put("items.head.yaml", "\(key)body: {file: \"\(file)\"}\n")
        if file != "items.head.yaml" { try store.put(file, "secret") }
        #expect(throws: TemporaryStore.Damage.self) { try store.found(items) }
        // Nor does what is recorded over it, or removed, touch that file.
        try store.record(items, "mine")
        for exchange in try RecordingInventory.exchanges(in: store.root) where exchange.key.first == "GET /items" {
          _ = try RecordingInventory.remove(exchange)
        }
        // The lock is written to by whoever publishes, and so is the head that waits for it.
        if !["items.head.yaml", ".~~lock", ".~~items.head.yaml"].contains(file) { #expect(store.text(file) == "secret") }
      }
    }

    @Test func `a head by hand may name any body of its own name`() throws {
      for file in ["items", "items.json", "items.xyz", "items.json.gz"] {
        let store = TemporaryStore()
        try store.put("items.head.yaml", "status: 201\nbody: \(file)\n")
        try store.put(file, "by hand")
        #expect(try #require(try store.found(items)) == (201, "by hand", true))
      }
    }

    @Test func `everybody's recording is a miss for credentials that are kept apart`() throws {
      let store = TemporaryStore()
      try store.record(items, "everybody's")
      let sought = SoughtRecording(items, owner: .client(digest: String(repeating: "0", count: 64)), credentials: .separate)
      guard case .missing = store.store.find(sought, plainPath: "items") else {
        Issue.record("\(store.store.find(sought, plainPath: "items"))")
        return
      }
    }

    @Test func `a head whose body has gone is a miss, also beside another's body`() throws {
      let store = TemporaryStore()
      try store.record(items, "gone")
      try store.put("items.txt.head.yaml", "key: [\"GET /items.txt\"]\nbody: {file: items.txt}\n")
      try store.put("items.txt", "another's")
      try FileManager.default.removeItem(atPath: "\(store.root)/items.json")
      #expect(try store.found(items) == nil)
    }

    @Test func `what another upstream said is a miss, and both are kept`() throws {
      let store = TemporaryStore()
      let other = RecordingKey(method: "GET", path: "/items", upstream: "http://v/items")
      try store.record(items, "u")
      #expect(try store.found(other) == nil)
      guard case .missing(let miss) = store.store.find(SoughtRecording(other), plainPath: "items") else {
        Issue.record("found")
        return
      }
      #expect(miss.otherUpstream == "http://u/items")
      try store.record(other, "v")
      #expect(try store.found(items)?.text == "u")
      #expect(try store.found(other)?.text == "v")
      // Without an upstream, the first.
      #expect(try store.found(RecordingKey(method: "GET", path: "/items"))?.text == "u")
    }
  }
}
