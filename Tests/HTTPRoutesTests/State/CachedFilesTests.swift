import Testing

@testable import HTTPRoutes

@Suite struct CachedFilesTests {
  @Test func `what was served from memory is counted, once for each file`() async throws {
    let yaml = "routes:\n  - path: /**\n    static: ROOT/public\n"
    try await Site.with(yaml) {
      try $0.write("one", to: "public/a.txt")
      try $0.write([UInt8](repeating: 2, count: 50_000), to: "public/b.txt")
      try $0.write([UInt8](repeating: 2, count: 500_000), to: "public/large.bin")
    } _: { (site, _) async throws in
      #expect(site.table.cachedFiles == CachedFiles(count: 0, byteCount: 0, maxByteCount: 0))
      for name in ["a.txt", "b.txt", "a.txt", "large.bin"] { #expect(try await site.get("/\(name)").status == 200) }
      let cached = site.table.cachedFiles
      #expect(cached.count == 2)
      #expect((50_003..<60_000).contains(cached.byteCount))
      #expect(cached.maxByteCount == 16 << 20)
      #expect(cached.description == "2 files, \(cached.byteCount) of 16777216 bytes")
      let next = RouteTable(settings: Settings(), replacing: site.table)
      #expect(next.cachedFiles == cached)
      #expect(RouteTable(settings: Settings()).cachedFiles.count == 0)
    }
  }

  @Test func `what caches keep adds up, and a cache that goes takes its own along`() {
    let sum = CachedFileCount()
    var first = CacheShares(maxByteCount: 100)
    do {
      var second = CacheShares(maxByteCount: 50)
      first.add(30, to: sum)
      second.add(20, to: sum)
      second.add(10, to: sum)
      second.remove(20, from: sum)
      #expect(sum.now == CachedFiles(count: 2, byteCount: 40, maxByteCount: 150))
      #expect(second.byteCount == 10)
    }
    #expect(sum.now == CachedFiles(count: 1, byteCount: 30, maxByteCount: 100))
    first.remove(30, from: sum)
    #expect(sum.now.description == "0 files, 0 of 100 bytes")
  }

  @Test func `two tables on one thread count apart`() {
    let (one, other) = (CachedFileCount(), CachedFileCount())
    var cache = CacheShares(maxByteCount: 100)
    cache.add(30, to: one)
    cache.add(20, to: other)
    #expect(cache.count == 2)
    #expect(cache.byteCount == 50)
    #expect(one.now == CachedFiles(count: 1, byteCount: 30, maxByteCount: 100))
    #expect(other.now == CachedFiles(count: 1, byteCount: 20, maxByteCount: 100))
    // A further table: the share of one that has nothing here goes.
    cache.remove(20, from: other)
    let third = CachedFileCount()
    cache.add(5, to: third)
    #expect(other.now == CachedFiles(count: 0, byteCount: 0, maxByteCount: 0))
    #expect(one.now.maxByteCount == 100)
  }
}
