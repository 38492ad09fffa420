import Foundation
import Testing

/// Routes of the shape most sites have.
private func route(_ settings: String = "", path: String = "/s/**", root: String = "ROOT/public") -> String {
  "routes:\n  - path: \(path)\n    static:\n      root: \(root)\n"
    + settings.split(separator: "\n").map { "      \($0)\n" }.joined()
}

@Suite struct StaticFilesTests {
  // MARK: Files

  @Test func `a file is sent with its type, length and validators`() async throws {
    try await Site.with(route()) {
      try $0.write("body { }\n", to: "public/css/site.css")
    } _: { (site, _) async throws in
      let reply = try await site.get("/s/css/site.css")
      #expect(reply.status == 200)
      #expect(reply.text == "body { }\n")
      #expect(reply["Content-Type"] == "text/css; charset=utf-8")
      #expect(reply["X-Content-Type-Options"] == "nosniff")
      #expect(reply["Accept-Ranges"] == "bytes")
      #expect(reply["Last-Modified"] != nil)
      #expect(reply["ETag"]?.first == "\"")
      #expect(reply["Vary"] == nil)
    }
  }

  @Test func `HEAD has the fields of GET and no content, for small and large files`() async throws {
    try await Site.with(route()) {
      try $0.write("small", to: "public/small.txt")
      try $0.write([UInt8](repeating: 7, count: 300_000), to: "public/large.bin")
      $0.settle()
    } _: { (site, _) async throws in
      for (path, length) in [("/s/small.txt", "5"), ("/s/large.bin", "300000")] {
        let get = try await site.get(path)
        let head = try await site.get(path, method: "HEAD")
        #expect(head.status == 200)
        #expect(head["Content-Length"] == length)
        #expect(head["ETag"] == get["ETag"])
        #expect(head["Content-Type"] == get["Content-Type"])
      }
    }
  }

  @Test func `a large file arrives whole`() async throws {
    let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    try await Site.with(route()) {
      try $0.write(content, to: "public/large.bin")
    } _: { (site, _) async throws in
      let reply = try await site.get("/s/large.bin")
      #expect(reply.status == 200)
      #expect(reply.body == content)
    }
  }

  @Test func `a file that shrinks while it is sent resets the connection`() async throws {
    let size = 64 << 20
    try await Site.with(route()) {
      try $0.write("", to: "public/shrinking.bin")
      try $0.setSize("public/shrinking.bin", size)
    } _: { (site, files) async throws in
      let (byteCount, wasReset) = try await site.get("/s/shrinking.bin") { try? files.setSize("public/shrinking.bin", 1) }
      #expect(byteCount < size)
      #expect(wasReset)
    }
  }

  @Test func `an empty file is an empty answer`() async throws {
    try await Site.with(route()) {
      try $0.write("", to: "public/empty.txt")
    } _: { (site, _) async throws in
      let reply = try await site.get("/s/empty.txt")
      #expect(reply.status == 200)
      #expect(reply["Content-Length"] == "0")
      for range in ["0-", "0-0", "-1", "-0", "5-", "0-0,-1"] {
        #expect(try await site.get("/s/empty.txt", "Range: bytes=\(range)").status == 200, "\(range)")
      }
    }
  }

  @Test func `names with blanks, percent signs and other scripts are found`() async throws {
    try await Site.with(route()) {
      try $0.write("1", to: "public/a b.txt")
      try $0.write("2", to: "public/100%.txt")
      try $0.write("3", to: "public/grüße.txt")
    } _: { (site, _) async throws in
      #expect(try await site.get("/s/a%20b.txt").text == "1")
      #expect(try await site.get("/s/100%25.txt").text == "2")
      #expect(try await site.get("/s/gr%C3%BC%C3%9Fe.txt").text == "3")
    }
  }

  @Test(arguments: ["within_root", "deny", "follow"])
  func `a file of any name is fetched by its octets, and no two names are one`(symlinks: String) async throws {
    let names: [([UInt8], String)] = [
      ([0xFF], "%FF"), ([0xFE], "%FE"), (Array("\u{FFFD}".utf8), "%EF%BF%BD"), ([0x1B, 0x5B, 0x32, 0x4A], "%1B%5B2J"),
      ([0x0D, 0x0A], "%0D%0A"),
      ([0x7F], "%7F"), ([0xC0, 0xAE], "%C0%AE"), ([0xC0, 0xAF, 0x61], "%C0%AFa"), (Array("\u{202E}".utf8), "%E2%80%AE"),
      ([0x61, 0xE2, 0x82], "a%E2%82"), (Array("\u{10FFFF}".utf8), "%F4%8F%BF%BF"), ([0x25, 0x32, 0x46], "%252F"),
    ]
    try await Site.with(route("symlinks: \(symlinks)")) { files in
      for (octets, escaped) in names {
        try files.write(escaped, to: octets, in: "public")
        try files.write(escaped, to: [0x78], in: "public/dir-\(escaped.dropFirst())")
      }
      try files.link("public/to", to: ".")
    } _: { (site, _) async throws in
      for (_, escaped) in names {
        let reply = try await site.get("/s/\(escaped)")
        #expect(reply.status == 200 && reply.text == escaped, "\(escaped)")
        #expect(try await site.get("/s/to/\(escaped)").status == (symlinks == "deny" ? 404 : 200), "\(escaped)")
      }
      #expect(try await site.get("/s/%FD").status == 404)
      #expect(try await site.get("/s/%00").status == 400)
      #expect(try await site.get("/s/%FF%00").status == 400)
    }
  }

