import Testing

@testable import Recordings

struct RecordingNamesTests {
  private func key(_ path: String, query: String? = nil, method: String = "GET") -> RecordingKey {
    RecordingKey(method: method, path: path, query: query)
  }

  private func body(_ key: RecordingKey, _ type: String? = "application/json") -> String {
    let names = RecordingNames(key)
    return names.path(names.bodyName(contentType: type, contentCoding: nil))
  }

  @Test(
    arguments: [
      ("/v2/items", nil, "v2/items.json", "v2/items.head.yaml"),
      ("/v2/items", "page=2", "v2/items?page=2.json", "v2/items?page=2.head.yaml"),
      ("/logo.svg", nil, "logo~.svg", "logo.svg.head.yaml"),
      ("/index", nil, "~69ndex.json", "~69ndex.head.yaml"),
      ("/.well-known/x", nil, "~2Ewell-known/x.json", "~2Ewell-known/x.head.yaml"),
      ("/foo.head", nil, "foo~2Ehead.json", "foo~2Ehead.head.yaml"),
      ("/openapi.yaml", "v=1.HEAD", "openapi.yaml?v=1~2EHEAD.yaml", "openapi.yaml?v=1~2EHEAD.head.yaml"),
      ("/app.js", "v=3", "app.js?v=3.js", "app.js?v=3.head.yaml"),
      ("/v2/", nil, "v2/index.json", "v2/index~.head.yaml"),
      ("/", "q=1", "index?q=1.json", "index~?q=1.head.yaml"),
      ("/caf%C3%A9/men%C3%BC%20du%20jour", nil, "café/menü du jour.json", "café/menü du jour.head.yaml"),
      ("/~ada/x", nil, "~7Eada/x.json", "~7Eada/x.head.yaml"),
      ("/a//b", nil, "a/~/b.json", "a/~/b.head.yaml"),
      ("/v1.2/x", nil, "v1.2/x.json", "v1.2/x.head.yaml"),
      ("/bundle.js/x", nil, "bundle.js~/x.json", "bundle.js~/x.head.yaml"),
      ("/a%2Fb", nil, "a%2Fb.json", "a%2Fb.head.yaml"),
      ("/page.php", nil, "page.php.json", "page.php.head.yaml"),
      ("/x.head.yaml", nil, "x~2Ehead~.yaml", "x~2Ehead.yaml.head.yaml"),
      ("/x", "path=a/b", "x?path=a~2Fb.json", "x?path=a~2Fb.head.yaml"),
    ] as [(String, String?, String, String)])
  func `a recording lies where its URL says`(_ path: String, _ query: String?, _ bodyPath: String, _ headPath: String) {
    let key = key(path, query: query)
    #expect(body(key) == bodyPath)
    #expect(RecordingNames(key).headPath == headPath)
  }

  @Test func `the extension is that of the content where the URL has none`() {
    #expect(body(key("/a"), "text/html; charset=utf-8") == "a.html")
    #expect(body(key("/a"), "application/problem+json") == "a.json")
    #expect(body(key("/a"), "text/x-unheard-of") == "a.txt")
    #expect(body(key("/a"), nil) == "a.bin")
    #expect(RecordingNames(key("/a")).bodyName(contentType: "text/css", contentCoding: "gzip") == "a.css~~.gz")
  }

  @Test func `keys that differ have head files that differ`() {
    let keys = [
      key(""), key("/"), key("//"), key("/index"), key("/index.html"), key("/index~"), key("/index%7E"), key("/a"), key("/a/"), key("/A"),
      key("/a", query: "b="), key("/a%3Fb="), key("/a", query: "b=&c="), key("/a", query: "c=&b="), key("/a~POST"),
      key("/a", method: "POST"), key("/a%2Fb"), key("/a/b"), key("/a.head.yaml"), key("/a.head"), key("/%C3%A9"), key("/%25C3%25A9"),
      key("/a", query: "b=%2F"), key("/a", query: "b=/"), key("/a", query: "b=~"), key("/a", query: "b=%7E"), key("/.~~lock"),
      RecordingKey(method: "GET", path: "/a", headers: [.init(name: "accept", value: "x")]),
      RecordingKey(method: "GET", path: "/a", headers: [.init(name: "accept", value: "y")]),
      RecordingKey(method: "GET", path: "/a", bodyDigest: "0"), key("/a.json/b"), key("/a.json"), key("/a.json~/b"),
    ]
    let paths = keys.map { RecordingNames($0).headPath }
    #expect(Set(paths).count == keys.count)
    #expect(paths.allSatisfy { !$0.contains(".~~") })
  }

