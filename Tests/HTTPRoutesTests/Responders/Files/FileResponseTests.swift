import Foundation
import Testing

private let yaml = "routes:\n  - path: /**\n    static: ROOT/public\n"

/// 26 bytes, and 260,000 whose tens of thousands are those of the 26.
private let alphabet = Array("abcdefghijklmnopqrstuvwxyz".utf8)
private let large = alphabet.flatMap { [UInt8](repeating: $0, count: 10_000) }

private func fill(_ files: Files) throws {
  try files.write(alphabet, to: "public/small.txt")
  try files.write(large, to: "public/large.bin")
  for name in ["public/small.txt", "public/large.bin"] { try files.setModified(name, 784_111_777) }
  files.settle()
}

/// Small files are answered from memory, large ones from disk: every rule holds for both.
private let paths = ["/small.txt", "/large.bin"]

@Suite struct FileResponseTests {
  // MARK: Conditions

  @Test(arguments: paths) func `a validator that still holds is 304`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let whole = try await site.get(path)
      let tag = try #require(whole["ETag"])
      #expect(whole["Last-Modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
      for condition in [
        "If-None-Match: \(tag)", "If-None-Match: W/\(tag)", "If-None-Match: \"x\", \(tag)", "If-None-Match: *",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT",
        "If-Modified-Since: Sun Nov  6 08:49:37 1994", "If-Modified-Since: Sun, 06 Nov 2022 08:49:37 GMT",
      ] {
        let reply = try await site.get(path, condition)
        #expect(reply.status == 304, "\(condition)")
        #expect(reply["ETag"] == tag)
        #expect(reply["Content-Length"] == nil)
        #expect(reply["Content-Type"] == nil)
        #expect(try await site.get(path, condition, method: "HEAD").status == 304)
      }
    }
  }

  @Test(arguments: paths) func `a validator that does not hold is answered in full`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let tag = try #require(try await site.get(path)["ETag"])
      for conditions in [
        ["If-None-Match: \"x\""], ["If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT"], ["If-Modified-Since: yesterday"],
        // The tag is the stronger one: the date is not looked at (section 13.2.2, step 4).
        ["If-None-Match: \"x\"", "If-Modified-Since: Sun, 06 Nov 2022 08:49:37 GMT"],
        ["If-Match: \(tag)"], ["If-Match: *"], ["If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"],
        ["If-Match: \(tag)", "If-Unmodified-Since: Sat, 06 Nov 1993 08:49:37 GMT"],
      ] {
        #expect(try await site.get(path, conditions.joined(separator: "\r\n")).status == 200, "\(conditions)")
      }
    }
  }

  @Test(arguments: paths) func `a precondition that fails is 412, before any other condition`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let tag = try #require(try await site.get(path)["ETag"])
      for conditions in [
        ["If-Match: \"x\""], ["If-Match: W/\(tag)"], ["If-Unmodified-Since: Sat, 06 Nov 1993 08:49:37 GMT"],
        ["If-Match: \"x\"", "If-None-Match: \(tag)"], ["If-Match: \"x\"", "Range: bytes=0-0"],
      ] {
        #expect(try await site.get(path, conditions.joined(separator: "\r\n")).status == 412, "\(conditions)")
      }
    }
  }

  // MARK: Ranges

  @Test(arguments: paths) func `one range is 206 with the bytes it asks for`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let whole = try await site.get(path)
      let size = whole.body.count
      for (range, expected) in [
        ("0-0", 0..<1), ("0-", 0..<size), ("5-9", 5..<10), ("-3", size - 3..<size), ("\(size - 1)-", size - 1..<size),
        ("3-99999999999999999999", 3..<size), ("-99999999", 0..<size),
      ] {
        let reply = try await site.get(path, "Range: bytes=\(range)")
        #expect(reply.status == 206, "\(range)")
        #expect(reply["Content-Range"] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/\(size)", "\(range)")
        #expect(reply.body == Array(whole.body[expected]), "\(range)")
        #expect(reply["ETag"] == whole["ETag"])
        #expect(reply["Content-Type"] == whole["Content-Type"])
      }
    }
  }

  @Test(arguments: paths) func `a range beyond the end is 416 with the size`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let size = try await site.get(path).body.count
      let reply = try await site.get(path, "Range: bytes=\(size)-")
      #expect(reply.status == 416)
      #expect(reply["Content-Range"] == "bytes */\(size)")
      #expect(try await site.get(path, "Range: bytes=-0").status == 416)
    }
  }

  @Test(arguments: paths) func `a range that makes no sense is not looked at`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      for range in ["bytes=9-5", "bytes=a-b", "lines=0-1", "bytes=", "bytes=0-1-2"] {
        #expect(try await site.get(path, "Range: \(range)").status == 200, "\(range)")
      }
      // Section 14.2: ranges are for GET.
      #expect(try await site.get(path, "Range: bytes=0-0", method: "HEAD").status == 200)
    }
  }

  @Test(arguments: paths) func `If-Range with another validator asks for the whole`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let tag = try #require(try await site.get(path)["ETag"])
      for (validator, status) in [
        (tag, 206), ("W/\(tag)", 200), ("\"x\"", 200), ("Sun, 06 Nov 1994 08:49:37 GMT", 206), ("Sun, 06 Nov 1994 08:49:38 GMT", 200),
      ] {
        #expect(try await site.get(path, "Range: bytes=0-3", "If-Range: \(validator)").status == status, "\(validator)")
      }
    }
  }

  @Test(arguments: paths) func `several ranges are parts of one body`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let whole = try await site.get(path)
      let size = whole.body.count
      let reply = try await site.get(path, "Range: bytes=0-1, 4-6,-2")
      #expect(reply.status == 206)
      #expect(reply["Content-Range"] == nil)
      let type = try #require(reply["Content-Type"])
      let prefix = "multipart/byteranges; boundary="
      try #require(type.hasPrefix(prefix))
      let boundary = type.dropFirst(prefix.count)
      var expected = ""
      for range in [0..<2, 4..<7, size - 2..<size] {
        expected += "\r\n--\(boundary)\r\nContent-Type: \(whole["Content-Type"] ?? "")\r\n"
        expected += "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)\r\n\r\n"
        expected += String(decoding: whole.body[range], as: UTF8.self)
      }
      #expect(reply.text == expected + "\r\n--\(boundary)--\r\n")
    }
  }

  @Test(arguments: paths) func `ranges that cost more than the file are answered by the file`(path: String) async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let many = (0..<17).map { "\($0)-\($0)" }.joined(separator: ",")
      #expect(try await site.get(path, "Range: bytes=\(many)").status == 200)
      #expect(try await site.get(path, "Range: bytes=0-,1-,2-,3-").status == 200)
    }
  }

  @Test func `parts of more than a mebibyte are answered by the file`() async throws {
    try await Site.with(yaml) {
      try $0.write([UInt8](repeating: 1, count: 3 << 20), to: "public/huge.bin")
    } _: { (site, _) async throws in
      #expect(try await site.get("/huge.bin", "Range: bytes=0-599999,700000-1299999").body.count == 3 << 20)
      #expect(try await site.get("/huge.bin", "Range: bytes=0-499999,700000-1199999").status == 206)
      #expect(try await site.get("/huge.bin", "Range: bytes=0-1999999").body.count == 2_000_000)
    }
  }

  @Test func `a modification in the future is dated now`() async throws {
    try await Site.with(yaml) {
      try $0.write("x", to: "public/future.txt")
      try $0.setModified("public/future.txt", 4_102_444_800)
    } _: { (site, _) async throws in
      let reply = try await site.get("/future.txt")
      #expect(reply["Last-Modified"] == reply["Date"])
    }
  }
}