  @Test func `the route's headers and cache_control come with files, and only headers with errors`() async throws {
    let yaml = route("cache_control: max-age=60") + "    headers: {X-Environment: staging, ETag: '\"own\"'}\n"
    try await Site.with(yaml) {
      try $0.write("x", to: "public/a.txt")
    } _: { (site, _) async throws in
      let file = try await site.get("/s/a.txt")
      #expect(file["Cache-Control"] == "max-age=60")
      #expect(file["X-Environment"] == "staging")
      #expect(file["ETag"] == "\"own\"")
      let missing = try await site.get("/s/b.txt")
      #expect(missing.status == 404)
      #expect(missing["Cache-Control"] == nil)
      #expect(missing["X-Environment"] == "staging")
    }
  }

  @Test func `content_types win over the built-in types, whatever the case of the extension`() async throws {
    let types = "content_types: {glsl: text/x-glsl, .JS: text/plain; charset=latin1}"
    try await Site.with("routes:\n  - path: /**\n    static: {root: ROOT/public, \(types), precompressed: [gzip]}\n") {
      for name in ["a.glsl", "b.GLSL", "c.js", "c.js.gz", "d.css", "glsl"] { try $0.write(name, to: "public/\(name)") }
    } _: { (site, _) async throws in
      #expect(try await site.get("/a.glsl")["Content-Type"] == "text/x-glsl")
      #expect(try await site.get("/b.GLSL")["Content-Type"] == "text/x-glsl")
      #expect(try await site.get("/c.js")["Content-Type"] == "text/plain; charset=latin1")
      let coded = try await site.get("/c.js", "Accept-Encoding: gzip")
      #expect(coded.text == "c.js.gz")
      #expect(coded["Content-Type"] == "text/plain; charset=latin1")
      #expect(try await site.get("/d.css")["Content-Type"] == "text/css; charset=utf-8")
      #expect(try await site.get("/glsl")["Content-Type"] == "application/octet-stream")
    }
  }

  @Test func `another method is 405 with the methods there are`() async throws {
    try await Site.with(route()) {
      try $0.write("x", to: "public/a.txt")
    } _: { (site, _) async throws in
      let reply = try await site.get("/s/a.txt", "Content-Length: 0", method: "POST")
      #expect(reply.status == 405)
      #expect(reply["Allow"]?.contains("GET") == true)
    }
  }

  @Test func `what is not there is 404 without a word of where it was looked for`() async throws {
    try await Site.with(route()) {
      try $0.write("x", to: "public/a.txt")
    } _: { (site, files) async throws in
      let long = String(repeating: "x", count: 300)
      for path in ["/s/b.txt", "/s/a.txt/", "/s/a.txt/b", "/s/none/", "/s/\(long)", "/s/a%2Ftxt", "/s/..%2Fpublic%2Fa.txt"] {
        let reply = try await site.get(path)
        #expect(reply.status == 404, "\(path)")
        #expect(!reply.text.contains(files.path), "\(path)")
      }
    }
  }

  @Test(.disabled(if: getuid() == 0, "root may read everything"))
  func `a file that may not be read is 403`() async throws {
    try await Site.with(route()) {
      try $0.write("x", to: "public/secret.txt")
      chmod($0["public/secret.txt"], 0)
    } _: { (site, _) async throws in
      #expect(try await site.get("/s/secret.txt").status == 403)
    }
  }

  // MARK: Directories

  @Test func `a directory is answered by its first index`() async throws {
    try await Site.with(route("index: [index.html, default.htm]")) {
      try $0.write("top", to: "public/index.html")
      try $0.write("second", to: "public/sub/default.htm")
    } _: { (site, files) async throws in
      #expect(try await site.get("/s/").text == "top")
      #expect(try await site.get("/s/")["Content-Type"] == "text/html; charset=utf-8")
      #expect(try await site.get("/s/sub/").text == "second")
      try files.write("first", to: "public/sub/index.html")
      #expect(try await site.get("/s/sub/").text == "first")
      try files.remove("public/sub/index.html")
      #expect(try await site.get("/s/sub/").text == "second")
    }
  }

  @Test func `a directory without its slash is redirected, relative to the request and with its query`() async throws {
    try await Site.with(route()) {
      try $0.write("x", to: "public/index.html")
      try $0.write("x", to: "public/a b/index.html")
      try $0.makeDirectory("public/bare")
    } _: { (site, _) async throws in
      let top = try await site.get("/s?x=1&y=%2F")
      #expect(top.status == 308)
      #expect(top["Location"] == "./s/?x=1&y=%2F")
      #expect(try await site.get("/s/a%20b")["Location"] == "./a%20b/")
      #expect(try await site.get("//s//a%20b")["Location"] == "./a%20b/")
      // It would lead to a 404.
      #expect(try await site.get("/s/bare").status == 404)
    }
  }

