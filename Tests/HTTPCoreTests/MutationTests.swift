// Octets nobody thought of: the vectors, damaged at random with a fixed seed, and random paths. What must hold is not a particular answer but
// that the answer does not depend on how the octets arrive, and that no input traps.

import HTTPCore
import Testing
import VectorSupport

@Suite struct MutationTests {
  /// SplitMix64: small, seedable, and the same everywhere.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// The octets that grammars turn on are more likely than others.
  private static let telling = Array("\r\n\t :;,=\"\\/?#%*[]0aAfF\u{0}\u{7F}".utf8) + [0x80, 0xFF]

  private func damage(_ bytes: [UInt8], with generator: inout Generator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[index] = Self.telling.randomElement(using: &generator) ?? 0
      case 1: bytes.insert(Self.telling.randomElement(using: &generator) ?? 0, at: index)
      case 2: bytes.remove(at: index)
      default: bytes.insert(bytes[Int.random(in: bytes.indices, using: &generator)], at: index)
      }
    }
    return bytes
  }

  @Test func `a damaged exchange means the same whole and octet by octet`() {
    var generator = Generator(state: 1)
    for vector in Vector.all where vector.bytes.count <= 256 {
      for _ in 0..<20 {
        let bytes = damage(vector.bytes, with: &generator)
        let whole = VectorRunner.events(of: [bytes[...]])
        let pieces = VectorRunner.events(of: bytes.indices.map { bytes[$0...$0] })
        #expect(whole == pieces, "\(bytes)")
      }
    }
  }

  @Test func `a random path is refused by both forms or names one resource in both`() {
    var generator = Generator(state: 2)
    let parts = ["/", "/", ".", "..", "a", "b", "%2e", "%2F", "%25", "%41", "%C3%A9", "%C3", "%00", "%", "!", "|", "~"]
    for _ in 0..<20_000 {
      let path = "/" + (0..<Int.random(in: 0...8, using: &generator)).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
      let normal = Result { try PathNormalization.normalize(path.utf8.span) }
      let canonical = Result { try PathNormalization.canonicalEncoded(path.utf8.span) }
      switch (normal, canonical) {
      case (.success(let normal), .success(let canonical)):
        #expect((try? PathNormalization.normalize(canonical.utf8.span)) == normal, "\(path)")
        #expect((try? PathNormalization.canonicalEncoded(canonical.utf8.span)) == canonical, "\(path)")
        let segments = normal.bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        #expect(!segments.contains(".") && !segments.contains(".."), "\(path)")
      case (.failure, .failure): break
      default: Issue.record("only one form takes \(path)")
      }
    }
  }

  @Test func `a path that the parser calls canonical is its own normal form`() throws {
    var generator = Generator(state: 3)
    let parts = ["/", "/", ".", "..", "a", "b.c", "%41", "!", "~"]
    for _ in 0..<5_000 {
      let path = "/" + (0..<Int.random(in: 0...8, using: &generator)).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
      let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      var parser = HeadParser()
      #expect(try parser.parse(bytes.span))
      if parser.head.pathIsCanonical {
        #expect(try PathNormalization.normalize(path.utf8.span).bytes == Array(path.utf8), "\(path)")
      }
    }
  }
}
