import HTTPCore
import Testing

@testable import Recordings

extension RecordingTests {
  /// Names for keys made of everything that the store itself writes, and of what file systems find hard.
  @Suite struct RecordingNamesPropertyTests {
    /// The same sequence at every run.
    private struct Random: RandomNumberGenerator {
      var state: UInt64

      mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 29) ^ state
      }
    }

    private static let words = [
      "a", "A", "foo", "index", "Index", "INDEX", ".head", ".HEAD", ".head.yaml", ".Head.Yaml", ".yaml", ".json", ".svg", ".html", ".gz",
      ".br",
      ".bin", ".z", ".tar.gz", "~", "~~", "~7E", "%7E", "~2F", "%2F", "~POST", "POST", ".~~", ".~~lock", ".~~secret", ".part", "~private",
      "none",
      "~none", ".", "%2E", "..a", "%20", "+", "%C3%A9", "e%CC%81", "%F0%9F%A6%8A", "?", "%3F", "&", "=", ";", ":", "%25", "0",
      "9f86d081884c7d659f86d081884c7d65", "~9f86d081884c7d65", "~9f86d081884c7d659f86d081884c7d65", "~.json", "~~.gz", "-", "_", "yaml",
      "head", "long",
      "~long", String(repeating: "x", count: 90), String(repeating: "%C3%A9", count: 60),
    ]

    private static func path(_ random: inout Random) -> String {
      let segments = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        (0..<Int.random(in: 0...4, using: &random)).map { _ in words.randomElement(using: &random)!.replacing("?", with: "%3F") }.joined()
      }
      let deep = Int.random(in: 0..<40, using: &random) == 0 ? String(repeating: "d/", count: Int.random(in: 10...30, using: &random)) : ""
      let path = "/" + deep + segments.joined(separator: "/")
      return (try? PathNormalization.canonicalEncoded(path.utf8.span)) ?? "/refused"
    }

    private static func query(_ random: inout Random) -> String? {
      guard Bool.random(using: &random) else { return nil }
      let text = (0..<Int.random(in: 1...4, using: &random)).map { _ in words.randomElement(using: &random)! }.joined()
      return RecordingKey.canonicalQuery("v=\(text)".utf8.span, .all)
    }

    private static func key(_ random: inout Random, upstreams: Int = 1) -> RecordingKey {
      let methods = ["GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "2F", "7Ea", "a.head", "post", "POST~", "M-SEARCH"]
      var headers: [RecordingKey.Header] = []
      if Int.random(in: 0..<6, using: &random) == 0 { headers = [.init(name: "accept", value: words.randomElement(using: &random)!)] }
      var key = RecordingKey(
        method: methods.randomElement(using: &random)!, path: path(&random), query: query(&random), headers: headers,
        bodyDigest: Int.random(in: 0..<8, using: &random) == 0 ? "\(Int.random(in: 0..<4, using: &random))" : nil,
        upstream: "http://host\(Int.random(in: 0..<upstreams, using: &random))/")
      switch Int.random(in: 0..<8, using: &random) {
      case 0: key.credentials = .nobody
      case 1: key.credentials = .client(digest: SHA256.hexDigest(of: "\(Int.random(in: 0..<3, using: &random))".utf8))
      default: break
      }
      return key
    }

    private static let types = [
      "application/json", "text/html", "image/svg+xml", "application/yaml", "text/x-other", "application/octet-stream",
    ]
    private static let codings: [String?] = [nil, nil, nil, "gzip", "br", "zstd", "deflate"]

    @Test func `no two keys share a name, and no body has the name of a head, a lock or a temporary`() {
      var random = Random(state: 1)
      // By octets: to a String, two spellings of a letter with an accent are the same.
      var owners: [[UInt8]: RecordingKey] = [:]
      var keys: Set<RecordingKey> = []
      for _ in 0..<8_000 { keys.insert(Self.key(&random)) }
      var directories: Set<String> = []
      for key in keys {
        let names = RecordingNames(key)
        var bodies: Set<String> = []
        for type in Self.types {
          for coding in Self.codings { bodies.insert(names.bodyName(contentType: type, contentCoding: coding)) }
        }
        for body in bodies {
          #expect(RecordingNames.canBeBody(body, of: names.stem, isFormer: false), "\(body) of \(names.stem)")
          #expect(!body.lowercased().hasSuffix(".head.yaml") && !body.hasPrefix(".") && body.utf8.count <= 255, "\(body)")
        }
        #expect(names.headName.hasSuffix(".head.yaml") && !names.headName.hasPrefix(".") && names.pendingName.utf8.count <= 255)
        #expect(names.directories.count <= RecordingNames.maxDepth + 1)
        #expect(names.headPath.utf8.count < 4096)
        for name in bodies.union([names.headName, names.pendingName]) {
          let path = names.path(name)
          if let other = owners.updateValue(key, forKey: Array(path.utf8)), other != key {
            Issue.record("\(path): \(other.lines), \(key.lines)")
          }
        }
        for depth in names.directories.indices { directories.insert(names.directories[...depth].joined(separator: "/")) }
      }
      let files = directories.filter { owners[Array($0.utf8)] != nil }
      #expect(files.isEmpty, "both directory and file: \(files.sorted())")
    }

    @Test func `a store gives each of many keys its own recording`() throws {
      var random = Random(state: 2)
      var keys: [RecordingKey] = []
      while keys.count < 400 {
        let key = Self.key(&random, upstreams: 2)
        if !keys.contains(key) { keys.append(key) }
        // The same from elsewhere, and for another client.
        if Int.random(in: 0..<5, using: &random) == 0 {
          var other = key
          other.upstream = "http://elsewhere/"
          if !keys.contains(other) { keys.append(other) }
        }
      }
      let store = TemporaryStore()
      for (number, key) in keys.enumerated() {
        try store.record(key, "body \(number)", type: Self.types.randomElement(using: &random)!)
      }
      for (number, key) in keys.enumerated() {
        let found = try store.found(SoughtRecording(Self.shared(key), owner: key.credentials ?? .nobody, credentials: .auto))
        // Without one of its own a client has everybody's.
        if key.credentials != nil || !keys.contains(where: { $0.credentials == .nobody && Self.shared($0) == key }) {
          #expect(found?.text == "body \(number)", "\(key.lines)")
        }
      }
      for exchange in try RecordingInventory.exchanges(in: store.root) {
        #expect(RecordingInventory.verify(exchange) == .whole, "\(exchange.key)")
        #expect(try RecordingInventory.remove(exchange))
      }
      #expect(store.files == [])
      #expect(store.directories == [])
    }

    private static func shared(_ key: RecordingKey) -> RecordingKey {
      var key = key
      key.credentials = nil
      return key
    }
  }
}