  @Test func `a directory whose name looks like a scheme or a host is redirected to itself`() async throws {
    try await Site.with(route(path: "/**")) {
      try $0.write("x", to: "public/javascript:alert/index.html")
      try $0.write("x", to: "public/example.com/index.html")
      try $0.write("x", to: "public/\\example.com/index.html")
      try $0.write("x", to: "public/example.com/sub/index.html")
    } _: { (site, _) async throws in
      #expect(try await site.get("/javascript:alert")["Location"] == "./javascript:alert/")
      #expect(try await site.get("//example.com")["Location"] == "./example.com/")
      #expect(try await site.get("/%5Cexample.com")["Location"] == "./%5Cexample.com/")
      #expect(try await site.get("//example.com//sub")["Location"] == "./sub/")
      #expect(try await site.get("///example.com/%2e/%2e%2e//example.com")["Location"] == "./example.com/")
    }
  }

  // MARK: Fallback

  @Test func `the fallback answers where no file does, but not for a missing asset`() async throws {
    try await Site.with(route("fallback: /app.html", path: "/**")) {
      try $0.write("app", to: "public/app.html")
      try $0.write("js", to: "public/main.js")
      try $0.makeDirectory("public/users")
    } _: { (site, _) async throws in
      for path in ["/", "/users", "/users/", "/users/ada", "/deep/er/link", "/v1.2"] {
        let reply = try await site.get(path)
        #expect(reply.status == 200 && reply.text == "app", "\(path)")
      }
      #expect(try await site.get("/main.js").text == "js")
      #expect(try await site.get("/gone.js", "Accept: */*").status == 404)
      #expect(try await site.get("/packages/gone.js", "Accept: text/html,*/*;q=0.8").text == "app")
      #expect(try await site.get("/users/ada")["Vary"] == "Accept")
      #expect(try await site.get("/users/ada", method: "HEAD").status == 200)
    }
  }

  @Test func `the fallback answers a path with an encoded slash, which names no file`() async throws {
    try await Site.with(route("fallback: /app.html\nlisting: true", path: "/**")) {
      try $0.write("app", to: "public/app.html")
      try $0.write("secret", to: "public/.git/config")
      try $0.write("js", to: "public/a/b.js")
    } _: { (site, _) async throws in
      for path in ["/users/ada%2Flovelace", "/users/a%2fb/", "/%2F", "/a%2F", "/a%2F/"] {
        let reply = try await site.get(path)
        #expect(reply.status == 200 && reply.text == "app", "\(path)")
      }
      #expect(try await site.get("/a%2Fb.js", "Accept: */*").status == 404)
      #expect(try await site.get("/.git%2Fconfig").status == 404)
      #expect(try await site.get("/a/..%2F.git/config").text != "secret")
    }
  }

  // MARK: What is hidden

  @Test func `dotfiles are 404 unless allowed, and .well-known is served`() async throws {
    func fill(_ files: Files) throws {
      try files.write("secret", to: "public/.env")
      try files.write("secret", to: "public/.git/config")
      try files.write("token", to: "public/.well-known/acme")
      try files.write("secret", to: "public/a/.well-known/acme")
      try files.write("app", to: "public/index.html")
    }
    try await Site.with(route("fallback: /index.html"), prepare: fill) { (site, _) async throws in
      for path in ["/s/.env", "/s/.git/config", "/s/%2Eenv", "/s/a/.well-known/acme", "/s/.well-known-not"] {
        #expect(try await site.get(path).status == 404, "\(path)")
      }
      #expect(try await site.get("/s/.well-known/acme").text == "token")
    }
    try await Site.with(route("dotfiles: allow"), prepare: fill) { (site, _) async throws in
      #expect(try await site.get("/s/.env").text == "secret")
      #expect(try await site.get("/s/.git/config").text == "secret")
    }
  }

  // MARK: One file

  @Test func `static of a file and file answer every path with it`() async throws {
    let yaml = """
      routes:
        - path: /one/**
          static: ROOT/page.html
        - path: /down
          file: ROOT/down.txt
          status: 503
      """
    try await Site.with(yaml) {
      try $0.write("<p>", to: "page.html")
      try $0.write("back soon", to: "down.txt")
    } _: { (site, files) async throws in
      #expect(try await site.get("/one/any/path").text == "<p>")
      #expect(try await site.get("/one/")["Content-Type"] == "text/html; charset=utf-8")
      let down = try await site.get("/down", "If-None-Match: *", "Range: bytes=0-1")
      #expect(down.status == 503)
      #expect(down.text == "back soon")
      try files.write("still not back", to: "down.txt")
      #expect(try await site.get("/down").text == "still not back")
      try files.remove("down.txt")
      #expect(try await site.get("/down").status == 404)
    }
  }
}
