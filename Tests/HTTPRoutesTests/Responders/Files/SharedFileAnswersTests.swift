import Foundation
import Testing

/// One content, behind each kind of route that answers from a file.
private let yaml = """
  routes:
    - {path: /static/**, static: ROOT/public}
    - {path: /single, static: ROOT/public/data.json}
    - {path: /file, file: ROOT/public/data.json}
    - {path: /canned, json_file: ROOT/public/data.json}
    - {path: /recorded/**, proxy_to_file: ROOT/public}
  """

private let content = #"{"letters": "abcdefghijklmnopqrstuvwxyz"}"#

@Suite struct SharedFileAnswersTests {
  @Test(arguments: ["/static/data.json", "/single", "/file", "/canned", "/recorded/data.json"])
  func `conditions, ranges and HEAD are the same for every kind of route`(path: String) async throws {
    try await Site.with(yaml) {
      try $0.write(content, to: "public/data.json")
      try $0.setModified("public/data.json", 784_111_777)
    } _: { (site, _) async throws in
      let whole = try await site.get(path)
      #expect(whole.status == 200)
      #expect(whole.text == content)
      #expect(whole["Content-Type"] == "application/json")
      #expect(whole["Last-Modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
      #expect(whole["Accept-Ranges"] == "bytes")
      #expect(whole["X-Content-Type-Options"] == "nosniff")
      // The recording's times are its own: a tag that is made of them lasts once they are settled.
      let tag = try await eventually { () async throws -> String? in
        let (one, other) = (try await site.get(path)["ETag"], try await site.get(path)["ETag"])
        return one == other ? one : nil
      }
      #expect(try await site.get(path, "If-None-Match: \(tag)").status == 304)
      #expect(try await site.get(path, "If-None-Match: W/\(tag)").status == 304)
      #expect(try await site.get(path, "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT").status == 304)
      #expect(try await site.get(path, "If-Match: \"x\"", "If-None-Match: \(tag)").status == 412)
      #expect(try await site.get(path, "If-Unmodified-Since: Sun Nov  6 08:49:36 1994").status == 412)
      let part = try await site.get(path, "Range: bytes=-3")
      #expect(part.status == 206)
      #expect(part.text == "z\"}")
      #expect(part["Content-Range"] == "bytes 38-40/41")
      #expect(try await site.get(path, "Range: bytes=0-0", "If-Range: \(tag)").status == 206)
      #expect(try await site.get(path, "Range: bytes=0-0", "If-Range: \"x\"").status == 200)
      #expect(try await site.get(path, "Range: bytes=0-0,2-2").text.contains("Content-Range: bytes 2-2/41"))
      let beyond = try await site.get(path, "Range: bytes=41-")
      #expect(beyond.status == 416)
      #expect(beyond["Content-Range"] == "bytes */41")
      let head = try await site.get(path, "Range: bytes=0-0", method: "HEAD")
      #expect(head.status == 200)
      #expect(head["Content-Length"] == "41")
    }
  }

  @Test func `a json_file with another status or method is sent whole`() async throws {
    let yaml = """
      routes:
        - {path: /created, status: 201, json_file: ROOT/order.json}
        - {path: /order, json_file: ROOT/order.json}
      """
    try await Site.with(yaml) {
      try $0.write("[1, 2]", to: "order.json")
    } _: { (site, _) async throws in
      let created = try await site.get("/created", "If-None-Match: *", "Range: bytes=0-0")
      #expect(created.status == 201)
      #expect(created.text == "[1, 2]")
      let posted = try await site.get("/order", "If-None-Match: *", "Range: bytes=0-0", "Content-Length: 0", method: "POST")
      #expect(posted.status == 200)
      #expect(posted.text == "[1, 2]")
    }
  }
}
