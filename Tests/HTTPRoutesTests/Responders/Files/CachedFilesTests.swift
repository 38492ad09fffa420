import Testing

@testable import HTTPRoutes

@Suite struct CachedFilesTests {
  // In processes of their own: the numbers are of all caches of a process.

  @Test func `what was served from memory is counted, once for each file`() async {
    await #expect(processExitsWith: .success) {
      let yaml = "routes:\n  - path: /**\n    static: ROOT/public\n"
      try await Site.with(yaml) {
        try $0.write("one", to: "public/a.txt")
        try $0.write([UInt8](repeating: 2, count: 50_000), to: "public/b.txt")
        try $0.write([UInt8](repeating: 2, count: 500_000), to: "public/large.bin")
      } _: { (site, _) async throws in
        #expect(RouteTable.cachedFiles == CachedFiles(count: 0, byteCount: 0, maxByteCount: 0))
        for name in ["a.txt", "b.txt", "a.txt", "large.bin"] { #expect(try await site.get("/\(name)").status == 200) }
        let cached = RouteTable.cachedFiles
        #expect(cached.count == 2)
        #expect((50_003..<60_000).contains(cached.byteCount))
        #expect(cached.maxByteCount == 16 << 20)
        #expect(cached.description == "2 files, \(cached.byteCount) of 16777216 bytes")
      }
    }
  }

  @Test func `shares add up, and a cache that goes takes its own along`() async {
    await #expect(processExitsWith: .success) {
      var first = CacheShare(maxByteCount: 100)
      do {
        var second = CacheShare(maxByteCount: 50)
        first.add(30)
        second.add(20)
        second.add(10)
        second.remove(20)
        #expect(RouteTable.cachedFiles == CachedFiles(count: 2, byteCount: 40, maxByteCount: 150))
        #expect(second.byteCount == 10)
      }
      #expect(RouteTable.cachedFiles == CachedFiles(count: 1, byteCount: 30, maxByteCount: 100))
      first.remove(30)
      #expect(RouteTable.cachedFiles.description == "0 files, 0 of 100 bytes")
    }
  }
}
