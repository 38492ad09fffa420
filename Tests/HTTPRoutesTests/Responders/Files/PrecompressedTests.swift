import Foundation
import Testing

private let yaml = "routes:\n  - path: /**\n    static: {root: ROOT/public, precompressed: [br, zstd, gzip], fallback: /index.html}\n"

private func fill(_ files: Files) throws {
  try files.write("plain", to: "public/app.js")
  try files.write("brotli", to: "public/app.js.br")
  try files.write("gzip", to: "public/app.js.gz")
  try files.write("only plain", to: "public/other.js")
  try files.write("index", to: "public/index.html")
  try files.write("index gzip", to: "public/index.html.gz")
}

@Suite struct PrecompressedTests {
  @Test func `the coding the client weighs highest among those that lie ready is sent`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      for (accept, text, coding) in [
        ("gzip, br", "brotli", "br"), ("gzip;q=1, br;q=0.5", "gzip", "gzip"), ("zstd, gzip", "gzip", "gzip"), ("zstd", "plain", nil),
        ("identity", "plain", nil), ("br;q=0", "plain", nil), ("*", "brotli", "br"), ("identity;q=0", "plain", nil),
        ("x-gzip", "gzip", "gzip"),
      ] {
        let reply = try await site.get("/app.js", "Accept-Encoding: \(accept)")
        #expect(reply.text == text, "\(accept)")
        #expect(reply["Content-Encoding"] == coding, "\(accept)")
        #expect(reply["Content-Type"] == "text/javascript; charset=utf-8")
        #expect(reply["Vary"] == "Accept-Encoding", "\(accept)")
      }
      #expect(try await site.get("/app.js").text == "plain")
      #expect(try await site.get("/app.js", "Accept-Encoding: gzip", "Accept-Encoding: br").text == "brotli")
      #expect(try await site.get("/other.js", "Accept-Encoding: br, gzip").text == "only plain")
      #expect(try await site.get("/", "Accept-Encoding: br, gzip").text == "index gzip")
    }
  }

  @Test func `several Accept-Encoding lines count as one list`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let reply = try await site.get("/app.js", "Accept-Encoding: gzip;q=0.5", "Accept-Encoding: br")
      #expect(reply["Content-Encoding"] == "br")
      #expect(try await site.get("/app.js", "Accept-Encoding: identity", "Accept-Encoding: gzip;q=0.5")["Content-Encoding"] == nil)
      #expect(try await site.get("/app.js", "Accept-Encoding: gzip")["Content-Encoding"] == "gzip")
    }
  }

  @Test func `each coding has its own tag, and ranges are of the coded bytes`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let plain = try #require(try await site.get("/app.js")["ETag"])
      let coded = try #require(try await site.get("/app.js", "Accept-Encoding: br")["ETag"])
      #expect(plain != coded)
      #expect(try await site.get("/app.js", "Accept-Encoding: br", "If-None-Match: \(plain)").status == 200)
      let confirmed = try await site.get("/app.js", "Accept-Encoding: br", "If-None-Match: \(coded)")
      #expect(confirmed.status == 304)
      #expect(confirmed["Vary"] == "Accept-Encoding")
      let part = try await site.get("/app.js", "Accept-Encoding: br", "Range: bytes=0-2")
      #expect(part.text == "bro")
      #expect(part["Content-Encoding"] == "br")
      #expect(try await site.get("/app.js", "Accept-Encoding: br", "Range: bytes=0-0,2-2").status == 200)
    }
  }

  @Test func `a compressed file that is older than its plain one is not sent`() async throws {
    try await Site.with(yaml) {
      try fill($0)
      try $0.setModified("public/app.js.br", 784_111_777)
    } _: { (site, files) async throws in
      #expect(try await site.get("/app.js", "Accept-Encoding: br").text == "plain")
      try files.setModified("public/app.js", 784_111_777)
      #expect(try await site.get("/app.js", "Accept-Encoding: br").text == "brotli")
      try files.remove("public/app.js")
      #expect(try await site.get("/app.js", "Accept-Encoding: br").status == 404)
    }
  }

  @Test func `a compressed file asked for by its own name is a file like any other`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      _ = try await site.get("/app.js", "Accept-Encoding: gzip")
      let reply = try await site.get("/app.js.gz")
      #expect(reply.text == "gzip")
      #expect(reply["Content-Encoding"] == nil)
      #expect(reply["Content-Type"] == "application/gzip")
    }
  }
}
