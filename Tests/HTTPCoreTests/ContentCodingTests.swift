import HTTPCore
import Testing

@Suite struct ContentCodingTests {
  private func choose(_ value: String?, _ available: [ContentCoding] = [.brotli, .zstandard, .gzip]) -> ContentCoding.Choice {
    ContentCoding.choose(acceptEncoding: value, among: available)
  }

  @Test func `the server's favourite wins among equals`() {
    #expect(choose("gzip, deflate, br, zstd") == .coding(.brotli))
    #expect(choose("gzip, deflate, br, zstd", [.gzip, .brotli]) == .coding(.gzip))
    #expect(choose("gzip, deflate") == .coding(.gzip))
    #expect(choose("GZIP") == .coding(.gzip))
    #expect(choose("x-gzip") == .coding(.gzip))
    #expect(choose("*") == .coding(.brotli))
  }

  @Test func `a higher weight wins`() {
    #expect(choose("br;q=0.5, gzip;q=0.8") == .coding(.gzip))
    #expect(choose("br;q=0.5, gzip;q=0.8", [.brotli]) == .coding(.brotli))
    #expect(choose("gzip;q=0.5, *;q=0.8") == .coding(.brotli))
    #expect(choose("identity;q=1, gzip;q=0.5") == .identity)
    #expect(choose("identity;q=0.5, gzip;q=0.5") == .coding(.gzip))
  }

  @Test func `weight zero refuses`() {
    #expect(choose("br;q=0, gzip") == .coding(.gzip))
    #expect(choose("*, br;q=0") == .coding(.zstandard))
    #expect(choose("gzip;q=0, br;q=0, zstd;q=0") == .identity)
    #expect(choose("identity;q=0, gzip") == .coding(.gzip))
    #expect(choose("identity;q=0, gzip", []) == .notAcceptable)
    #expect(choose("*;q=0") == .notAcceptable)
    #expect(choose("identity, *;q=0") == .identity)
    #expect(choose("identity;q=0, *;q=0.5", [.gzip]) == .coding(.gzip))
    #expect(choose("*;q=0, gzip") == .coding(.gzip))
  }

  @Test func `a client that asks for nothing gets the plain representation`() {
    #expect(choose(nil) == .identity)
    #expect(choose("") == .identity)
    #expect(choose("deflate") == .identity)
    #expect(choose("identity") == .identity)
    #expect(choose("gzip", []) == .identity)
    #expect(choose("gzip;q=2") == .identity)
  }

  @Test func `codings have names and files`() {
    for coding in ContentCoding.allCases { #expect(ContentCoding(name: coding.name) == coding) }
    #expect(ContentCoding(name: "deflate") == nil)
    #expect(ContentCoding.allCases.map(\.fileSuffix) == [".br", ".zst", ".gz"])
  }
}