  @Test func `no name is longer than the file system takes`() {
    for length in [150, 180, 200, 255, 3000] {
      let long = String(repeating: "%C3%A9", count: length)
      let names = RecordingNames(key("/\(long)/\(long)", query: "q=" + String(repeating: "x", count: length)))
      let all = [names.headName, names.pendingName, names.bodyName(contentType: "text/html", contentCoding: "zstd")] + names.directories
      let alternative = names.alternative(key("/x"))
      let bodies = [alternative, names].map { $0.bodyName(contentType: "application/x-ndjson", contentCoding: "zstd") }
      for name in all + [alternative.headName, alternative.pendingName] + bodies {
        #expect(name.utf8.count <= 255)
      }
    }
    let deep = RecordingNames(key("/" + String(repeating: "abc/", count: 2000) + "x"))
    #expect(deep.headPath.utf8.count < 4096)
  }

  @Test func `long names that begin alike differ`() {
    let long = String(repeating: "x", count: 300)
    #expect(RecordingNames(key("/\(long)a")).headPath != RecordingNames(key("/\(long)b")).headPath)
    #expect(RecordingNames(key("/\(long)a/y")).headPath != RecordingNames(key("/\(long)b/y")).headPath)
  }

  @Test(arguments: ["a/.git/config", ".~~lock", "a.head.yaml", "a//b", "../x", "x~", ""])
  func `what is hidden or the store's own is no plain body`(_ path: String) {
    #expect(!RecordingNames.isPlain(path))
  }
}

struct RecordingKeyTests {
  private func query(_ text: String, _ choice: RecordingKey.QueryChoice = .all) -> String? {
    RecordingKey.canonicalQuery(text.utf8.span, choice)
  }

  @Test func `parameters count in any order, those of one name in theirs`() {
    #expect(query("b=2&a=1") == "a=1&b=2")
    #expect(query("a=2&b=0&a=1") == "a=2&a=1&b=0")
    #expect(query("&&a&") == "a=")
    #expect(query("") == nil)
  }

  @Test func `only the chosen parameters count`() {
    #expect(query("utm=x&page=2&q=y", .names(["q", "page"])) == "page=2&q=y")
    #expect(query("utm=x", .names(["q"])) == nil)
    #expect(query("a=1", .names([])) == nil)
    #expect(query("p%61ge=2", .names(["page"])) == "page=2")
    #expect(query("two+words=2&x=1", .names(["two words"])) == "two+words=2")
  }

  @Test func `what a client leaves plain is the same recording as its escape`() {
    #expect(query("q={\"a\":1}&r=<|\\^`>&s=é") == query("q=%7b%22a%22:1%7D&r=%3C%7C%5C%5E%60%3E&s=%C3%A9"))
    #expect(query("q=é") == "q=%C3%A9")
    #expect(query("a[]=1") == "a[]=1")
  }

  @Test func `escapes are undone where both spellings are the same`() {
    #expect(query("q=%61%2d%7e") == "q=a-~")
    #expect(query("q=%2f%3D%26") == "q=%2F%3D%26")
    #expect(query("q=a+b") != query("q=a%2Bb"))
    #expect(query("q=%zz%4") == "q=%zz%4")
    #expect(query("q=\u{e9}") == "q=%C3%A9")
  }

  @Test func `HEAD has the recording of GET`() {
    #expect(RecordingKey(method: "HEAD", path: "/a") == RecordingKey(method: "GET", path: "/a"))
  }

  @Test func `a key spells all that it is made of`() {
    let key = RecordingKey(method: "POST", path: "/a", query: "b=1", headers: [.init(name: "accept", value: "x")], bodyDigest: "00")
    #expect(key.lines == ["POST /a?b=1", "accept: x", "body sha256:00"])
  }
}

struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (String(repeating: "a", count: 1_000_00), "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
  ])
  func `digests are those of FIPS 180-4`(_ text: String, _ digest: String) {
    #expect(SHA256.hexDigest(of: text.utf8) == digest)
  }

  @Test(arguments: [
    (Array("Jefe".utf8), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
      [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func `keyed digests are those of RFC 4231`(_ secret: [UInt8], _ text: String, _ digest: String) {
    #expect(SHA256.hexAuthentication(of: Array(text.utf8), secret: secret) == digest)
  }

  @Test func `pieces of any size give the digest of the whole`() {
    let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
    for size in [1, 3, 55, 56, 63, 64, 65, 127, 128, 200] {
      var hash = SHA256()
      var index = 0
      while index < bytes.count {
        hash.update(Array(bytes[index..<min(index + size, bytes.count)]))
        index += size
      }
      #expect(hash.finalizedHex() == SHA256.hexDigest(of: bytes))
    }
  }
}
