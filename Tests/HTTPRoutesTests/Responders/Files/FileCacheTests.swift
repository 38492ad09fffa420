import Foundation
import HTTPCore
import Reactor
import SystemPackage
import Testing

@testable import HTTPRoutes

private let yaml = "routes:\n  - path: /**\n    static: ROOT/public\n"

@Suite struct FileCacheTests {
  @Test func `an edit of the same size within the same instant shows on the next request`() async throws {
    try await Site.with(yaml) {
      try $0.write("000", to: "public/a.txt")
    } _: { (site, files) async throws in
      var tags: Set<String> = []
      for number in 100..<400 {
        try files.write("\(number)", to: "public/a.txt")
        let reply = try await site.get("/a.txt")
        #expect(reply.text == "\(number)")
        tags.insert(try #require(reply["ETag"]))
      }
      #expect(tags.count == 300)
    }
  }

  @Test func `a tag of before an edit is not confirmed after it, even if the times are set back`() async throws {
    try await Site.with(yaml) {
      try $0.write("old", to: "public/a.txt")
      try $0.setModified("public/a.txt", 784_111_777)
    } _: { (site, files) async throws in
      let tag = try #require(try await site.get("/a.txt")["ETag"])
      try files.write("new", to: "public/a.txt")
      try files.setModified("public/a.txt", 784_111_777)
      let reply = try await site.get("/a.txt", "If-None-Match: \(tag)")
      #expect(reply.status == 200)
      #expect(reply.text == "new")
    }
  }

  @Test func `the tag of a large file changes with it`() async throws {
    try await Site.with(yaml) {
      try $0.write([UInt8](repeating: 1, count: 200_000), to: "public/a.bin")
    } _: { (site, files) async throws in
      let tag = try #require(try await site.get("/a.bin")["ETag"])
      try files.write([UInt8](repeating: 2, count: 200_000), to: "public/b.bin")
      try files.rename("public/b.bin", to: "public/a.bin")
      #expect(try await site.get("/a.bin", "If-None-Match: \(tag)").status == 200)
    }
  }

  @Test func `a large file that is edited in place within the same instant has another tag`() async throws {
    try await Site.with(yaml) {
      try $0.write([UInt8](repeating: 0, count: 70_000), to: "public/a.bin")
    } _: { (site, files) async throws in
      var tags: Set<String> = []
      for number in 0..<200 {
        try files.write([UInt8](repeating: UInt8(number), count: 70_000), to: "public/a.bin")
        let reply = try await site.get("/a.bin")
        #expect(reply.body.first == UInt8(number))
        tags.insert(try #require(reply["ETag"]))
      }
      #expect(tags.count == 200)
      // Once its times are old enough to be trusted, the tag lasts.
      try files.setModified("public/a.bin", 784_111_777)
      let settled = try await eventually { () async throws -> String? in
        let (one, other) = (try await site.get("/a.bin")["ETag"], try await site.get("/a.bin")["ETag"])
        return one == other ? one : nil
      }
      #expect(try await site.get("/a.bin", "If-None-Match: \(settled)").status == 304)
    }
  }

  @Test func `a file that has just changed has no lasting tag unless its content is known`() async throws {
    // Kernels before 6.13 stamp two changes within one tick alike, whoever looked in between; what this one does must not matter.
    let files = try Files()
    let (unknown, known) = try await eventually { () async throws -> (Set<String>, Set<String>)? in
      try files.write("x", to: "a.bin")
      let status = try Syscalls.status(files["a.bin"])
      let unknown = Set((0..<3).map { _ in FileResponse.entityTag(of: status, digest: nil).text })
      // On a machine that was slow enough the file has settled meanwhile.
      return unknown.count == 1 ? nil : (unknown, Set((0..<3).map { _ in FileResponse.entityTag(of: status, digest: 7).text }))
    }
    #expect(unknown.count == 3)
    #expect(known.count == 1)
  }

  @Test func `a root that is renamed away, or a link to it that is switched, shows on the next request`() async throws {
    let yaml = "routes:\n  - path: /**\n    static: ROOT/current\n"
    try await Site.with(yaml) {
      try $0.write("one", to: "releases/1/a.txt")
      try $0.write("two", to: "releases/2/a.txt")
      try $0.link("current", to: "releases/1")
    } _: { (site, files) async throws in
      #expect(try await site.get("/a.txt").text == "one")
      try files.link("next", to: "releases/2")
      try files.rename("next", to: "current")
      #expect(try await site.get("/a.txt").text == "two")
      try files.rename("releases/2", to: "releases/3")
      #expect(try await site.get("/a.txt").status == 404)
      try files.rename("releases/1", to: "releases/2")
      #expect(try await site.get("/a.txt").text == "one")
    }
  }

  @Test func `a file that is removed is gone, and one that comes is there`() async throws {
    try await Site.with(yaml) {
      try $0.write("x", to: "public/a.txt")
    } _: { (site, files) async throws in
      #expect(try await site.get("/a.txt").status == 200)
      try files.remove("public/a.txt")
      #expect(try await site.get("/a.txt").status == 404)
      try files.makeDirectory("public/a.txt")
      #expect(try await site.get("/a.txt").status == 404)
      try files.remove("public/a.txt")
      try files.write("y", to: "public/a.txt")
      #expect(try await site.get("/a.txt").text == "y")
    }
  }

  @Test func `more files than the cache holds are all served`() async throws {
    let content = [UInt8](repeating: 0x61, count: 60_000)
    try await Site.with(yaml) { files in
      // 24 MB for a cache of 16 MiB.
      for number in 0..<400 { try files.write(content + Array("\(number)".utf8), to: "public/\(number).txt") }
    } _: { (site, _) async throws in
      for _ in 0..<2 {
        for number in 0..<400 {
          let reply = try await site.get("/\(number).txt")
          #expect(reply.body.dropFirst(60_000) == Array("\(number)".utf8)[...])
        }
      }
    }
  }

  @Test func `a file that is settled is served from memory`() async {
    await #expect(processExitsWith: .success) {
      // This very file has not been written within the last tick.
      let directory = (#filePath as NSString).deletingLastPathComponent
      let own = try Data(contentsOf: URL(fileURLWithPath: #filePath))
      let opened = Counter()
      try await Site.with("routes:\n  - path: /**\n    static: \(directory)\n") { (site, _) async throws in
        let text = try await site.get("/FileCacheTests.swift").body
        let script: FaultInjection.Script = { call, _ in
          if call == .openat2 { opened.add() }
          return nil
        }
        try await FaultInjection.with(script) {
          for _ in 0..<200 { guard try await site.get("/FileCacheTests.swift").body == text else { exit(2) } }
        }
        guard text == Array(own) else { exit(3) }
      }
      // Once a second the file is opened all the same.
      guard opened.value < 100 else { exit(4) }
    }
  }

  @Test func `without openat2 the same files are served and the same are not`() async {
    await #expect(processExitsWith: .success) {
      for failure in [Errno.noFunction, .notPermitted] {
        try await FaultInjection.with({ call, _ in call == .openat2 ? failure : nil }) {
          try await Site.with("routes:\n  - path: /**\n    static: ROOT/public\n") { files in
            try files.write("deep", to: "public/dir/b.txt")
            try files.write("secret", to: "secret/s.txt")
            try files.link("public/link", to: "dir")
            try files.link("public/escape", to: "../secret")
            try files.link("public/escape.txt", to: "../secret/s.txt")
          } _: { (site, _) async throws in
            for (path, status) in [
              ("/dir/b.txt", 200), ("/link/b.txt", 200), ("/escape/s.txt", 404), ("/escape.txt", 404), ("/dir/b.txt/", 404), ("/none", 404),
            ] {
              guard try await site.get(path).status == status else { exit(2) }
            }
          }
        }
      }
    }
  }

  @Test func `without descriptors the answer is 503 with Retry-After, and the next one is the file`() async {
    await #expect(processExitsWith: .success) {
      try await Site.with("routes:\n  - path: /**\n    static: ROOT/public\n") { files in
        // One for each failure: what was read once may be in memory.
        for name in ["a", "b", "c"] { try files.write(name, to: "public/\(name).txt") }
      } _: { site, _ in
        for (name, failure) in [("a", Errno.tooManyOpenFiles), ("b", .tooManyOpenFilesInSystem)] {
          let reply = try await FaultInjection.with({ call, _ in call == .openat2 ? failure : nil }) { try await site.get("/\(name).txt") }
          guard reply.status == 503, reply["Retry-After"] == "1" else { exit(2) }
          guard try await site.get("/\(name).txt").text == name else { exit(3) }
        }
        let reply = try await FaultInjection.with({ call, _ in call == .pread ? .ioError : nil }) { try await site.get("/c.txt") }
        guard reply.status == 500 else { exit(4) }
      }
    }
  }
}
